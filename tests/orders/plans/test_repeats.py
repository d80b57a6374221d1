"""Orders of every month (SUB-01 to SUB-07). Rules: docs/plans.md, "Repeat orders"."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import OutboundMail, User
from orders.models import Order, Repeat, RepeatPeriod, Status
from orders.placing.placement import OrderRequest, place_order
from orders.plans import renewing, repeats
from orders.plans.months import next_on
from orders.refusals import Tick
from services.models import Service
from services.types import ServiceType
from tests import factories
from tests.orders.plans.planning import books_agree, drip_feed
from wallet import ledger
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db

State = Repeat.State
DAY = timedelta(days=1)
NOON = timedelta(hours=12)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) + NOON


def finished(customer: User, **fields: object) -> Order:
    """A completed order at 1.00, as most people repeat it."""
    placed = factories.order(customer, **fields)  # type: ignore[arg-type]
    Order.objects.filter(pk=placed.pk).update(status=Status.COMPLETED)
    ledger.settle(reference=placed.reference, at=timezone.now())
    return Order.objects.get(pk=placed.pk)


def repeated(order: Order, *, at: datetime | None = None) -> Repeat:
    return repeats.begin(
        order_id=order.pk,
        customer_id=order.customer_id,
        agreed_micros=repeats.quote_of(order).charge_micros,
        ip="192.0.2.7",
        at=at or timezone.now(),
    )


def reread(repeat: Repeat) -> Repeat:
    return Repeat.objects.get(pk=repeat.pk)


def placed_of(repeat: Repeat) -> list[Order]:
    periods = RepeatPeriod.objects.filter(repeat=repeat, order__isnull=False)
    return [period.order for period in periods.order_by("number") if period.order]


def end_orders(repeat: Repeat) -> None:
    """The order of the month before is over, as it is a month later."""
    for order in placed_of(repeat):
        if not order.is_final:
            Order.objects.filter(pk=order.pk).update(status=Status.COMPLETED)
            ledger.settle(reference=order.reference, at=timezone.now())


def due_at(repeat: Repeat, *, days: int = 0) -> datetime:
    next_day = reread(repeat).next_on
    assert next_day is not None
    return day(next_day.isoformat()) + DAY * days


def placed_on_the_web(customer: User, service: Service, link: str, *ticks: Tick) -> Order:
    request = OrderRequest(
        service_id=service.pk,
        link=link,
        quantity=1000,
        channel=Order.Channel.WEB,
        acknowledged=frozenset(ticks),
    )
    placed = place_order(customer_id=customer.pk, request=request, at=timezone.now())
    return Order.objects.get(pk=placed.order_id)


def raise_price(order: Order) -> None:
    Service.objects.filter(pk=order.service_id).update(rate_micros=2 * factories.MICROS)


def mails(template: str) -> int:
    return OutboundMail.objects.filter(key__endswith=template).count()


# --- Days (SUB-02) --------------------------------------------------------------------------------


def test_the_anchor_day_is_kept_through_shorter_months() -> None:
    days, last = [], date(2027, 1, 31)
    for _month in range(4):
        last = next_on(after=last, anchor_day=31)
        days.append(last.isoformat())
    assert days == ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]


@pytest.mark.parametrize(
    ("after", "anchor", "expected"),
    [
        ("2028-01-31", 31, "2028-02-29"),
        ("2027-12-15", 15, "2028-01-15"),
        ("2027-02-28", 30, "2027-03-30"),
        ("2027-11-30", 31, "2027-12-31"),
    ],
)
def test_a_month_is_a_month_of_the_calendar(after: str, anchor: int, expected: str) -> None:
    assert next_on(after=date.fromisoformat(after), anchor_day=anchor).isoformat() == expected


def test_whoever_begins_on_the_31st_is_charged_on_the_last_of_each_month(alice: User) -> None:
    year = timezone.now().year + 1
    repeat = repeated(finished(alice), at=day(f"{year}-01-31"))
    factories.fund(alice)
    charged_on = []
    for _month in range(3):
        at = due_at(repeat)
        renewing.renew_due(at=at)
        end_orders(repeat)
        charged_on.append(at.date().isoformat())
    assert charged_on == [f"{year}-02-{monthrange(year, 2)[1]}", f"{year}-03-31", f"{year}-04-30"]
    assert len(placed_of(repeat)) == 3
    assert books_agree()


# --- Consent (SUB-04) -----------------------------------------------------------------------------


def test_what_was_agreed_to_is_stored_as_it_was_shown(alice: User) -> None:
    repeat = repeated(finished(alice), at=day("2027-01-31"))
    assert "$1.00" in repeat.mandate
    assert "day 31" in repeat.mandate
    assert (repeat.agreed_charge_micros, repeat.agreed_from_ip) == (factories.MICROS, "192.0.2.7")
    assert repeat.next_on == date(2027, 2, 28)


def test_agreeing_takes_no_money(alice: User) -> None:
    order = finished(alice)
    before = spendable_micros(customer_id=alice.pk)
    repeat = repeated(order)
    renewing.renew_due(at=timezone.now())
    assert spendable_micros(customer_id=alice.pk) == before
    assert placed_of(repeat) == []


def test_a_price_that_nobody_saw_is_not_agreed_to(alice: User) -> None:
    order = finished(alice)
    with pytest.raises(repeats.AnotherPrice) as other:
        repeats.begin(
            order_id=order.pk, customer_id=alice.pk, agreed_micros=1, ip=None, at=timezone.now()
        )
    assert other.value.charge_micros == factories.MICROS
    assert not Repeat.objects.exists()


def test_an_order_is_repeated_once(alice: User) -> None:
    order = finished(alice)
    repeated(order)
    with pytest.raises(repeats.CannotRepeat):
        repeated(order)


def test_a_canceled_order_and_a_plan_are_not_repeated(alice: User) -> None:
    order = factories.order(alice)
    Order.objects.filter(pk=order.pk).update(status=Status.CANCELED)
    assert not repeats.may_repeat(order=Order.objects.get(pk=order.pk))
    assert not repeats.may_repeat(order=drip_feed(alice))


def test_a_strangers_order_is_not_repeated(alice: User, bob: User) -> None:
    order = finished(alice)
    with pytest.raises(Order.DoesNotExist):
        repeats.begin(
            order_id=order.pk,
            customer_id=bob.pk,
            agreed_micros=factories.MICROS,
            ip=None,
            at=timezone.now(),
        )


# --- Charging (SUB-02, SUB-06) --------------------------------------------------------------------


def test_a_month_is_placed_like_the_first_order(alice: User) -> None:
    service = factories.service(type=ServiceType.DEFAULT)
    order = finished(alice, service=service, quantity=700)
    repeat = repeated(order)
    factories.fund(alice)
    renewing.renew_due(at=due_at(repeat))
    (placed,) = placed_of(repeat)
    assert (placed.link, placed.quantity, placed.service_id) == (order.link, 700, service.pk)
    assert placed.idempotency_key == f"repeat:{repeat.pk}:1"
    assert (placed.charge_micros, placed.channel) == (700_000, Order.Channel.WEB)


def test_nothing_is_placed_before_its_day(alice: User) -> None:
    repeat = repeated(finished(alice))
    renewing.renew_due(at=due_at(repeat, days=-1))
    assert placed_of(repeat) == []


def test_ten_sweeps_one_after_another_charge_once(alice: User) -> None:
    repeat = repeated(finished(alice))
    at = due_at(repeat)
    for _sweep in range(10):
        renewing.renew_due(at=at)
    assert len(placed_of(repeat)) == 1


def test_an_order_that_is_still_running_is_waited_for(alice: User) -> None:
    order = factories.order(alice)
    repeat = repeated(order)
    at = due_at(repeat)
    renewing.renew_due(at=at)
    assert (placed_of(repeat), reread(repeat).state) == ([], State.ACTIVE)
    Order.objects.filter(pk=order.pk).update(status=Status.COMPLETED)
    renewing.renew_due(at=at + timedelta(minutes=11))
    assert len(placed_of(repeat)) == 1


def test_what_was_ticked_for_the_first_order_holds_for_every_month(alice: User) -> None:
    """Nobody is there to tick it again, neither for a link nor for another order on it."""
    factories.fund(alice)
    link = "https://example.com/invite/abc"
    first = placed_on_the_web(alice, factories.service(), link, Tick.PRIVATE_LINK)
    Order.objects.filter(pk=first.pk).update(status=Status.COMPLETED)
    repeat = repeated(first)
    beside = factories.service(category=first.service.category)
    placed_on_the_web(alice, beside, link, Tick.PRIVATE_LINK)
    renewing.renew_due(at=due_at(repeat))
    assert len(placed_of(repeat)) == 1


# --- Short of funds (SUB-05) ----------------------------------------------------------------------


@pytest.fixture
def broke(alice: User) -> Repeat:
    """A repeat that is due while there is nothing to pay it with."""
    repeat = repeated(finished(alice))
    ledger.adjust(
        customer_id=alice.pk,
        amount_micros=-spendable_micros(customer_id=alice.pk),
        reference="test:empty",
        at=timezone.now(),
    )
    renewing.renew_due(at=due_at(repeat))
    return repeat


def test_without_funds_nothing_is_placed_and_one_mail_says_so(broke: Repeat) -> None:
    renewing.renew_due(at=due_at(broke, days=1))
    assert (reread(broke).state, placed_of(broke)) == (State.PAST_DUE, [])
    assert mails("repeat_past_due") == 1
    assert broke.periods.get().tries == 2


def test_after_a_top_up_it_is_charged_once_and_goes_on(alice: User, broke: Repeat) -> None:
    at = due_at(broke) + timedelta(minutes=1)
    renewing.renew_due(at=at)
    assert broke.periods.get().tries == 1
    factories.fund(alice)
    for _sweep in range(3):
        renewing.renew_due(at=at)
    assert (reread(broke).state, len(placed_of(broke))) == (State.ACTIVE, 1)
    assert spendable_micros(customer_id=alice.pk) == 99 * factories.MICROS


def test_the_day_of_the_month_is_kept_after_a_late_payment(alice: User, broke: Repeat) -> None:
    due_on = reread(broke).next_on
    factories.fund(alice)
    renewing.renew_due(at=due_at(broke, days=9))
    assert due_on is not None
    assert reread(broke).next_on == next_on(after=due_on, anchor_day=broke.anchor_day)


def test_a_month_that_went_by_unpaid_is_not_charged_afterwards(alice: User, broke: Repeat) -> None:
    factories.fund(alice)
    renewing.renew_due(at=due_at(broke, days=70))
    (placed,) = placed_of(broke)
    assert placed.repeat_period.number == 3
    assert spendable_micros(customer_id=alice.pk) == 99 * factories.MICROS


def test_who_may_not_order_is_not_charged(alice: User) -> None:
    repeat = repeated(finished(alice))
    User.objects.filter(pk=alice.pk).update(is_active=False, standing=User.Standing.SUSPENDED)
    renewing.renew_due(at=due_at(repeat))
    assert placed_of(repeat) == []


def test_a_frozen_account_repeats_nothing_and_hears_nothing_of_it(alice: User) -> None:
    repeat = repeated(finished(alice))
    User.objects.filter(pk=alice.pk).update(frozen_at=timezone.now())
    renewing.renew_due(at=due_at(repeat))
    assert placed_of(repeat) == []
    assert not repeat.periods.filter(tried_at__isnull=False).exists()


def test_a_service_that_is_off_sale_is_waited_for_and_told_once(alice: User) -> None:
    order = finished(alice)
    repeat = repeated(order)
    Service.objects.filter(pk=order.service_id).update(is_active=False)
    for days in range(3):
        renewing.renew_due(at=due_at(repeat, days=days))
    assert (reread(repeat).state, mails("repeat_waits")) == (State.ACTIVE, 1)
    Service.objects.filter(pk=order.service_id).update(is_active=True)
    renewing.renew_due(at=due_at(repeat, days=4))
    assert len(placed_of(repeat)) == 1


# --- Prices (SUB-07) ------------------------------------------------------------------------------


def test_a_higher_price_is_told_a_week_before_and_once(alice: User) -> None:
    order = finished(alice)
    repeat = repeated(order)
    raise_price(order)
    renewing.tell_prices(at=due_at(repeat, days=-8))
    assert mails("repeat_price") == 0
    for days in (-7, -6, -1):
        renewing.tell_prices(at=due_at(repeat, days=days))
    assert mails("repeat_price") == 1


def test_a_higher_price_is_not_charged_without_consent(alice: User) -> None:
    order = finished(alice)
    repeat = repeated(order)
    raise_price(order)
    renewing.renew_due(at=due_at(repeat))
    assert placed_of(repeat) == []
    assert repeat.periods.get().trouble == renewing.PRICE
    assert mails("repeat_price") == 1


def test_with_consent_it_goes_on_at_once_at_the_new_price(alice: User) -> None:
    order = finished(alice)
    repeat = repeated(order)
    raise_price(order)
    at = due_at(repeat)
    renewing.renew_due(at=at)
    repeats.agree(
        repeat_id=repeat.pk,
        customer_id=alice.pk,
        agreed_micros=2 * factories.MICROS,
        ip="192.0.2.8",
        at=at,
    )
    renewing.renew_due(at=at)
    (placed,) = placed_of(repeat)
    assert placed.charge_micros == 2 * factories.MICROS
    assert "$2.00" in reread(repeat).mandate


def test_a_lower_price_is_charged_without_asking(alice: User) -> None:
    order = finished(alice)
    repeat = repeated(order)
    Service.objects.filter(pk=order.service_id).update(rate_micros=600_000)
    renewing.renew_due(at=due_at(repeat))
    assert placed_of(repeat)[0].charge_micros == 600_000


def test_the_running_month_keeps_its_price(alice: User) -> None:
    order = finished(alice)
    repeat = repeated(order)
    renewing.renew_due(at=due_at(repeat))
    raise_price(order)
    assert placed_of(repeat)[0].charge_micros == factories.MICROS


# --- Canceling (SUB-03) ---------------------------------------------------------------------------


def test_canceled_on_the_10th_it_ends_with_its_period(alice: User) -> None:
    """SUB-03: begun on 31 January, canceled on 10 February, over on 28 February."""
    repeat = repeated(finished(alice), at=day("2027-01-31"))
    before = spendable_micros(customer_id=alice.pk)
    repeats.cancel(repeat_id=repeat.pk, customer_id=alice.pk, at=day("2027-02-10"))
    repeat = reread(repeat)
    assert (repeat.state, repeat.next_on) == (State.ENDING, None)
    assert repeat.paid_until == date(2027, 2, 28)
    renewing.renew_due(at=day("2027-02-27"))
    assert reread(repeat).state == State.ENDING
    renewing.renew_due(at=day("2027-02-28"))
    assert reread(repeat).state == State.ENDED
    assert spendable_micros(customer_id=alice.pk) == before


def test_canceling_twice_is_canceling_once(alice: User) -> None:
    repeat = repeated(finished(alice))
    for _press in range(2):
        repeats.cancel(repeat_id=repeat.pk, customer_id=alice.pk, at=timezone.now())
    assert reread(repeat).state == State.ENDING


def test_what_was_not_paid_for_ends_at_once(alice: User, broke: Repeat) -> None:
    repeats.cancel(repeat_id=broke.pk, customer_id=alice.pk, at=due_at(broke, days=1))
    assert reread(broke).state == State.ENDED


def test_a_stranger_cancels_nothing(alice: User, bob: User) -> None:
    repeat = repeated(finished(alice))
    with pytest.raises(Repeat.DoesNotExist):
        repeats.cancel(repeat_id=repeat.pk, customer_id=bob.pk, at=timezone.now())


def test_after_its_end_an_order_may_be_repeated_again(alice: User) -> None:
    order = finished(alice)
    repeat = repeated(order)
    repeats.cancel(repeat_id=repeat.pk, customer_id=alice.pk, at=timezone.now())
    Repeat.objects.filter(pk=repeat.pk).update(state=State.ENDED)
    assert repeats.may_repeat(order=order)
