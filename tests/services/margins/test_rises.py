from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import ActLog, Case, User
from services import tasks
from services.margins import changing
from services.margins.repricing import reprice
from services.margins.rises import Followed, accept_costs, follow_costs
from services.margins.sweeping import sweep
from services.models import CurrencyChange, PriceRule, Provider, ProviderService, Service
from smmpanel import beat
from tests.factories import MICROS, offer, provider, service
from tests.services.margins.test_repricing import by_rule, rule
from wallet.models import DisplayRate

pytestmark = pytest.mark.django_db
LIMIT = 2000  # hundredths of a percent: the usual limit of a provider


@pytest.fixture
def sold(now: datetime) -> Service:
    """At 1.50, made by a rule of a cost of 1.00."""
    rule()
    made = by_rule()
    reprice(service_ids=[made.pk], at=now)
    made.refresh_from_db()
    assert made.rate_micros == 1_500_000
    return made


@pytest.fixture
def euro(now: datetime) -> Service:
    """At its cost of 1.00 EUR, with 0.92 EUR for a dollar."""
    rule(0)
    DisplayRate.objects.create(
        currency="eur", per_dollar_micros=920_000, since=now - timedelta(days=9)
    )
    made = by_rule(provider=provider(currency="EUR"))
    reprice(service_ids=[made.pk], at=now)
    made.refresh_from_db()
    return made


@pytest.fixture
def costs(now: datetime) -> Callable[[Service, int], Followed]:
    """A price list brings another cost, which nobody looked at."""

    def become(of: Service, cost_micros: int) -> Followed:
        ProviderService.objects.filter(pk=of.provider_service_id or 0).update(
            cost_micros=cost_micros
        )
        found = follow_costs(offer_ids=[of.provider_service_id or 0], at=now)
        of.refresh_from_db()
        return found

    return become


Costs = Callable[[Service, int], Followed]


def case_of(of: Service) -> Case | None:
    assert of.provider_service is not None
    key = f"provider:{of.provider_service.provider_id}"
    return Case.objects.open().filter(kind=Case.Kind.COST_ROSE, key=key).first()


def test_a_rise_up_to_the_limit_is_passed_on(sold: Service, costs: Costs) -> None:
    assert costs(sold, 1_200_000) == Followed(repriced=1)
    assert (sold.rate_micros, sold.floor_micros, sold.accepted_micros) == (
        1_800_000,
        1_200_000,
        MICROS,
    )
    assert sold.is_active
    assert case_of(sold) is None


def test_a_rise_above_the_limit_takes_it_off_sale_and_tells_staff(
    sold: Service, costs: Costs
) -> None:
    assert costs(sold, 1_200_001) == Followed(taken_off=1)
    assert (sold.is_active, sold.off_reason, sold.rate_micros) == (False, "cost", 1_500_000)
    assert (sold.floor_micros, sold.accepted_micros) == (1_200_001, MICROS)
    assert case_of(sold) is not None
    assert costs(sold, 1_300_000) == Followed()
    assert ActLog.objects.filter(act="take services off sale for their cost").count() == 1


def test_many_small_rises_do_not_add_up_unseen(
    sold: Service, costs: Costs, now: datetime, olga: User
) -> None:
    assert costs(sold, 1_100_000) == Followed(repriced=1)
    assert costs(sold, 1_210_000) == Followed(taken_off=1)
    assert costs(sold, 1_310_000) == Followed()
    accept_costs(offer_ids=[sold.provider_service_id or 0], actor=olga, at=now)
    assert costs(sold, 1_572_000) == Followed(repriced=1)
    assert costs(sold, 1_572_001) == Followed(taken_off=1)


def test_a_cost_that_falls_back_puts_it_on_sale_again(sold: Service, costs: Costs) -> None:
    costs(sold, 3 * MICROS)
    assert costs(sold, 1_100_000) == Followed(repriced=1, put_back=1)
    assert (sold.is_active, sold.off_reason, sold.rate_micros) == (True, "", 1_650_000)
    assert case_of(sold) is None


def test_a_gone_service_is_not_put_back_because_its_cost_fell(
    sold: Service, costs: Costs, now: datetime
) -> None:
    costs(sold, 3 * MICROS)
    ProviderService.objects.filter(pk=sold.provider_service_id or 0).update(gone_at=now)
    costs(sold, MICROS)
    assert (sold.is_active, sold.off_reason) == (False, "cost")


