"""What terms and services let customers do, against what comes back anyway (ORD-12, REF-06,
REF-08)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import OutboundMail, User
from orders.ending import canceling, claim_decisions, refund_mails
from orders.following import reporting
from orders.followups import recalling
from orders.models import Claim, Clock, Order, Status
from services.providers.dialect import ReportState
from services.providers.reports import Report
from tests.factories import service
from tests.orders.ending.claiming import (
    AT_PROVIDER,
    UNDER_WAY,
    acting,
    claim_of,
    gone,
    later,
    terms_with,
)
from wallet import verification

NUMBER = 7000
ENDED_EARLY = pytest.mark.parametrize(
    ("state", "remains", "back"),
    [(Status.CANCELED, None, 1_000_000), (Status.PARTIAL, 300, 300_000)],
)


def at_provider(alice: User, *statuses: Status, **fields: object) -> Order:
    """An order that its provider knows by a number."""
    order = gone(alice, *statuses, **fields)
    number = f"{NUMBER + order.pk}"
    offer = order.service.provider_service
    assert offer is not None
    Order.objects.filter(pk=order.pk).update(external_id=number, provider=offer.provider)
    return Order.objects.get(pk=order.pk)


def report(order: Order, state: Status, *, remains: int | None = None) -> Order:
    text = None if remains is None else str(remains)
    said = Report(
        state=ReportState(str(state)), word=str(state), remains=remains, remains_text=text
    )
    reporting.apply_report(order_id=order.pk, report=said, at=timezone.now())
    return Order.objects.get(pk=order.pk)


class TestAServiceThatCannotBeStopped:
    @pytest.fixture
    def order(self, alice: User) -> Order:
        terms_with(order_customer_cancel="pending_or_service_flag", order_undo_seconds=0)
        return at_provider(alice, *UNDER_WAY, service=service(can_cancel=False))

    def test_its_customer_cannot_cancel_it_once_it_runs(self, order: Order) -> None:
        at = timezone.now() + timedelta(minutes=1)
        assert not canceling.may_cancel(order=order, at=at)
        with pytest.raises(canceling.TooLate):
            canceling.cancel(order_id=order.pk, customer_id=order.customer_id, at=at)

    @ENDED_EARLY
    def test_what_its_provider_ends_comes_back(
        self, order: Order, state: Status, remains: int | None, back: int
    ) -> None:
        assert report(order, state, remains=remains).refunded_micros == back

    @ENDED_EARLY
    def test_a_mistake_of_the_customer_changes_nothing_about_that(
        self, order: Order, state: Status, remains: int | None, back: int
    ) -> None:
        Order.objects.filter(pk=order.pk).update(user_error_at=timezone.now())
        assert report(order, state, remains=remains).refunded_micros == back


class TestPartsThatStaffDecide:
    @pytest.fixture
    def cut(self, alice: User) -> Order:
        terms_with(order_partial_refund="manual")
        return report(at_provider(alice, *UNDER_WAY), Status.PARTIAL, remains=300)

    def test_nothing_comes_back_before_their_yes(self, cut: Order) -> None:
        claim = cut.claims.get()
        assert (cut.status, cut.refunded_micros) == (Status.PARTIAL, 0)
        assert (claim.kind, claim.opened_by, claim.suggested_micros) == ("partial", None, 300_000)
        assert claim.due_at - claim.opened_at == timedelta(hours=48)

    def test_their_yes_is_told_with_its_arithmetic(self, cut: Order, olga: User) -> None:
        claim_decisions.approve(
            claim_id=cut.claims.get().pk,
            amount_micros=300_000,
            seen_micros=0,
            note="",
            actor=acting(olga),
        )
        refund_mails.tell(at=timezone.now())
        assert "$1.00 × 300 ÷ 1,000 = $0.30" in OutboundMail.objects.get().body
        assert all(finding.is_ok for finding in verification.verify())

    def test_their_no_is_a_no(self, cut: Order, olga: User) -> None:
        verdict = claim_decisions.Verdict.OTHER
        claim_decisions.decline(
            claim_id=cut.claims.get().pk, verdict=verdict, note="As agreed.", actor=acting(olga)
        )
        cut.refresh_from_db()
        assert cut.refunded_micros == 0
        assert not Claim.objects.open().exists()


def test_what_was_granted_while_it_was_pending_is_called_back(alice: User, olga: User) -> None:
    order = at_provider(alice, *AT_PROVIDER)
    claim = claim_of(order, kind=Claim.Kind.NOT_STARTED, at=later(20))
    claim_decisions.approve(
        claim_id=claim.pk,
        amount_micros=order.charge_micros,
        seen_micros=0,
        note="",
        actor=acting(olga),
    )
    order.refresh_from_db()
    Clock.objects.filter(pk=order.pk).update(next_at=timezone.now())
    assert (order.status, order.net_charge_micros) == (Status.CANCELED, 0)
    assert order.absorbed_micros == order.charge_micros
    assert recalling.call_back(at=timezone.now()) == 1
    assert recalling.call_back(at=timezone.now()) == 0
    assert all(finding.is_ok for finding in verification.verify())
