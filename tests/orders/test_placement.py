from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import KillSwitch, User
from orders import tasks
from orders.models import Order, OrderEvent, Status
from orders.placing import inserting, placement
from orders.placing.placement import OrderRequest, Placed, place_order
from orders.placing.warning import Warnings
from orders.refusals import OrderRefused, RefusalCode
from orders.sending import sweeping
from services.models import CustomPrice, Service
from tests.databases import TestDatabase
from tests.factories import MICROS, category, fund, service
from tests.orders.pages import RUNNING, walk
from tests.races import at_once
from tests.waiting import wait_until
from wallet.balances import spendable_micros
from wallet.models import Transfer

LINK = "https://example.com/p/1"


def place(user: User, chosen: Service, **fields: object) -> Placed:
    defaults = {"service_id": chosen.pk, "link": LINK, "quantity": 1000, "channel": "web"}
    return place_order(
        customer_id=user.pk,
        request=OrderRequest(**(defaults | fields)),  # type: ignore[arg-type]
        at=timezone.now(),
    )


def refusal(user: User, chosen: Service, **fields: object) -> OrderRefused:
    before = spendable_micros(customer_id=user.pk)
    with pytest.raises(OrderRefused) as caught:
        place(user, chosen, **fields)
    assert spendable_micros(customer_id=user.pk) == before
    return caught.value


@pytest.fixture
def shop(alice: User) -> Service:
    fund(alice, 10 * MICROS)
    return service(rate_micros=2_000_000)