@pytest.mark.parametrize("other", [{"raw_type": "Custom Comments"}, {"min_quantity": 900}])
def test_what_its_provider_no_longer_takes_is_not_put_back_for_its_cost(
    sold: Service, costs: Costs, now: datetime, other: dict[str, object]
) -> None:
    costs(sold, 3 * MICROS)
    ProviderService.objects.filter(pk=sold.provider_service_id or 0).update(**other)
    costs(sold, MICROS)
    accept_costs(offer_ids=[sold.provider_service_id or 0], actor=None, at=now)
    sold.refresh_from_db()
    assert (sold.is_active, sold.off_reason) == (False, "cost")


def test_what_a_person_took_off_stays_off_at_todays_price(sold: Service, costs: Costs) -> None:
    Service.objects.filter(pk=sold.pk).update(is_active=False)
    assert costs(sold, 2 * MICROS) == Followed(repriced=1)
    assert (sold.is_active, sold.off_reason, sold.rate_micros) == (False, "", 3 * MICROS)


@pytest.mark.parametrize("reason", ["gone", "changed"])
def test_what_is_off_for_another_reason_is_judged_when_it_is_back(
    sold: Service, costs: Costs, now: datetime, reason: str
) -> None:
    Service.objects.filter(pk=sold.pk).update(is_active=False, off_reason=reason)
    assert costs(sold, 2 * MICROS) == Followed()
    assert (sold.rate_micros, sold.accepted_micros) == (1_500_000, MICROS)
    Service.objects.filter(pk=sold.pk).update(is_active=True, off_reason="")
    assert sweep(at=now) == Followed(taken_off=1)


def test_a_person_accepts_whatever_it_costs(
    sold: Service, costs: Costs, now: datetime, olga: User
) -> None:
    costs(sold, 3 * MICROS)
    found = accept_costs(offer_ids=[sold.provider_service_id or 0], actor=olga, at=now)
    assert found == Followed(repriced=1, put_back=1)
    sold.refresh_from_db()
    assert (sold.rate_micros, sold.accepted_micros) == (4_500_000, 3 * MICROS)
    assert case_of(sold) is None
    assert ActLog.objects.filter(actor=olga).count() == 1


class TestByHand:
    def test_a_price_that_covers_any_rise_stays(self, costs: Costs) -> None:
        by_hand = service(rate_micros=5 * MICROS, below_cost="refuse")
        assert costs(by_hand, 5 * MICROS) == Followed()
        assert by_hand.is_active

    @pytest.mark.parametrize(("below_cost", "stays"), [("refuse", 0), ("warn", 1), ("allow", 1)])
    def test_a_price_below_the_cost_goes_off_sale_unless_allowed(
        self, costs: Costs, below_cost: str, stays: int
    ) -> None:
        by_hand = service(rate_micros=MICROS, below_cost=below_cost)
        costs(by_hand, MICROS + 1)
        assert by_hand.is_active == bool(stays)
        costs(by_hand, MICROS)
        assert by_hand.is_active

    def test_accepting_the_cost_does_not_sell_it_below(self, costs: Costs, now: datetime) -> None:
        by_hand = service(rate_micros=MICROS, below_cost="refuse")
        costs(by_hand, 2 * MICROS)
        offers = [by_hand.provider_service_id or 0]
        assert accept_costs(offer_ids=offers, actor=None, at=now) == Followed()


