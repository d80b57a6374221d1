"""How an answer would be read: the client's own readers on a pasted text, put into words.

Nothing is sent and nothing is stored. What follows for order and money is what docs/forwarding.md
and docs/following.md say of the same classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services.dialects import LIST_NAMES
from services.providers.bounds import TEXT_LISTS
from services.providers.dialect import contains
from services.providers.errors import (
    AccountRefused,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    Refused,
)
from services.providers.followups import (
    read_cancel,
    read_refill,
    read_refill_statuses,
)
from services.providers.naming import Entry, error_text
from services.providers.offers import read_services
from services.providers.replies import read_add
from services.providers.reports import read_balance, read_statuses
from services.staff.answer_findings import (
    MOST_NUMBERS,
    Finding,
    Question,
    contents,
    numbers_of,
    of_order,
    of_price_list,
    of_refill,
)
from services.staff.answer_words import (
    ADD_EFFECTS,
    FOLLOW_UP_EFFECTS,
    READING_EFFECTS,
    REASONS,
    TITLES,
    TONES,
    Verdict,
    Words,
)

ACTIONS: Mapping[str, Words] = {
    "add": gettext_lazy("Placing an order (add)"),
    "status": gettext_lazy("News of orders (status)"),
    "refill": gettext_lazy("Asking for a refill (refill)"),
    "refill_status": gettext_lazy("News of refills (refill_status)"),
    "cancel": gettext_lazy("Asking for a cancel (cancel)"),
    "balance": gettext_lazy("Our balance (balance)"),
    "services": gettext_lazy("The price list (services)"),
}
_EFFECTS = {"add": ADD_EFFECTS, "refill": FOLLOW_UP_EFFECTS, "cancel": FOLLOW_UP_EFFECTS}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`rule` says which one decided; `complaint` is the provider's own text about it."""

    verdict: Verdict
    rule: Words = ""
    effects: tuple[Words, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    complaint: str = ""

    @property
    def title(self) -> Words:
        return TITLES[self.verdict]

    @property
    def tone(self) -> str:
        return TONES[self.verdict]

    @property
    def may_be_refusal(self) -> bool:
        """Whether staff could put its text on the list of refusals."""
        return bool(self.complaint) and self.verdict is Verdict.UNCERTAIN


def read_answer(question: Question) -> Reading:
    """The answer as the panel would take it."""
    readers = {
        "add": _add,
        "status": _status,
        "refill": _refill,
        "refill_status": _refill_status,
        "cancel": _cancel,
        "balance": _balance,
        "services": _services,
    }
    try:
        return readers[question.action](question)
    except (Refused, NotSent, OutcomeUnknown) as error:
        return _failed(question, error)


def _failed(question: Question, error: ProviderError) -> Reading:
    verdict = _verdict_of(question, error)
    effects = _EFFECTS.get(question.action, READING_EFFECTS)
    complaint = _complaint(question)
    findings = [Finding(_("It complains"), complaint)] if complaint else []
    if isinstance(error, OutcomeUnknown) and error.candidate_id:
        findings.append(Finding(_("A number to look for"), error.candidate_id))
    if isinstance(error, NotSent) and error.retry_after_seconds is not None:
        seconds = str(error.retry_after_seconds)
        findings.append(Finding(_("Asks to wait for seconds"), seconds))
    return Reading(
        verdict=verdict,
        rule=_rule(question, error, complaint),
        effects=effects.get(verdict, ()),
        findings=findings,
        complaint=complaint,
    )


def _verdict_of(question: Question, error: ProviderError) -> Verdict:
    if isinstance(error, AccountRefused):
        return Verdict.PAUSED
    if isinstance(error, NotSent):
        return Verdict.NOT_SENT
    if isinstance(error, Refused):
        return Verdict.REFUSED
    return Verdict.UNCERTAIN if question.action in _EFFECTS else Verdict.UNREAD


def _rule(question: Question, error: ProviderError, complaint: str) -> Words:
    if isinstance(error, OutcomeUnknown):
        return REASONS.get(error.reason, error.reason)
    for name, attribute in TEXT_LISTS.items():
        if complaint and contains(getattr(question.dialect, attribute), complaint):
            return _("The text is on the list “%(list)s”.") % {"list": LIST_NAMES[name]}
    if question.answer.status in (401, 403, 429):
        return _("The HTTP status %(status)s says so, without a number.") % {
            "status": question.answer.status
        }
    return _("A complaint about the question as a whole: nothing was asked to be done.")


def _complaint(question: Question) -> str:
    """What the answer complains about, wherever it stands."""
    value = contents(question)
    entries = value if isinstance(value, list) else [value]
    for entry in entries[:MOST_NUMBERS]:
        if isinstance(entry, dict):
            text = _complaint_in(question, entry)
            if text:
                return text
    return ""


def _complaint_in(question: Question, entry: Entry) -> str:
    inner = [value for value in entry.values() if isinstance(value, dict)]
    texts = (error_text(question.answer, one, dialect=question.dialect) for one in (entry, *inner))
    return next((text for text in texts if text), "")


def _add(question: Question) -> Reading:
    number = read_add(question.answer, dialect=question.dialect)
    names = ", ".join(question.dialect.fields.order)
    return Reading(
        verdict=Verdict.ACCEPTED,
        rule=_("A number under “%(names)s”, and no complaint.") % {"names": names},
        effects=ADD_EFFECTS[Verdict.ACCEPTED],
        findings=[Finding(_("Number of the order"), number)],
    )


def _refill(question: Question) -> Reading:
    number = read_refill(question.answer, asked=numbers_of(question)[0], dialect=question.dialect)
    return Reading(
        verdict=Verdict.ACCEPTED,
        rule=_("A number of the refill, or a word of success, and no complaint."),
        effects=FOLLOW_UP_EFFECTS[Verdict.ACCEPTED],
        findings=[Finding(_("Number of the refill"), number or _("none"))],
    )


def _cancel(question: Question) -> Reading:
    read_cancel(question.answer, asked=numbers_of(question)[0], dialect=question.dialect)
    return Reading(
        verdict=Verdict.ACCEPTED,
        rule=_("A yes, or a word of success, and no complaint."),
        effects=FOLLOW_UP_EFFECTS[Verdict.ACCEPTED],
    )


def _balance(question: Question) -> Reading:
    balance = read_balance(question.answer, dialect=question.dialect)
    findings = [
        Finding(_("Balance"), str(balance.amount)),
        Finding(_("Currency"), balance.currency or _("not named")),
    ]
    return Reading(verdict=Verdict.READ, findings=findings)


def _status(question: Question) -> Reading:
    asked = numbers_of(question)
    told = read_statuses(question.answer, asked=asked, dialect=question.dialect)
    return Reading(
        verdict=Verdict.READ,
        findings=[of_order(question, number, report) for number, report in told.items()],
    )


def _refill_status(question: Question) -> Reading:
    asked = numbers_of(question)
    told = read_refill_statuses(question.answer, asked=asked, dialect=question.dialect)
    return Reading(
        verdict=Verdict.READ,
        findings=[of_refill(number, report) for number, report in told.items()],
    )


def _services(question: Question) -> Reading:
    offer = read_services(question.answer, dialect=question.dialect)
    return Reading(verdict=Verdict.READ, findings=of_price_list(offer))
