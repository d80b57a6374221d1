"""What the terms of an order and the habits of its provider make of one and the same report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from orders.ending.claims import REVIEW_TIME
from orders.models import Claim, Order, OrderEvent, Status
from services.models import Provider
from tests.factories import MICROS
from tests.orders.following.reports import apply, broken_books, report
from wallet import ledger

pytestmark = pytest.mark.django_db
Send = Callable[..., Order]


@pytest.fixture
def manual(sent_under: Send) -> Order:
    return sent_under(order_partial_refund="manual")


def test_a_partial_that_staff_decide_about_ends_the_order_and_books_nothing(
    manual: Order, now: datetime
) -> None:
    apply(manual, report("partial", 300), at=now)
    assert (manual.status, manual.refunded_micros, manual.remains) == (Status.PARTIAL, 0, 300)
    claim = manual.claims.get()
    assert (claim.kind, claim.state, claim.opened_by_id) == (Claim.Kind.PARTIAL, "open", None)
    assert (claim.suggested_micros, claim.due_at) == (300_000, now + REVIEW_TIME)
    assert broken_books() == []


def test_a_higher_report_raises_what_is_suggested(manual: Order, now: datetime) -> None:
    apply(manual, *[report("partial", remains) for remains in (300, 300, 450, 100)], at=now)
    assert [claim.suggested_micros for claim in manual.claims.all()] == [450_000]
    assert manual.remains == 450
    assert manual.events.filter(kind=OrderEvent.Kind.CLAIM).count() == 1


def test_what_was_decided_is_asked_again_only_for_more(manual: Order, now: datetime) -> None:
    apply(manual, report("partial", 300), at=now)
    manual.claims.update(state=Claim.State.DECLINED, decided_at=now)
    apply(manual, report("partial", 300), report("partial", 200), at=now)
    assert manual.claims.count() == 1
    apply(manual, report("partial", 301), at=now)
    assert manual.claims.get(state=Claim.State.OPEN).suggested_micros == 301_000


def test_an_open_claim_of_the_customer_is_raised_instead_of_a_second_one(
    manual: Order, now: datetime
) -> None:
    manual.claims.create(
        kind=Claim.Kind.NOT_DELIVERED,
        opened_by_id=manual.customer_id,
        opened_at=now,
        due_at=now,
        suggested_micros=5,
    )
    apply(manual, report("partial", 300), report("partial", 300), at=now)
    assert [claim.suggested_micros for claim in manual.claims.all()] == [300_000]


def test_a_cancel_is_paid_back_at_once_under_those_terms_too(manual: Order, now: datetime) -> None:
    apply(manual, report("partial", 300), report("canceled", None), at=now)
    assert (manual.status, manual.refunded_micros) == (Status.CANCELED, MICROS)
    assert broken_books() == []


@pytest.mark.parametrize(("remains", "refunded"), [(300, 300_000), (0, 0), (1000, MICROS)])
def test_a_cancel_follows_what_remains_where_the_terms_say_so(
    sent_under: Send, now: datetime, remains: int, refunded: int
) -> None:
    placed = apply(
        sent_under(order_cancel_refund="by_remains"), report("canceled", remains), at=now
    )
    assert (placed.status, placed.refunded_micros) == (Status.CANCELED, refunded)


@pytest.mark.parametrize("remains", [None, 1001])
def test_a_cancel_without_a_credible_count_is_then_for_staff(
    sent_under: Send, now: datetime, remains: int | None
) -> None:
    placed = apply(
        sent_under(order_cancel_refund="by_remains"), report("canceled", remains), at=now
    )
    assert (placed.status, placed.refunded_micros) == (Status.PENDING, 0)


MEANS_PARTIAL = [
    (400, Status.PARTIAL, 400_000),
    (1000, Status.CANCELED, MICROS),
    (0, Status.CANCELED, MICROS),
    (None, Status.CANCELED, MICROS),
    (1001, Status.PENDING, 0),
]


@pytest.mark.parametrize(("remains", "status", "refunded"), MEANS_PARTIAL)
def test_some_providers_say_canceled_and_mean_partial(
    sent: Order, now: datetime, remains: int | None, status: Status, refunded: int
) -> None:
    Provider.objects.update(cancel_means_partial=True)
    apply(sent, report("canceled", remains), at=now)
    assert (sent.status, sent.refunded_micros) == (status, refunded)


@pytest.mark.parametrize(("day", "refunded"), [(1, 200_000), (30, 200_000), (31, 0)])
def test_a_shortfall_that_is_reported_late_is_paid_back_as_long_as_the_terms_say(
    sent_under: Send, now: datetime, day: int, refunded: int
) -> None:
    placed = sent_under(order_accept_late_refunds_days=30)
    apply(placed, report("completed", 0), at=now)
    apply(placed, report("partial", 200), at=now + timedelta(days=day))
    assert placed.refunded_micros == refunded
    assert ledger.held_for(reference=placed.reference).recognised == MICROS - refunded
    assert broken_books() == []


@pytest.mark.parametrize(
    ("accepted", "named", "refunded"),
    [(True, True, 0), (True, False, MICROS), (False, True, MICROS)],
)
def test_a_second_order_on_a_link_is_compensated_unless_that_was_the_reason(
    sent: Order, now: datetime, *, accepted: bool, named: bool, refunded: int
) -> None:
    """ORD-10: only what was accepted without compensation, and only for that very error."""
    Order.objects.update(duplicate_accepted=accepted)
    apply(sent, report("canceled", None, is_duplicate=named), at=now)
    assert (sent.status, sent.refunded_micros) == (Status.CANCELED, refunded)
    suggested = [claim.suggested_micros for claim in sent.claims.all()]
    assert suggested == ([MICROS] if accepted and named else [])
    assert broken_books() == []
