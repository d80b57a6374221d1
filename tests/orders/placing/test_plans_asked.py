"""Orders that are carried out bit by bit, as they are asked for: subscriptions and drip-feeds."""

from __future__ import annotations

import pytest

from orders.models import Order, Role
from orders.refusals import RefusalCode
from orders.sending.fields import fields_of
from services import parameters, pricing
from services.types import ServiceType
from tests.services.typed import LINK, TODAY, checked, ordered, refused, sold


class TestASubscription:
    type_ = ServiceType.SUBSCRIPTIONS

    def texts(self, **more: str) -> dict[str, str]:
        return {"username": "one", "min": "50", "max": "60", "delay": "30", **more}

    def test_aims_at_its_user_name_in_whatever_case(self) -> None:
        first = checked(self.type_, texts=self.texts(username="@One"))
        second = checked(self.type_, texts=self.texts(username=" one "))
        assert first.link.url == "One"
        assert first.link.key == second.link.key != checked(ServiceType.DEFAULT).link.key
        assert first.role == Role.SUBSCRIPTION

    @pytest.mark.parametrize(
        ("more", "posts"),
        [
            ({}, None),
            ({"posts": ""}, None),
            ({"posts": "0"}, None),
            ({"posts": "5"}, 5),
            ({"posts": "0", "old_posts": "3"}, 3),
            ({"posts": "5", "old_posts": "3"}, 8),
            ({"old_posts": "3"}, None),
        ],
    )
    def test_is_charged_at_once_for_every_post_it_can_have(
        self, more: dict[str, str], posts: int | None
    ) -> None:
        order = ordered(self.type_, texts=self.texts(**more))
        assert (order.runs, order.quantity) == (posts, 60)
        assert order.charge_micros == 120_000 * (posts or 0)

    def test_without_an_end_needs_a_service_that_can_be_stopped(self) -> None:
        service = sold(self.type_, can_cancel=False)
        assert list(refused(self.type_, service, texts=self.texts()).problems) == ["posts"]
        assert checked(self.type_, service, texts=self.texts(posts="2")).runs == 2

    def test_names_its_bounds(self) -> None:
        service = sold(self.type_, min_quantity=55)
        assert list(refused(self.type_, service, texts=self.texts()).problems) == ["min"]
        upside_down = self.texts(min="70")
        assert list(refused(self.type_, texts=upside_down).problems) == ["max"]
        with pytest.raises(pricing.AboveMaximum):
            pricing.quote(
                service=sold(self.type_, max_quantity=59), own_rate_micros=None, quantity=60, runs=5
            )

    @pytest.mark.parametrize("delay", ["1", "20", "-5", "601", "ten", "5.0"])
    def test_knows_the_delays_of_the_trade(self, delay: str) -> None:
        assert list(refused(self.type_, texts=self.texts(delay=delay)).problems) == ["delay"]

    @pytest.mark.parametrize(
        "delay",
        [0, 5, 10, 15, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 360, 420, 480, 540, 600],
    )
    def test_takes_them_all(self, delay: int) -> None:
        values = checked(self.type_, texts=self.texts(delay=str(delay))).values
        assert values["delay"] == str(delay)

    @pytest.mark.parametrize(
        "day",
        ["21/11/2026", "2026-12-31", "31/02/2030", "1/1/30", "12/31/2030", "01/01/0001"],
    )
    def test_ends_on_a_day_that_is_still_to_come(self, day: str) -> None:
        assert list(refused(self.type_, texts=self.texts(expiry=day)).problems) == ["expiry"]

    def test_may_end_today(self) -> None:
        values = checked(self.type_, texts=self.texts(expiry="22/11/2026")).values
        assert parameters.day_of(values["expiry"]) == TODAY


class TestADripFeed:
    service = sold(ServiceType.DEFAULT, can_drip_feed=True, max_quantity=1_000)

    def test_of_ours_is_paid_for_all_runs_and_never_sent_itself(self) -> None:
        wanted = checked(ServiceType.DEFAULT, self.service, runs=5, interval_minutes=60)
        assert (wanted.role, wanted.runs, wanted.interval_minutes) == (Role.DRIP_FEED, 5, 60)

    def test_of_the_provider_is_passed_on_with_runs_and_interval(self) -> None:
        service = sold(ServiceType.DEFAULT, can_drip_feed=True, drip_feed_by="provider")
        wanted = checked(ServiceType.DEFAULT, service, runs=5, interval_minutes=60)
        order = Order(
            link=LINK, quantity=100, runs=5, interval_minutes=60, role=wanted.role,
            snapshot=service.snapshot(),
        )  # fmt: skip
        assert fields_of(order) == {
            "link": LINK, "quantity": "100", "runs": "5", "interval": "60",
        }  # fmt: skip

    @pytest.mark.parametrize("runs", [None, 0, 1])
    def test_of_no_runs_is_none(self, runs: int | None) -> None:
        plain = sold(ServiceType.DEFAULT)
        wanted = checked(ServiceType.DEFAULT, plain, runs=runs, interval_minutes=60)
        assert (wanted.role, wanted.runs, wanted.interval_minutes) == (Role.SINGLE, None, None)

    @pytest.mark.parametrize(
        ("runs", "minutes", "field"),
        [
            (-2, 60, "runs"),
            (1001, 60, "runs"),
            (2, None, "interval"),
            (2, 0, "interval"),
            (2, -5, "interval"),
            (2, 10_081, "interval"),
            (1000, 10_080, "interval"),
        ],
    )
    def test_out_of_bounds_is_named(self, runs: int, minutes: int | None, field: str) -> None:
        refusal = refused(ServiceType.DEFAULT, self.service, runs=runs, interval_minutes=minutes)
        assert (refusal.code, refusal.field) == (RefusalCode.INVALID_RUNS, field)

    def test_needs_a_service_and_a_type_that_take_it(self) -> None:
        plain = sold(ServiceType.DEFAULT)
        package = sold(ServiceType.PACKAGE, can_drip_feed=True)
        for type_, service in ((ServiceType.DEFAULT, plain), (ServiceType.PACKAGE, package)):
            assert refused(type_, service, runs=2, interval_minutes=5).field == "runs"

    def test_has_its_least_per_run_and_its_most_for_all(self) -> None:
        service = sold(ServiceType.DEFAULT, min_quantity=100, max_quantity=1_000)
        quote = pricing.quote(service=service, own_rate_micros=None, quantity=100, runs=10)
        assert (quote.units, quote.charge_micros) == (1_000, 2_000_000)
        with pytest.raises(pricing.BelowMinimum):
            pricing.quote(service=service, own_rate_micros=None, quantity=99, runs=10)
        with pytest.raises(pricing.AboveMaximum):
            pricing.quote(service=service, own_rate_micros=None, quantity=100, runs=11)
