"""Staff cancel an order without a refund: only unsent ones, with a reason (FRD-05)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.models import ActLog, OutboundMail, User
from orders.ending import canceling, denying
from orders.models import Order, OrderQuerySet, Status
from tests import factories
from tests.databases import TestDatabase
from tests.races import Gate, all_at_once
from wallet import ledger, verification
from wallet.balances import balances_of

REASON = "Links to an account that is not his, ticket 8."


@pytest.fixture
def order(alice: User) -> Order:
    return factories.order(alice)


def deny(order: Order, by: User) -> Order:
    return denying.cancel_without_refund(
        order_id=order.pk, actor=by, reason=REASON, at=timezone.now()
    )


def is_clean() -> bool:
    return all(finding.is_ok for finding in verification.verify())


def test_the_charge_becomes_revenue_and_nothing_goes_back(order: Order, fiona: User) -> None:
    before = balances_of(customer_id=order.customer_id)
    ended = deny(order, fiona)
    held = ledger.held_for(reference=order.reference)
    assert (ended.status, ended.refunded_micros) == (Status.CANCELED, 0)
    assert (held.escrow, held.recognised) == (0, order.charge_micros)
    assert balances_of(customer_id=order.customer_id) == before
    assert is_clean()


def test_it_is_logged_and_the_customer_hears_of_it(order: Order, fiona: User) -> None:
    deny(order, fiona)
    act = ActLog.objects.get(act="cancel order without refund")
    assert (act.actor, act.target, act.reason) == (fiona, order.reference, REASON)
    assert act.changes == {"kept_micros": order.charge_micros}
    mail = OutboundMail.objects.get(key=f"{order.reference}:denied")
    assert REASON not in mail.body
    assert "without a refund" in mail.subject


@pytest.mark.parametrize("status", sorted(set(Status.values) - {"held", "queued"}))
def test_what_a_provider_has_or_what_has_ended_is_too_late(
    status: str, order: Order, fiona: User
) -> None:
    Order.objects.filter(pk=order.pk).update(status=status)
    with pytest.raises(denying.TooLate):
        deny(order, fiona)
    assert ledger.held_for(reference=order.reference).escrow == order.charge_micros


def test_nobody_keeps_a_charge_of_his_own(fiona: User) -> None:
    with pytest.raises(denying.OwnOrder):
        deny(factories.order(fiona), fiona)


def test_only_finance_is_offered_it(
    client: Client, order: Order, sam: User, olga: User, fiona: User
) -> None:
    address = f"/staff/orders/{order.pk}/"
    for person, is_offered in ((sam, False), (olga, False), (fiona, True)):
        client.force_login(person)
        assert ("Cancel without a refund" in client.get(address).text) == is_offered
        answer = client.post(f"{address}deny/", {"reason": "short"})
        assert answer.status_code == (422 if is_offered else 403)
    order.refresh_from_db()
    assert order.status in (Status.HELD, Status.QUEUED)


def test_the_page_says_what_happens_and_then_does_it(
    client: Client, order: Order, alice: User, fiona: User
) -> None:
    client.force_login(fiona)
    address = f"/staff/orders/{order.pk}/deny/"
    assert "nothing goes back to the balance" in client.get(address).text
    done = client.post(address, {"reason": REASON}, follow=True)
    assert "The charge stays" in done.text
    assert "Too late" in client.post(address, {"reason": REASON}, follow=True).text
    client.force_login(alice)
    assert "the charge is not given back" in client.get(f"/orders/{order.pk}/").text


def too_late(order: Order, by: User) -> int:
    """Staff deny the order while its customer takes it back; how many were told: too late."""

    def take_back() -> None:
        canceling.cancel(order_id=order.pk, customer_id=order.customer_id, at=timezone.now())

    def run(act: Callable[[], object]) -> int:
        try:
            act()
        except (denying.TooLate, canceling.TooLate):
            return 1
        except DatabaseError:  # the table's own guard
            return 0
        return 0

    return sum(all_at_once(lambda: run(lambda: deny(order, by)), lambda: run(take_back)))


def test_a_charge_is_kept_or_given_back_and_never_both(
    fresh_db: TestDatabase, order: Order, fiona: User
) -> None:
    Order.objects.update(channel=Order.Channel.WEB)
    assert too_late(order, fiona) == 1
    held = ledger.held_for(reference=order.reference)
    assert sorted((held.refunded, held.recognised)) == [0, order.charge_micros]
    assert is_clean()


def test_without_the_row_lock_nobody_is_told(
    fresh_db: TestDatabase, order: Order, fiona: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Order.objects.update(channel=Order.Channel.WEB)
    get = Gate(2).after(Order.objects.get)

    def look(_rows: object, **_options: object) -> SimpleNamespace:
        return SimpleNamespace(get=get)

    monkeypatch.setattr(OrderQuerySet, "select_for_update", look)
    monkeypatch.setattr(type(Order.objects), "select_for_update", look)
    assert too_late(order, fiona) == 0