class TestTheSweep:
    def test_a_new_rate_changes_prices_of_that_currency(self, now: datetime) -> None:
        rule(0)
        DisplayRate.objects.create(currency="eur", per_dollar_micros=MICROS)
        euro, dollar = by_rule(provider=provider(currency="eur")), by_rule()
        sweep(at=now)
        DisplayRate.objects.create(currency="eur", per_dollar_micros=900_000)
        revision = Service.objects.get(pk=dollar.pk).revision
        assert sweep(at=datetime.now(now.tzinfo)) == Followed(repriced=1)
        assert (
            Service.objects.get(pk=euro.pk).rate_micros == 1_111_200
        )  # 1.111112, up to the next 0.0001
        assert Service.objects.get(pk=dollar.pk).revision == revision

    def test_a_rate_that_leaps_waits_for_a_person(self, now: datetime, olga: User) -> None:
        rule(0)
        DisplayRate.objects.create(currency="eur", per_dollar_micros=920_000, since=now)
        euro = by_rule(provider=provider(currency="eur"))
        sweep(at=now)
        mistyped = 9_200_000
        DisplayRate.objects.create(currency="eur", per_dollar_micros=mistyped)
        later = datetime.now(now.tzinfo)
        for _time in range(2):
            assert sweep(at=later) == Followed()
        case = Case.objects.open().get(key="rate:eur")
        assert "EUR" in case.detail
        shown = changing.plan_rate(currency="eur", per_dollar_micros=930_000, at=later).digest
        changing.set_rate(
            currency="eur", per_dollar_micros=930_000, digest=shown, actor=olga, ip=None, at=later
        )
        euro.refresh_from_db()
        assert euro.rate_micros == 1_075_300
        assert not Case.objects.open().exists()

    def test_a_rate_mistyped_twice_is_not_followed(self, euro: Service, now: datetime) -> None:
        for per_dollar in (9_200_000, 9_300_000):
            DisplayRate.objects.create(currency="eur", per_dollar_micros=per_dollar, since=now)
            assert sweep(at=now) == Followed()
        DisplayRate.objects.create(currency="eur", per_dollar_micros=930_000, since=now)
        assert sweep(at=now) == Followed(repriced=1)
        assert not Case.objects.open().exists()

    def test_many_small_steps_of_a_rate_do_not_add_up_to_a_leap(
        self, euro: Service, now: datetime
    ) -> None:
        for per_dollar in (1_000_000, 1_090_000, 1_180_000):
            DisplayRate.objects.create(currency="eur", per_dollar_micros=per_dollar, since=now)
            sweep(at=now)
        euro.refresh_from_db()
        assert euro.floor_micros == 1_000_000  # 1.09 is more than a tenth above 0.92

    def test_nobody_else_follows_a_rate_that_leaps(
        self, euro: Service, costs: Costs, now: datetime
    ) -> None:
        DisplayRate.objects.create(currency="eur", per_dollar_micros=9_200_000, since=now)
        costs(euro, 990_000)
        assert euro.rate_micros == 1_076_100  # 0.99 at 0.92
        reprice(service_ids=[euro.pk], at=now)
        accept_costs(offer_ids=[euro.provider_service_id or 0], actor=None, at=now)
        euro.refresh_from_db()
        assert euro.rate_micros == 1_076_100

    def test_another_currency_of_a_provider_waits_for_a_person(
        self, sold: Service, costs: Costs, now: datetime
    ) -> None:
        DisplayRate.objects.create(currency="inr", per_dollar_micros=83 * MICROS, since=now)
        Provider.objects.update(currency="INR")
        assert sweep(at=now) == Followed()
        assert "INR instead of USD" in Case.objects.open().get().detail
        costs(sold, 1_100_000)
        reprice(service_ids=[sold.pk], at=now)
        sold.refresh_from_db()
        assert (sold.rate_micros, sold.floor_micros) == (1_500_000, MICROS)
        Provider.objects.update(currency="EUR")
        Provider.objects.update(currency="usd")
        assert sweep(at=now) == Followed(repriced=1)
        assert not Case.objects.open().exists()

    def test_nobody_waits_for_the_currency_of_what_is_not_sold(self, now: datetime) -> None:
        offer(cost_micros=MICROS)
        Provider.objects.update(currency="EUR")
        assert not CurrencyChange.objects.exists()

    def test_nothing_is_written_where_nothing_changed(self, sold: Service, now: datetime) -> None:
        service(below_cost="allow")
        sweep(at=now)
        assert sweep(at=now) == Followed()

    def test_without_a_rule_it_is_judged_as_priced_by_hand(
        self, sold: Service, costs: Costs
    ) -> None:
        PriceRule.objects.all().delete()
        assert costs(sold, 1_500_000) == Followed()
        assert costs(sold, 1_500_001) == Followed(taken_off=1)

    def test_it_is_done_every_minute(self, sold: Service) -> None:
        ProviderService.objects.update(cost_micros=1_100_000)
        tasks.follow_costs()
        sold.refresh_from_db()
        assert sold.rate_micros == 1_650_000
        assert beat.PERIODS_SECONDS["services.tasks.follow_costs"] == 60
