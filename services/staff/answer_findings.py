"""What single parts of an answer say, in words: one line for each order, refill or service."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from services.providers.answers import Answer
from services.providers.dialect import Dialect, ReportState
from services.providers.fields import external_id
from services.providers.followups import RefillReport
from services.providers.naming import opened, pick
from services.providers.offers import Offer
from services.providers.replies import read_document
from services.providers.reports import Report, Unreadable
from services.providers.strict_json import Json
from services.staff.answer_words import (
    BY_REMAINS,
    DOUBTFUL_REMAINS,
    NO_REPORT,
    REJECTED,
    STATES,
    UNREADABLE,
    Words,
)

MOST_NUMBERS = 100
SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """One thing that was read: what it is called, what it says, and what follows from it."""

    name: str
    said: str
    follows: Words = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A pasted answer with what it answers. `numbers` are those asked about; none: those that the
    answer names."""

    action: str
    answer: Answer
    dialect: Dialect
    numbers: list[str]
    cancel_means_partial: bool = False


def of_order(question: Question, number: str, report: Report | Unreadable) -> Finding:
    name = _("Order %(number)s") % {"number": number}
    if isinstance(report, Unreadable):
        words = UNREADABLE.get(report.reason, report.reason)
        return Finding(name, " ".join(filter(None, (str(words), report.text))), NO_REPORT)
    facts = {
        _("status"): report.word,
        _("start"): report.start_count,
        _("remains"): report.remains_text if report.remains is None else report.remains,
        _("charge"): report.charge,
        _("currency"): report.currency,
    }
    said = ", ".join(f"{fact}: {value}" for fact, value in facts.items() if value is not None)
    return Finding(name, said, _follows(question, report))


def _follows(question: Question, report: Report) -> Words:
    if report.state is ReportState.PARTIAL and report.remains is None:
        return DOUBTFUL_REMAINS
    if report.state is ReportState.CANCELED and question.cancel_means_partial:
        return BY_REMAINS
    return STATES[report.state]


def of_refill(number: str, report: RefillReport | Unreadable) -> Finding:
    name = _("Refill %(number)s") % {"number": number}
    if isinstance(report, Unreadable):
        words = UNREADABLE.get(report.reason, report.reason)
        return Finding(name, " ".join(filter(None, (str(words), report.text))), NO_REPORT)
    state = report.state or _("a word that is not known: asked again")
    return Finding(name, report.word, _("Means: %(state)s") % {"state": state})


def of_price_list(offer: Offer) -> list[Finding]:
    """How many lines there are, and the first of them, sound and left out."""
    counts = [
        Finding(_("Services"), str(len(offer.services))),
        Finding(_("Lines left out"), str(len(offer.rejected))),
    ]
    sound = [
        Finding(
            one.external_id,
            f"{one.name} ({one.type}), {one.min_quantity} – {one.max_quantity}",
            _("%(rate)s per 1000, of a package for the whole") % {"rate": one.rate},
        )
        for one in offer.services[:SHOWN]
    ]
    left_out = [
        Finding(
            _("Line %(place)s") % {"place": one.position + 1},
            one.external_id or "",
            _("Left out: %(why)s") % {"why": REJECTED.get(one.reason, one.reason)},
        )
        for one in offer.rejected[:SHOWN]
    ]
    return [*counts, *sound, *left_out]


def numbers_of(question: Question) -> list[str]:
    """Those asked about, else those that the answer names, else one that fits any answer."""
    if question.numbers:
        return question.numbers
    value = contents(question)
    told = question.dialect.fields
    names = told.refill if question.action == "refill_status" else told.order
    if isinstance(value, list):
        named = [external_id(pick(one, names)) for one in value if isinstance(one, dict)]
    else:
        named = [external_id(name) for name in value] if isinstance(value, dict) else []
    return [number for number in dict.fromkeys(named) if number][:MOST_NUMBERS] or ["1"]


def contents(question: Question) -> Json:
    """The decoded answer without its wrapping, None where it is no JSON."""
    document = read_document(question.answer)
    return opened(question.answer, document.value if document else None, dialect=question.dialect)
