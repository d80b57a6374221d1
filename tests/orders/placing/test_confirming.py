"""The panel's confirmation: one mail for every order that it has accepted (ORD-02)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import OutboundMail, User
from orders import lifecycle, tasks
from orders.ending import canceling
from orders.models import Order, Role, Status
from orders.placing import confirming, reviewing
from services.models import Service
from services.types import ServiceType
from tests.databases import TestDatabase
from tests.factories import MICROS, fund, service
from tests.orders.placing.asking import block, place
from tests.orders.test_placement import together
from tests.services.typed import ORDERS

UNDO_IS_OVER = timedelta(seconds=16)


@pytest.fixture
def shop(alice: User) -> Service:
    fund(alice, 100 * MICROS)
    return service(name="Views, slow")


def confirm(order: Order, *, after: timedelta = UNDO_IS_OVER) -> int:
    return confirming.confirm_due(at=order.created_at + after)


def mails() -> list[str]:
    return list(OutboundMail.objects.order_by("pk").values_list("key", flat=True))


@pytest.mark.django_db
class TestTheMail:
    def test_says_what_was_ordered_and_under_which_terms(self, alice: User, shop: Service) -> None:
        order = place(alice, shop, quantity=1234)
        assert confirm(order) == 1
        mail = OutboundMail.objects.get(key=f"order:{order.pk}:accepted")
        assert mail.recipient == alice.email
        for fact in (str(order.pk), "Views, slow", order.link, "1234", "$1.234", "version 1"):
            assert fact in mail.body, fact
        assert "/legal/terms/1/" in mail.body
        assert order.get_absolute_url() in mail.body

    def test_comes_once_however_often_is_swept(self, alice: User, shop: Service) -> None:
        order = place(alice, shop)
        assert [confirm(order), confirm(order), confirm(order)] == [1, 0, 0]
        assert mails() == [f"order:{order.pk}:accepted"]

    def test_comes_once_even_if_the_mark_was_lost(self, alice: User, shop: Service) -> None:
        order = place(alice, shop)
        confirm(order)
        Order.objects.update(confirmed_at=None)
        confirm(order)
        assert mails() == [f"order:{order.pk}:accepted"]

    def test_waits_until_the_order_cannot_be_taken_back(self, alice: User, shop: Service) -> None:
        order = place(alice, shop)
        assert confirm(order, after=timedelta(seconds=14)) == 0
        assert mails() == []

    def test_never_comes_for_an_order_that_was_taken_back(self, alice: User, shop: Service) -> None:
        order = place(alice, shop)
        canceling.cancel(order_id=order.pk, customer_id=alice.pk, at=order.created_at)
        assert (confirm(order), mails()) == (0, [])
        assert Order.objects.get().confirmed_at is not None

    def test_comes_for_an_order_that_was_sent_and_canceled_since(
        self, alice: User, shop: Service
    ) -> None:
        order = place(alice, shop)
        Order.objects.update(status="canceled", sent_at=order.created_at)
        assert confirm(order) == 1

    def test_comes_for_a_held_order_once_it_is_released(
        self, alice: User, olga: User, shop: Service
    ) -> None:
        block("example")
        order = place(alice, shop)
        assert (order.status, confirm(order)) == (Status.HELD, 0)
        reviewing.release(order_id=order.pk, actor=olga, reason="Looked at.", at=timezone.now())
        assert confirm(order) == 1

    def test_comes_for_whole_plans_and_not_for_their_parts(
        self, alice: User, shop: Service
    ) -> None:
        dripping = service(can_drip_feed=True)
        whole = place(alice, dripping, quantity=100, runs=5, interval_minutes=60)
        run = Order.objects.get(pk=whole.pk)
        run.pk, run.parent_id, run.run_number, run.role = None, whole.pk, 1, Role.RUN
        run.charge_micros, run.runs = 0, None
        run.save()
        assert confirm(whole) == 1
        assert "100 × 5" in OutboundMail.objects.get().body

    def test_names_the_price_of_a_post_where_their_number_is_not_limited(self, alice: User) -> None:
        fund(alice)
        followed = service(type=ServiceType.SUBSCRIPTIONS, can_cancel=True)
        texts = {"username": "one", "min": "100", "max": "200", "delay": "0"}
        order = place(alice, followed, quantity=None, texts=texts)
        assert confirm(order) == 1
        body = OutboundMail.objects.get().body
        assert "at most 200 at $1.00 per 1,000, so at most $0.20" in body
        assert "Quantity:" not in body

    def test_names_the_user_of_a_subscription(self, alice: User) -> None:
        fund(alice)
        type_ = ServiceType.SUBSCRIPTIONS
        order = place(alice, service(type=type_), quantity=None, texts=ORDERS[type_][0])
        assert confirm(order) == 1
        assert "Link: one" in OutboundMail.objects.get().body


@pytest.mark.django_db
class TestAProgram:
    def test_is_answered_and_gets_no_mail(self, alice: User, shop: Service) -> None:
        order = place(alice, shop, channel="api")
        assert order.confirmed_at == order.created_at
        assert (confirm(order), mails()) == (0, [])

    def test_gets_one_where_the_operator_wants_it(
        self, alice: User, shop: Service, settings: Settings
    ) -> None:
        settings.CONFIRM_API_ORDERS_BY_MAIL = True
        assert confirm(place(alice, shop, channel="api"), after=timedelta(0)) == 1


def test_a_sweep_that_dies_in_between_is_made_good_once(
    fresh_db: TestDatabase, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [place(alice, shop, link=f"https://example.com/p/{number}") for number in range(3)]
    honest, told = confirming._tell, []

    def die_after_two(order: Order, **facts: object) -> None:
        honest(order, **facts)  # type: ignore[arg-type]
        told.append(order.pk)
        if len(told) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(confirming, "_tell", die_after_two)
    with pytest.raises(KeyboardInterrupt):
        confirm(orders[-1])
    assert len(mails()) == 1
    monkeypatch.setattr(confirming, "_tell", honest)
    confirm(orders[-1])
    assert sorted(mails()) == sorted(f"order:{order.pk}:accepted" for order in orders)


def test_many_sweeps_at_once_write_each_mail_once(
    fresh_db: TestDatabase, alice: User, shop: Service
) -> None:
    orders = [place(alice, shop, link=f"https://example.com/p/{number}") for number in range(10)]
    written = together(12, lambda: confirm(orders[-1]))
    assert sum(count for count in written if isinstance(count, int)) == len(mails()) == 10


@pytest.mark.django_db
def test_the_worker_confirms(alice: User, shop: Service) -> None:
    order = place(alice, shop, channel="web")
    Order.objects.update(not_before=order.created_at)
    tasks.confirm_accepted_orders()
    assert mails() == []  # its undo time has just begun
    assert lifecycle.may_become(order=order, status=Status.CANCELED)
