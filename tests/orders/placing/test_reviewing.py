"""Staff release or refuse what is held because of what it names (AUP-01)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import ActLog, OutboundMail, User
from orders import lifecycle
from orders.models import Order, Status
from orders.placing import reviewing
from orders.sending import sweeping
from tests.databases import TestDatabase
from tests.factories import MICROS, fund, service
from tests.orders.placing.asking import block, place
from tests.races import Gate, all_at_once
from wallet import ledger, verification
from wallet.balances import spendable_micros

REASON = "Looked at it: a shop for toys."


@pytest.fixture
def order(alice: User) -> Order:
    fund(alice, 10 * MICROS)
    block("example")
    return place(alice, service())


def decide(act: Callable[..., Order], order: Order, by: User) -> Order:
    return act(order_id=order.pk, actor=by, reason=REASON, at=timezone.now())


def is_clean() -> bool:
    return all(finding.is_ok for finding in verification.verify())


@pytest.mark.django_db
class TestReleased:
    def test_it_is_sent_at_once(self, order: Order, olga: User) -> None:
        now = decide(reviewing.release, order, olga).not_before
        assert sweeping.due_orders(at=now, most_per_provider=10) == [order.pk]
        assert ledger.held_for(reference=order.reference).escrow == order.charge_micros

    def test_it_is_logged(self, order: Order, olga: User) -> None:
        decide(reviewing.release, order, olga)
        act = ActLog.objects.get(act="release held order")
        assert (act.actor, act.target, act.reason) == (olga, order.reference, REASON)
        assert act.changes == {"terms": ["keyword:example"], "charge_micros": order.charge_micros}


@pytest.mark.django_db
class TestRefused:
    def test_all_of_it_comes_back(self, order: Order, olga: User) -> None:
        ended = decide(reviewing.refuse, order, olga)
        assert (ended.status, ended.refunded_micros) == (Status.CANCELED, order.charge_micros)
        assert spendable_micros(customer_id=order.customer_id) == 10 * MICROS
        assert is_clean()

    def test_it_is_logged_and_the_customer_reads_why(self, order: Order, olga: User) -> None:
        decide(reviewing.refuse, order, olga)
        assert ActLog.objects.get(act="refuse held order").reason == REASON
        mail = OutboundMail.objects.get(key=f"{order.reference}:refused")
        assert REASON in mail.body
        assert "$1.00" in mail.body


@pytest.mark.django_db
@pytest.mark.parametrize("act", [reviewing.release, reviewing.refuse])
class TestNobody:
    def test_decides_about_an_order_of_his_own(
        self, order: Order, alice: User, act: Callable[..., Order]
    ) -> None:
        with pytest.raises(reviewing.OwnOrder):
            decide(act, order, alice)
        order.refresh_from_db()
        assert order.status == Status.HELD

    def test_decides_twice(self, order: Order, olga: User, act: Callable[..., Order]) -> None:
        decide(act, order, olga)
        for again in (reviewing.release, reviewing.refuse):
            with pytest.raises(reviewing.TooLate):
                decide(again, order, olga)
        assert ActLog.objects.filter(target=order.reference).count() == 1

    def test_decides_about_what_waits_for_a_bank(
        self, order: Order, olga: User, act: Callable[..., Order]
    ) -> None:
        decide(reviewing.release, order, olga)
        held = Order.objects.get(pk=order.pk)
        lifecycle.advance(order=held, to=Status.HELD, at=timezone.now(), reason="payment_warned")
        with pytest.raises(reviewing.TooLate):
            decide(act, order, olga)


def race(order: Order, by: User, *acts: Callable[..., Order]) -> None:
    def attempt(act: Callable[..., Order]) -> None:
        with suppress(reviewing.TooLate):
            decide(act, order, by)

    all_at_once(*[partial(attempt, act) for act in acts])


def test_two_people_at_once_decide_once(fresh_db: TestDatabase, order: Order, olga: User) -> None:
    race(order, olga, *_BOTH * 4)
    assert ActLog.objects.filter(target=order.reference).count() == 1
    order.refresh_from_db()
    given_back = order.charge_micros if order.status == Status.CANCELED else 0
    assert order.refunded_micros == given_back


def test_two_who_only_look_first_decide_twice(
    fresh_db: TestDatabase, order: Order, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(order_id: int, actor: User) -> Order:
        return Order.objects.get(pk=order_id)

    monkeypatch.setattr(reviewing, "_locked", Gate(2).after(look))
    race(order, olga, *_BOTH)
    assert ActLog.objects.filter(target=order.reference).count() == 2


_BOTH = [reviewing.release, reviewing.refuse]
