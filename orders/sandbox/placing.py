"""Places a played order: every check, price and refusal of a real one, and no money.

Nothing is written but the played order's own row. Its duplicates, its earlier call under the same
key and its balance are looked for among the played orders alone. Rules: docs/sandbox.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from legal.policy import Policy
from legal.terms import policy_of
from orders.models import Order, SandboxOrder
from orders.placing import checking, guarding, locating, quoting, refusing, screening, warning
from orders.placing.asking import OrderRequest
from orders.placing.checking import Wanted
from orders.placing.placement import Placed
from orders.placing.reading import Found, Reading, read, read_many, reading_of
from orders.refusals import OrderRefused, RefusalCode
from orders.sandbox import courses, life, reading
from orders.sandbox.courses import REFUSALS
from orders.sandbox.looking import among_played
from services.models import Service
from services.pricing import Quote

# Of each customer: the oldest make room for new ones. Each call reads all of them.
MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class _Deal:
    """What is ordered, what it costs and which terms hold."""

    wanted: Wanted
    quote: Quote
    policy: Policy
    is_duplicate: bool
    is_held: bool


def place(*, customer_id: int, request: OrderRequest, at: datetime) -> Placed:
    """Like `placement.place_order`, with the same refusals. The same idempotency key with the same
    request gives the first played order again. Raises OrderRefused."""
    with transaction.atomic():
        customer = _take_turn(customer_id)
        if earlier := _earlier(customer_id, request):
            return _replayed(earlier, request)
        kept = reading.kept_orders(customer_id=customer_id, at=at)
        found = read(customer_id=customer_id, request=request, at=at)
        placed = _place(customer, request, found, kept, at)
        _make_room(customer_id, answered=[placed.order_id])
    return placed


def place_many(
    *, customer_id: int, requests: Sequence[OrderRequest], at: datetime
) -> list[Placed | OrderRefused]:
    """What became of each, in the order given: like `placing.many.place_many`. What he has played
    before is read once for all of them."""
    with transaction.atomic():
        customer = _take_turn(customer_id)
        kept = reading.kept_orders(customer_id=customer_id, at=at)
        known = read_many(customer_id=customer_id, requests=requests, at=at)
        became = [
            _place_or_refuse(customer, request, found, kept, at)
            for request, found in zip(requests, known, strict=True)
        ]
        answered = [one.order_id for one in became if isinstance(one, Placed)]
        _make_room(customer_id, answered=answered)
    return became


def _take_turn(customer_id: int) -> User:
    """One call of a customer after another, so that neither a key nor the balance is used twice."""
    return User.objects.select_for_update(no_key=True).get(pk=customer_id)


def _place_or_refuse(
    customer: User, request: OrderRequest, known: Found, kept: list[Order], at: datetime
) -> Placed | OrderRefused:
    try:
        if earlier := _earlier(customer.pk, request):
            return _replayed(earlier, request)
        found = reading_of(known, service_id=request.service_id)
        return _place(customer, request, found, kept, at)
    except OrderRefused as refused:
        return refused


def _place(
    customer: User, request: OrderRequest, found: Reading, kept: list[Order], at: datetime
) -> Placed:
    """Adds it to those that are kept. Raises OrderRefused, and has written nothing then."""
    found = among_played(request, found, kept)
    if found.switched_off:
        raise OrderRefused(RefusalCode.SWITCHED_OFF, found.switched_off)
    deal = _agreed(found, request, at)
    _refuse_customer(customer)
    _refuse_by_limits(deal, kept, at)
    _refuse_on_demand(request)
    row = _row(customer.pk, request, found, deal, at)
    row.save(force_insert=True)
    kept.append(life.order_at(row, requests=(), at=at))
    return Placed(order_id=row.pk, is_replay=False)


def _earlier(customer_id: int, request: OrderRequest) -> SandboxOrder | None:
    if request.idempotency_key is None:
        return None
    mine = SandboxOrder.objects.visible_to(customer_id)
    return mine.filter(request.earlier_calls).first()


def _replayed(earlier: SandboxOrder, request: OrderRequest) -> Placed:
    if earlier.request_hash != request.fingerprint:
        raise refusing.key_reused()
    return Placed(order_id=earlier.pk, is_replay=True)


def _agreed(found: Reading, request: OrderRequest, at: datetime) -> _Deal:
    service, policy = found.service, policy_of(found.publication_id)
    locating.check_sold(service)
    wanted = checking.check(service=service, request=request, today=at.date())
    quote = quoting.quote(service=service, quantity=wanted.quantity, runs=wanted.runs)
    warnings = warning.warnings_about(reading=found, wanted=wanted, request=request, policy=policy)
    if warnings.ticks:
        raise warning.not_acknowledged(warnings)
    if request.shown_charge_micros not in (None, quote.charge_micros):
        raise refusing.price_changed(quote)
    # Staff learn of a price below cost from real orders alone.
    is_refused = service.below_cost == Service.BelowCost.REFUSE
    if is_refused and not guarding.is_covered(reading=found, quote=quote):
        raise guarding.below_cost()
    return _Deal(wanted, quote, policy, warnings.is_duplicate, _is_held(found, wanted, policy))


def _is_held(found: Reading, wanted: Wanted, policy: Policy) -> bool:
    """A real one would wait for staff (AUP-01)."""
    if policy.order_screening == "off":
        return False
    texts = screening.texts_of(url=wanted.link.url, values=wanted.values)
    return bool(screening.found_terms(terms=found.blocked_terms, texts=texts))


def _refuse_customer(customer: User) -> None:
    if not customer.is_active:
        raise refusing.inactive()
    if customer.frozen_at is not None:
        raise refusing.frozen()


def _refuse_by_limits(deal: _Deal, kept: list[Order], at: datetime) -> None:
    left = reading.left_of(kept, at=at)
    if deal.quote.charge_micros > left:
        raise refusing.not_enough_funds(deal.quote.charge_micros - left)
    cap = deal.policy.order_open_cap
    running = sum(not order.is_final for order in kept)
    if cap is not None and running >= cap:
        raise refusing.too_many_open()


def _refuse_on_demand(request: OrderRequest) -> None:
    """Errors that are hard to bring about: the link names the one to be tested."""
    if code := REFUSALS.get(courses.word_of(request)):
        raise OrderRefused(code, "", fact=1)


def _row(
    customer_id: int, request: OrderRequest, found: Reading, deal: _Deal, at: datetime
) -> SandboxOrder:
    wanted, quote = deal.wanted, deal.quote
    return SandboxOrder(
        customer_id=customer_id,
        service_id=quote.service_id,
        publication_id=found.publication_id,
        role=wanted.role,
        idempotency_key=request.idempotency_key,
        request_hash=request.fingerprint,
        link=wanted.link.url,
        link_key=wanted.link.key,
        quantity=quote.quantity,
        runs=quote.runs,
        interval_minutes=wanted.interval_minutes,
        parameters=dict(wanted.values),
        snapshot=found.service.snapshot(),
        rate_micros=quote.rate_micros,
        charge_micros=quote.charge_micros,
        duplicate_accepted=deal.is_duplicate,
        course="pending" if deal.is_held else courses.word_of(request),
        created_at=at,
    )


def _make_room(customer_id: int, *, answered: Sequence[int]) -> None:
    """Forgets the oldest, but for those that this call answers with."""
    mine = SandboxOrder.objects.visible_to(customer_id).order_by("-pk")
    if oldest := mine.values_list("pk", flat=True)[MOST_KEPT - 1 : MOST_KEPT].first():
        mine.filter(pk__lt=oldest).exclude(pk__in=answered).delete()