@pytest.mark.django_db
class TestAnOrder:
    def test_is_charged_and_queued_in_one_step(self, alice: User, shop: Service) -> None:
        placed = place(alice, shop, quantity=1234)
        order = Order.objects.get(pk=placed.order_id)
        assert order.status == Status.QUEUED
        assert order.charge_micros == 2_468_000
        assert spendable_micros(customer_id=alice.pk) == 10 * MICROS - 2_468_000
        assert [event.kind for event in order.events.all()] == [OrderEvent.Kind.PLACED]

    def test_keeps_the_terms_and_the_service_it_was_made_under(
        self, alice: User, shop: Service
    ) -> None:
        order = Order.objects.get(pk=place(alice, shop).order_id)
        Service.objects.filter(pk=shop.pk).update(name="Renamed", rate_micros=9, max_quantity=99)
        order.refresh_from_db()
        assert order.publication.number == 1
        assert order.snapshot["name"] == shop.name
        assert order.snapshot["rate_micros"] == 2_000_000

    def test_from_the_web_can_be_undone_for_a_while_and_from_the_api_goes_at_once(
        self, alice: User, shop: Service
    ) -> None:
        web = Order.objects.get(pk=place(alice, shop).order_id)
        api = Order.objects.get(pk=place(alice, shop, link=LINK + "2", channel="api").order_id)
        assert web.not_before - web.created_at == timedelta(seconds=15)
        assert api.not_before == api.created_at

    def test_costs_the_customers_own_price(self, alice: User, bob: User, shop: Service) -> None:
        CustomPrice.objects.create(customer=alice, service=shop, rate_micros=1_500_000)
        fund(bob, 10 * MICROS)
        mine = Order.objects.get(pk=place(alice, shop).order_id)
        theirs = Order.objects.get(pk=place(bob, shop).order_id)
        assert (mine.charge_micros, theirs.charge_micros) == (1_500_000, 2_000_000)

    def test_is_charged_and_paid_back_by_the_price_that_it_was_placed_at(
        self, alice: User, shop: Service
    ) -> None:
        """A new price holds for the next order (CAT-01, CAT-02)."""
        order = Order.objects.get(pk=place(alice, shop).order_id)
        Service.objects.filter(pk=shop.pk).update(rate_micros=3_000_000)
        walk(order, *RUNNING, Status.PARTIAL, remains=500)
        order.refresh_from_db()
        assert (order.charge_micros, order.refunded_micros) == (2_000_000, 1_000_000)
        assert Order.objects.get(pk=place(alice, shop).order_id).charge_micros == 3_000_000

    def test_never_changes_what_was_ordered(self, alice: User, shop: Service) -> None:
        """The table itself refuses it, whatever code asks (ORD-07)."""
        order = Order.objects.get(pk=place(alice, shop).order_id)
        for change in (
            {"link": "https://example.com/other"},
            {"quantity": 5},
            {"charge_micros": 1},
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                Order.objects.filter(pk=order.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM orders_order WHERE id = %s", [order.pk])


@pytest.mark.django_db
class TestARefusal:
    @pytest.mark.parametrize(
        ("fields", "code", "field"),
        [
            ({"quantity": 9}, RefusalCode.BELOW_MINIMUM, "quantity"),
            ({"quantity": 10_001}, RefusalCode.ABOVE_MAXIMUM, "quantity"),
            ({"link": ""}, RefusalCode.INVALID_LINK, "link"),
            ({"link": "javascript:alert(1)"}, RefusalCode.INVALID_LINK, "link"),
            ({"service_id": 999_999}, RefusalCode.UNKNOWN_SERVICE, "service"),
            ({"quantity": 6_000}, RefusalCode.NOT_ENOUGH_FUNDS, None),
            ({"shown_charge_micros": 1}, RefusalCode.PRICE_CHANGED, None),
        ],
    )
    def test_names_its_field_and_charges_nothing(
        self,
        alice: User,
        shop: Service,
        fields: dict[str, object],
        code: RefusalCode,
        field: str | None,
    ) -> None:
        refused = refusal(alice, shop, **fields)
        assert (refused.code, refused.field) == (code, field)
        assert not Order.objects.exists()

    def test_says_how_much_is_missing(self, alice: User, shop: Service) -> None:
        refused = refusal(alice, shop, quantity=6_000)
        assert refused.fact == 2 * MICROS
        assert "$2.00 more" in str(refused.message)

    def test_meets_a_service_that_is_not_on_sale(self, alice: User, shop: Service) -> None:
        Service.objects.filter(pk=shop.pk).update(is_active=False)
        assert refusal(alice, shop).code == RefusalCode.UNKNOWN_SERVICE

    def test_meets_a_charge_that_rounds_to_nothing(self, alice: User) -> None:
        fund(alice, 1)
        dust = service(rate_micros=1, min_quantity=1)
        assert refusal(alice, dust, quantity=499).code == RefusalCode.PRICE_TOO_SMALL
        assert place(alice, dust, quantity=500).order_id

    def test_meets_orders_that_are_switched_off(self, alice: User, shop: Service) -> None:
        KillSwitch.objects.create(part="orders", reason="Maintenance until noon")
        refused = refusal(alice, shop)
        assert (refused.code, refused.message) == ("switched_off", "Maintenance until noon")

    def test_meets_a_suspended_customer(self, alice: User, shop: Service) -> None:
        alice.standing = User.Standing.SUSPENDED
        alice.save()
        assert refusal(alice, shop).code == RefusalCode.CUSTOMER_INACTIVE

    def test_meets_a_frozen_account(self, alice: User, shop: Service) -> None:
        User.objects.filter(pk=alice.pk).update(frozen_at=timezone.now())
        assert refusal(alice, shop).code == RefusalCode.FROZEN

    def test_names_the_running_order_on_the_same_link(self, alice: User, shop: Service) -> None:
        first = place(alice, shop)
        refused = refusal(alice, shop, link="HTTP://www.Example.com/p/1/?utm_source=x#top")
        assert (refused.code, refused.fact) == (RefusalCode.DUPLICATE_LINK, first.order_id)

    def test_does_not_meet_other_links_services_or_people(
        self, alice: User, bob: User, shop: Service
    ) -> None:
        fund(bob, 10 * MICROS)
        place(alice, shop, quantity=100)
        place(alice, shop, quantity=100, link="https://example.com/P/1")
        place(alice, service(category=category("Likes")), quantity=100)
        place(bob, shop, quantity=100)
        assert Order.objects.count() == 4


@pytest.mark.django_db
class TestAnIdempotencyKey:
    def test_gives_the_first_order_again(self, alice: User, shop: Service) -> None:
        first = place(alice, shop, idempotency_key="press-1")
        again = place(alice, shop, idempotency_key="press-1")
        assert again == Placed(order_id=first.order_id, is_replay=True)
        assert Transfer.objects.filter(kind="order_charge").count() == 1

    def test_wins_over_a_price_that_changed_since(self, alice: User, shop: Service) -> None:
        first = place(alice, shop, idempotency_key="press-1")
        Service.objects.filter(pk=shop.pk).update(is_active=False)
        assert place(alice, shop, idempotency_key="press-1").order_id == first.order_id

    def test_is_not_taken_for_another_request(self, alice: User, shop: Service) -> None:
        place(alice, shop, idempotency_key="press-1")
        refused = refusal(alice, shop, idempotency_key="press-1", quantity=500)
        assert refused.code == RefusalCode.KEY_REUSED

    def test_is_not_bound_by_a_refusal(self, alice: User, shop: Service) -> None:
        refusal(alice, shop, idempotency_key="press-1", quantity=6_000)
        assert not place(alice, shop, idempotency_key="press-1").is_replay

    def test_is_each_customers_own(self, alice: User, bob: User, shop: Service) -> None:
        fund(bob, 10 * MICROS)
        mine = place(alice, shop, idempotency_key="press-1")
        assert place(bob, shop, idempotency_key="press-1").order_id != mine.order_id


def together(count: int, act: Callable[[], object]) -> list[object]:
    """What so many got who began at once: what `act` returned, or the code of the refusal."""

    def attempt() -> object:
        try:
            return act()
        except OrderRefused as refused:
            return refused.code

    return at_once(count, attempt)


def test_fifty_presses_of_one_button_make_one_order(
    fresh_db: TestDatabase, alice: User, shop: Service
) -> None:
    answers = together(50, lambda: place(alice, shop, idempotency_key="press-1").order_id)
    assert len(set(answers)) == 1
    assert Order.objects.count() == 1
    assert spendable_micros(customer_id=alice.pk) == 8 * MICROS


def test_fifty_presses_without_the_key_and_the_link_rule_make_many(
    fresh_db: TestDatabase, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "_warnings", lambda *about: Warnings())
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX orders_order_one_running_per_link")
    together(50, lambda: place(alice, shop).order_id)
    assert Order.objects.count() == 5  # as many as the money buys: each one a wrong order


def test_fifty_orders_at_once_on_one_link_leave_one_running(
    fresh_db: TestDatabase, alice: User, shop: Service
) -> None:
    answers = together(50, lambda: place(alice, shop).order_id)
    assert answers.count(RefusalCode.DUPLICATE_LINK) == 49
    assert Order.objects.count() == 1


def test_a_price_that_changes_between_quote_and_charge_charges_nothing(
    alice: User, shop: Service, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CAT-02."""
    honest = inserting.place_orders

    def change_the_price_first(rows: list[str]) -> list[int | str]:
        Service.objects.filter(pk=shop.pk).update(rate_micros=3_000_000)
        return honest(rows)

    monkeypatch.setattr(inserting, "place_orders", change_the_price_first)
    assert refusal(alice, shop).code == RefusalCode.PRICE_CHANGED


def test_a_dead_broker_neither_refuses_nor_loses_an_order(
    fresh_db: TestDatabase, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def nobody_is_there(name: str, *args: object, **options: object) -> None:
        asked.append(name)
        raise OperationalError("connection refused")

    monkeypatch.setattr("orders.nudging.current_app.send_task", nobody_is_there)
    placed = place(alice, shop, channel="api")
    wait_until(lambda: bool(asked))
    assert sweeping.due_orders(at=timezone.now(), most_per_provider=10) == [placed.order_id]
    # The task is named and not imported: it has to be there under this name.
    assert asked == [tasks.forward_order.name]


def test_before_any_terms_are_in_force_nothing_can_be_ordered(alice: User, shop: Service) -> None:
    with pytest.raises(OrderRefused) as refused:
        placement.place_order(
            customer_id=alice.pk,
            request=OrderRequest(
                service_id=shop.pk,
                link="https://example.com/p/1",
                quantity=1000,
                channel=Order.Channel.API,
            ),
            at=timezone.now() - timedelta(days=1),
        )
    assert refused.value.code == RefusalCode.SWITCHED_OFF
    assert not Order.objects.exists()
