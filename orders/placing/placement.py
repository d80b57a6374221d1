"""The one way to place an order, from the web, the API or anywhere else.

Two round trips: one SELECT reads all that has to be known (`reading`); one call of `place_orders`
(orders/sql/) inserts the order and its event and takes the money, or does none of it.
Sources: ORD-01, 05, 06, 09, 10, 15; CAT-02, 03, 07, 12, 14; AUP-01; docs/placing.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from legal.policy import Policy
from legal.terms import policy_of
from orders.models import RUNNING, Order
from orders.placing import checking, guarding, locating, quoting, screening, warning
from orders.placing.asking import OrderRequest
from orders.placing.checking import Wanted
from orders.placing.inserting import IN_THE_WAY, Decision, NotPlaced, insert
from orders.placing.notices import Notice, notices_of
from orders.placing.reading import Found, Reading, read, reading_of
from orders.placing.refusing import key_reused, price_changed, refusal_from
from orders.placing.warning import Warnings
from orders.refusals import OrderRefused, RefusalCode, Tick
from services import parameters, pricing
from services.models import Service
from services.types import Counting, spec_of

__all__ = [
    "OrderRequest",
    "Placed",
    "Review",
    "place_order",
    "quote_for",
    "quote_with",
    "review_of",
    "review_order",
]


@dataclass(frozen=True, slots=True)
class Placed:
    order_id: int
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Review:
    """What an order would be, before it is one: its price, and the sentences that the customer
    has to tick first (empty when nothing stands in the way). `running_id` is the order that they
    are about, or 0; `notices` is what has to be said in any case (CAT-12)."""

    quote: pricing.Quote
    wanted: Wanted
    ticks: Mapping[Tick, str]
    running_id: int
    notices: Mapping[Notice, str]


def quote_for(
    *,
    customer_id: int | None,
    service_id: int,
    quantity: int | None,
    texts: Mapping[str, str] | None = None,
    runs: int | None = None,
) -> pricing.Quote:
    """The exact price that `place_order` would charge now, also of a form that is filled in only
    as far as the price needs. `texts` as in OrderRequest. Raises OrderRefused."""
    services = locating.located(Service.objects.priced_for(customer_id), customer_id=customer_id)
    service = services.filter(pk=service_id).first()
    if service is None:
        raise quoting.unknown_service()
    locating.check_sold(service)
    return quote_with(service=service, quantity=quantity, texts=texts, runs=runs)


def quote_with(
    *,
    service: Service,
    quantity: int | None,
    texts: Mapping[str, str] | None = None,
    runs: int | None = None,
) -> pricing.Quote:
    """The same of a service that was read with `priced_for` its customer."""
    if spec_of(service.type).counting != Counting.ASKED:
        quantity, runs = _counted(service, texts or {})
    if quantity is None:
        raise OrderRefused(
            RefusalCode.INVALID_PARAMETER, _("Say how many."), field=quoting.counted_input(service)
        )
    return quoting.quote(service=service, quantity=quantity, runs=None if runs in (0, 1) else runs)


def review_order(*, customer_id: int, request: OrderRequest, at: datetime) -> Review:
    """All that `place_order` checks and asks, without ordering. Raises OrderRefused, but not for
    what can be ticked: that is in the answer."""
    reading = read(customer_id=customer_id, request=request, at=at)
    notices = notices_of(reading.service, customer_id=customer_id)
    return review_of(reading=reading, request=request, notices=notices, at=at)


def review_of(
    *, reading: Reading, request: OrderRequest, notices: Mapping[Notice, str], at: datetime
) -> Review:
    """The same of what was read already."""
    wanted, quote = _what_and_how_much(reading, request, at)
    warnings = _warnings(reading, wanted, request, policy_of(reading.publication_id))
    return Review(
        quote=quote,
        wanted=wanted,
        ticks=warnings.ticks,
        running_id=warnings.running_id,
        notices=notices,
    )


def place_order(
    *, customer_id: int, request: OrderRequest, at: datetime, found: Found | None = None
) -> Placed:
    """Takes the charge and queues the order, or raises OrderRefused and changes nothing. `found` is
    what was read of just this request when its call was admitted.

    The same idempotency key with the same request gives the first order again (API-08). An order
    that names a blocked term is held for staff instead, with its charge set aside (AUP-01).
    """
    decision = decide(customer_id=customer_id, request=request, at=at, found=found)
    return decision if isinstance(decision, Placed) else carry_out(decision)


def decide(
    *, customer_id: int, request: OrderRequest, at: datetime, found: Found | None = None
) -> Decision | Placed:
    """All of `place_order` but the taking: what is to be inserted, or the order that the same
    request has made before. Raises OrderRefused."""
    if found is None:
        reading = read(customer_id=customer_id, request=request, at=at)
    else:
        reading = reading_of(found, service_id=request.service_id)
    if reading.earlier:
        return _replay(reading.earlier, request)
    if reading.switched_off:
        raise OrderRefused(RefusalCode.SWITCHED_OFF, reading.switched_off)
    wanted, quote = _what_and_how_much(reading, request, at)
    policy = policy_of(reading.publication_id)
    warnings = _warnings(reading, wanted, request, policy)
    if warnings.ticks:
        raise warning.not_acknowledged(warnings)
    if request.shown_charge_micros not in (None, quote.charge_micros):
        raise price_changed(quote)
    guarding.check_covered(reading=reading, quote=quote, at=at)
    return Decision(
        customer_id=customer_id,
        request=request,
        reading=reading,
        policy=policy,
        wanted=wanted,
        quote=quote,
        held_for=_held_for(reading, wanted, policy),
        is_duplicate=warnings.is_duplicate,
        at=at,
    )


def _what_and_how_much(
    reading: Reading, request: OrderRequest, at: datetime
) -> tuple[Wanted, pricing.Quote]:
    locating.check_sold(reading.service)
    wanted = checking.check(service=reading.service, request=request, today=at.date())
    return wanted, quoting.quote(
        service=reading.service, quantity=wanted.quantity, runs=wanted.runs
    )


def _warnings(reading: Reading, wanted: Wanted, request: OrderRequest, policy: Policy) -> Warnings:
    return warning.warnings_about(reading=reading, wanted=wanted, request=request, policy=policy)


def _held_for(reading: Reading, wanted: Wanted, policy: Policy) -> list[str]:
    if policy.order_screening == "off":
        return []
    texts = screening.texts_of(url=wanted.link.url, values=wanted.values)
    return screening.found_terms(terms=reading.blocked_terms, texts=texts)


def carry_out(decision: Decision) -> Placed:
    """Takes the charge and queues the order. Raises OrderRefused."""
    try:
        return Placed(order_id=insert(decision), is_replay=False)
    except NotPlaced as refused:
        if refused.code == IN_THE_WAY:
            return _resolve_collision(decision)
        raise refusal_from(
            refused.code, customer_id=decision.customer_id, quote=decision.quote
        ) from refused


def _resolve_collision(decision: Decision) -> Placed:
    """An order stood in the way: of our own earlier call, or one that runs on this link."""
    request = decision.request
    mine = Order.objects.visible_to(decision.customer_id)
    if request.idempotency_key is not None:
        earlier = mine.filter(request.earlier_calls)
        if found := earlier.values("id", "request_hash").first():
            return _replay(found, request)
    if decision.is_duplicate:
        raise LookupError("nothing else can stand in the way of a second order")
    link_key = decision.wanted.link.key
    running = mine.filter(service=request.service_id, link_key=link_key, status__in=RUNNING)
    order_id = running.values_list("id", flat=True).first() or 0
    words = warning.duplicate_words(decision.policy, order_id)
    if request.accepts_duplicate:
        return carry_out(replace(decision, is_duplicate=True))
    ticks = {Tick.DUPLICATE: words}
    raise warning.not_acknowledged(Warnings(ticks=ticks, running_id=order_id))


def _replay(earlier: Mapping[str, Any], request: OrderRequest) -> Placed:
    if earlier["request_hash"] != request.fingerprint:
        raise key_reused()
    return Placed(order_id=earlier["id"], is_replay=True)


def _counted(service: Service, texts: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Quantity and runs that a type counts for itself, as far as they can be told."""
    spec = spec_of(service.type)
    counted = parameters.count(spec=spec, texts=texts)
    if counted is None:
        return None, None
    is_per_post = spec.counting == Counting.PER_POST
    return counted.quantity, parameters.posts_of(counted.values) if is_per_post else None
