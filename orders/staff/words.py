"""Orders in the words of staff. Customers read gentler ones (`orders.pages.timeline`)
and never a provider's; here each state has a word of its own, and a code of the client says what
was seen. What no table knows is shown as it is: a reason that staff typed, a refusal's own text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.ending.claim_decisions import Verdict
from orders.followups import reasons
from orders.models import Claim, FollowUp, Order, OrderEvent, Status
from services.models import Service
from wallet.money import display

_STATUSES: Mapping[str, Promise] = {
    Status.QUEUED: gettext_lazy("Queued"),
    Status.SUBMITTING: gettext_lazy("Being sent"),
    Status.UNCERTAIN: gettext_lazy("Uncertain"),
}

_REVIEWS: Mapping[str, Promise] = {
    "opened": gettext_lazy("Support looks into it"),
    "closed": gettext_lazy("Support has finished"),
    "user_error": gettext_lazy("The customer's mistake"),
    "no_user_error": gettext_lazy("No mistake of the customer"),
}

# The codes of services.providers and orders: docs/forwarding.md, "What the answer means".
_REASONS: Mapping[str, Promise] = {
    # Nothing was sent.
    "key": gettext_lazy("Not sent: the provider's key cannot be read on this server"),
    "url": gettext_lazy("Not sent: the provider's address is not allowed"),
    "address": gettext_lazy("Not sent: the provider's name leads to a private network"),
    "dns": gettext_lazy("Not sent: the provider's name was not found"),
    "connect": gettext_lazy("Not sent: the provider refused the connection"),
    "connect_timeout": gettext_lazy("Not sent: the provider did not pick up"),
    "tls": gettext_lazy("Not sent: the provider's certificate is not valid"),
    "fence": gettext_lazy("Not sent: it was too late for this attempt"),
    "request": gettext_lazy("Not sent: the provider's key has characters that no request can hold"),
    "rate_limited": gettext_lazy("Turned away: the provider had too many requests"),
    "account": gettext_lazy("Turned away: the provider refuses our account"),
    "refused": gettext_lazy("The provider refused it"),
    # Sent, and the answer proves nothing.
    "reset": gettext_lazy("The connection broke before the whole answer was there"),
    "deadline": gettext_lazy("Time ran out before it was done"),
    "truncated": gettext_lazy("The answer was cut off"),
    "too_large": gettext_lazy("The answer was too long to be one"),
    "encoding": gettext_lazy("The answer was packed in a way that could not be read"),
    "malformed_http": gettext_lazy("The answer was no proper HTTP"),
    "http_status": gettext_lazy("The provider answered with an error of its server"),
    "not_json": gettext_lazy("The answer was not JSON"),
    "malformed_json": gettext_lazy("The answer was JSON that contradicts itself"),
    "unexpected_shape": gettext_lazy("The answer was JSON of another shape"),
    "bad_id": gettext_lazy("The answer named no usable number"),
    "contradictory": gettext_lazy("The answer named a number and an error at once"),
    "duplicate_link": gettext_lazy("The provider says that it has an order for this link already"),
    "repeated_number": gettext_lazy("The provider gave a number that it had given before"),
    "undecided_for_too_long": gettext_lazy("Nobody decided in the time that the terms allow"),
    "not_there_by_number": gettext_lazy(
        "No number there lacks an owner, and a later one was given since"
    ),
    "found_by_number": gettext_lazy("The only number there without an owner, and its price fits"),
    "not_there_by_balance": gettext_lazy("Our balance there did not fall by its price"),
    "behind_own_order": gettext_lazy("Waits for our own order there, which has the same link"),
    "passed_on": gettext_lazy("The provider refused it: sent to the service's next provider"),
    "unknown_error_text": gettext_lazy("The provider gave an error that nobody has classed yet"),
    # The payment behind it.
    "payment_reversed": gettext_lazy("A payment of the customer was reversed"),
    "payment_warned": gettext_lazy("A bank warns of the payment behind it"),
    "payment_cleared": gettext_lazy("The warning about the payment is over"),
    "no_refund": gettext_lazy("Canceled by staff after a breach of the rules: no refund"),
    # Held for what it names.
    "screened": gettext_lazy("It names a blocked term: held for review"),
    "screening_passed": gettext_lazy("Released by staff"),
    "screening_refused": gettext_lazy("Refused by staff after a review, and paid back"),
    # What people decided about money.
    "claim": gettext_lazy("A claim was approved in full"),
    "nonstart": gettext_lazy("It did not start in time, and its terms pay it back unasked"),
    "not_started": gettext_lazy("It has not started"),
    "unavailable": gettext_lazy("The service is not available"),
    "system_error": gettext_lazy("It was placed through an error of the system"),
    "staff": gettext_lazy("Set by staff"),
    # Reports that cannot be used.
    "missing": gettext_lazy("The provider's report left this order out"),
    "unknown_order": gettext_lazy("The provider says that it knows no such order"),
    "not_object": gettext_lazy("The provider's report on this order cannot be read"),
    "resurrected": gettext_lazy("The provider reports more after it had reported the end"),
}


def status_words(status: str) -> str:
    """The word of staff for a status: "Uncertain"."""
    return str(_STATUSES.get(status) or Status(status).label)


def reason_words(reason: str) -> str:
    """What a stored reason means: a code in a sentence, any other text as it is."""
    return str(_REASONS.get(reason) or reasons.sentence(reason) or reason)


def event_words(event: OrderEvent) -> str:
    """The facts of an event beside its kind: "Queued → Being sent", "$0.50 · remaining: 100"."""
    parts = [spoken(event.detail[name]) for name, spoken in _SPOKEN.items() if name in event.detail]
    return " · ".join(part for part in [_way(event), *parts] if part)


def snapshot_words(order: Order) -> list[tuple[str, str]]:
    """The service as it was ordered: the label of each fact and what it was."""
    labels = {field.name: str(field.verbose_name) for field in Service._meta.fields}
    return [(labels.get(name, name), _fact(name, value)) for name, value in order.snapshot.items()]


def _fact(name: str, value: object) -> str:
    if name == "rate_micros" and isinstance(value, int):
        return display(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "—" if value in (None, "") else str(value)


def _way(event: OrderEvent) -> str:
    if event.kind != OrderEvent.Kind.STATUS:
        return ""
    return " → ".join(status_words(event.detail[end]) for end in ("from", "to"))


def _channel(value: object) -> str:
    return str(dict(Order.Channel.choices).get(str(value), value))


def _counted(label: str, count: object) -> str:
    number = number_format(count, force_grouping=True) if isinstance(count, int) else "—"
    return f"{label}: {number}"


# Of requests and of claims: an event of theirs has one of them.
_STATES = dict(FollowUp.State.choices) | dict(Claim.State.choices)

_SPOKEN: Mapping[str, Callable[[object], str]] = {
    "channel": _channel,
    "amount_micros": lambda micros: display(micros) if isinstance(micros, int) else "",
    "start_count": lambda count: _counted(_("at the start"), count),
    "remains": lambda count: _counted(_("remaining"), count),
    "follow_up": lambda kind: str(dict(FollowUp.Kind.choices).get(str(kind), kind)),
    "state": lambda state: str(_STATES.get(str(state), "")),
    "claim_kind": lambda kind: str(dict(Claim.Kind.choices).get(str(kind), kind)),
    "verdict": lambda verdict: str(dict(Verdict.choices).get(str(verdict), verdict)),
    "review": lambda review: str(_REVIEWS.get(str(review), review)),
    "reason": lambda reason: reason_words(str(reason)),
}
