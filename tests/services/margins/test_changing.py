from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import ActLog, User
from services.margins import changing
from services.margins.effects import Changed, Spread
from services.margins.repricing import reprice
from services.models import PriceRule, Service
from tests.factories import MICROS, provider, service
from tests.services.margins.test_repricing import by_rule, rule
from wallet.models import DisplayRate

pytestmark = pytest.mark.django_db


def keep(made: PriceRule, olga: User, now: datetime) -> None:
    shown = changing.plan_rule(rule=made, at=now).digest
    changing.save_rule(rule=made, digest=shown, actor=olga, ip=None, at=now)


def rate_of(of: Service) -> int:
    return Service.objects.get(pk=of.pk).rate_micros


class TestRules:
    def test_a_rule_shows_and_then_makes_the_prices_it_holds_for(
        self, olga: User, now: datetime
    ) -> None:
        one, by_hand, elsewhere = by_rule(), service(), by_rule()
        made = PriceRule(percent_bp=10_000, service=one)
        planned = changing.plan_rule(rule=made, at=now)
        assert (planned.looked_at, planned.up, planned.spread) == (
            1,
            1,
            Spread(10_000, 10_000, 10_000),
        )
        assert PriceRule.objects.count() == 0
        keep(made, olga, now)
        assert [rate_of(each) for each in (one, by_hand, elsewhere)] == [2 * MICROS, MICROS, MICROS]
        act = ActLog.objects.get(act="add price rule")
        assert act.changes["percent_bp"] == [None, 10_000]

    def test_a_narrower_rule_keeps_its_services_from_a_wider_one(
        self, olga: User, now: datetime
    ) -> None:
        one = by_rule()
        keep(PriceRule(percent_bp=1000, category=one.category), olga, now)
        planned = changing.plan_rule(rule=PriceRule(percent_bp=9000), at=now)
        assert (planned.looked_at, planned.seen) == (1, [])

    def test_without_it_the_next_wider_rule_makes_the_price(
        self, olga: User, now: datetime
    ) -> None:
        one = by_rule()
        rule(0)
        narrow = rule(5000, service=one)
        reprice(service_ids=[one.pk], at=now)
        planned = changing.plan_removal(rule=narrow, at=now)
        assert planned.down == 1
        changing.remove_rule(rule=narrow, digest=planned.digest, actor=olga, ip=None, at=now)
        assert rate_of(one) == MICROS
        last = PriceRule.objects.get()
        planned = changing.plan_removal(rule=last, at=now)
        assert (planned.seen, planned.left_out["no_rule"]) == ([], 1)

    def test_what_is_off_sale_by_the_panel_waits_for_its_price(self, now: datetime) -> None:
        by_rule(is_active=False, off_reason="cost")
        planned = changing.plan_rule(rule=PriceRule(percent_bp=1), at=now)
        assert (planned.seen, planned.left_out["off"]) == ([], 1)

    def test_a_cost_that_changed_after_the_preview_stops_it(
        self, olga: User, now: datetime
    ) -> None:
        one = by_rule()
        made = PriceRule(percent_bp=1000)
        shown = changing.plan_rule(rule=made, at=now).digest
        assert one.provider_service is not None
        one.provider_service.cost_micros += 1
        one.provider_service.save()
        with pytest.raises(Changed):
            changing.save_rule(rule=made, digest=shown, actor=olga, ip=None, at=now)
        assert PriceRule.objects.count() == 0

    def test_two_new_rules_for_the_same_are_not_both_kept(self, olga: User, now: datetime) -> None:
        keep(PriceRule(percent_bp=1), olga, now)
        with pytest.raises(Changed):
            keep(PriceRule(percent_bp=2), olga, now)

    def test_a_rule_is_removed_once(self, olga: User, now: datetime) -> None:
        wide = rule()
        twin = PriceRule.objects.get(pk=wide.pk)
        shown = changing.plan_removal(rule=wide, at=now).digest
        changing.remove_rule(rule=wide, digest=shown, actor=olga, ip=None, at=now)
        with pytest.raises(Changed):
            changing.remove_rule(rule=twin, digest=shown, actor=olga, ip=None, at=now)


class TestRates:
    def test_a_rate_makes_the_prices_of_its_currency_however_far(
        self, olga: User, now: datetime
    ) -> None:
        rule(0)
        euro = by_rule(provider=provider(currency="EUR"))
        planned = changing.plan_rate(currency="eur", per_dollar_micros=500_000, at=now)
        assert planned.up == 1
        changing.set_rate(
            currency="eur",
            per_dollar_micros=500_000,
            digest=planned.digest,
            actor=olga,
            ip=None,
            at=now,
        )
        euro.refresh_from_db()
        assert (euro.rate_micros, euro.accepted_micros) == (2 * MICROS, 2 * MICROS)
        assert DisplayRate.objects.get().since == now

    def test_a_price_by_hand_that_no_longer_covers_its_cost_goes_off_sale(
        self, olga: User, now: datetime
    ) -> None:
        DisplayRate.objects.create(
            currency="eur", per_dollar_micros=MICROS, since=now - timedelta(days=1)
        )
        by_hand = service(
            rate_micros=MICROS,
            below_cost="refuse",
            provider_service=by_rule(provider=provider(currency="EUR")).provider_service,
        )
        planned = changing.plan_rate(currency="eur", per_dollar_micros=900_000, at=now)
        assert planned.off == 2  # the one by a rule that nobody made is like one by hand
        changing.set_rate(
            currency="eur",
            per_dollar_micros=900_000,
            digest=planned.digest,
            actor=olga,
            ip=None,
            at=now,
        )
        by_hand.refresh_from_db()
        assert (by_hand.is_active, by_hand.off_reason) == (False, "cost")
