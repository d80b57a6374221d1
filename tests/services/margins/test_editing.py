from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import ActLog, User
from services.margins import editing, effects
from services.margins.acting import Act, Kind
from services.margins.editing import NotUndoable, Undone
from services.margins.finding import Selection, find
from services.margins.repricing import reprice
from services.models import CustomPrice, PriceEdit, ProviderService, Service
from tests import factories
from tests.cast import person
from tests.factories import MICROS, service
from tests.races import Gate, all_at_once, at_once
from tests.services.margins.test_repricing import by_rule, rule

EVERYTHING = Selection()
HIGHER = Act(Kind.PERCENT, 1000)


def sold(rate_micros: int = MICROS, **fields: object) -> Service:
    """Priced by hand, at a cost of half a dollar."""
    return service(rate_micros=rate_micros, below_cost="refuse", **fields)


def rate_of(of: Service) -> int:
    return Service.objects.get(pk=of.pk).rate_micros


def apply(act: Act, olga: User, now: datetime, chosen: Selection = EVERYTHING) -> PriceEdit:
    shown = editing.plan(selection=chosen, act=act, at=now).digest
    return editing.apply(selection=chosen, act=act, digest=shown, actor=olga, ip=None, at=now)


@pytest.mark.django_db
class TestWhatIsChosen:
    def test_every_filter_leaves_only_what_it_names(self) -> None:
        mine = sold(name="Likes fast", rate_micros=MICROS, floor_micros=900_000)
        sold(name="Likes slow", floor_micros=100_000, priced_by="rule")
        assert mine.provider_service is not None
        chosen = Selection(
            platform_id=mine.category.platform_id,
            category_id=mine.category_id,
            provider_id=mine.provider_service.provider_id,
            words="fast likes",
            band="low",
            priced_by="hand",
            sale="on",
        )
        assert [row.pk for row in find(chosen)] == [mine.pk]
        assert find(Selection(words="fast slow")) == []
        assert [row.pk for row in find(Selection(words=str(mine.pk)))] == [mine.pk]
        assert find(Selection(sale="off")) == []

    def test_what_costs_more_than_it_brings_is_found(self) -> None:
        at_loss = sold(rate_micros=MICROS, floor_micros=MICROS + 1)
        sold(rate_micros=MICROS, floor_micros=MICROS)
        sold(rate_micros=MICROS)  # its cost is not known
        assert [row.pk for row in find(Selection(band="loss"))] == [at_loss.pk]

    def test_what_is_free_has_no_price_to_change(self) -> None:
        sold(rate_micros=0, is_free=True)
        assert find(EVERYTHING) == []


@pytest.mark.django_db
class TestWhatIsDone:
    @pytest.mark.parametrize(
        ("act", "price"),
        [
            (Act(Kind.PERCENT, 1050, 10_000), 1_110_000),
            (Act(Kind.PERCENT, -1050, 10_000), 900_000),
            (Act(Kind.PERCENT, -5, 10**9), MICROS),  # rounding never lifts a price that falls
            (Act(Kind.AMOUNT, 5, 100), 1_000_100),
            (Act(Kind.AMOUNT, -5 * MICROS, 100), 500_000),  # the cost stops it
            (Act(Kind.MARGIN, 2500, 1), 625_000),
            (Act(Kind.PRICE, 777_777), 777_777),
            (Act(Kind.PRICE, 1), 500_000),
        ],
    )
    def test_the_price_follows_from_the_act(
        self, act: Act, price: int, olga: User, now: datetime
    ) -> None:
        one = sold()
        apply(act, olga, now)
        assert rate_of(one) == price

    def test_what_may_be_sold_at_a_loss_is(self, olga: User, now: datetime) -> None:
        one = service(below_cost="allow")
        apply(Act(Kind.PRICE, 1), olga, now)
        assert rate_of(one) == 1

    def test_a_price_by_rule_becomes_one_by_hand_and_back(self, olga: User, now: datetime) -> None:
        rule()
        one = by_rule()
        reprice(service_ids=[one.pk], at=now)
        apply(HIGHER, olga, now)
        one.refresh_from_db()
        assert (one.rate_micros, one.priced_by) == (1_650_000, "hand")
        apply(Act(Kind.RULES), olga, now)
        one.refresh_from_db()
        assert (one.rate_micros, one.priced_by) == (1_500_000, "rule")
        apply(Act(Kind.HAND), olga, now)
        one.refresh_from_db()
        assert (one.rate_micros, one.priced_by) == (1_500_000, "hand")

    def test_what_cannot_be_changed_so_is_counted(self, now: datetime) -> None:
        sold()
        sold(provider_service=None, is_active=False)
        planned = editing.plan(selection=EVERYTHING, act=Act(Kind.RULES), at=now)
        assert (planned.looked_at, planned.lines, planned.left_out) == (2, [], {"no_rule": 2})
        planned = editing.plan(selection=EVERYTHING, act=Act(Kind.MARGIN, 1), at=now)
        assert (len(planned.lines), planned.left_out) == (1, {"no_cost": 1})
        planned = editing.plan(selection=EVERYTHING, act=Act(Kind.PRICE, 10**16), at=now)
        assert planned.left_out == {"too_high": 2}

    def test_a_price_that_covers_the_cost_again_is_sold_again(
        self, olga: User, now: datetime
    ) -> None:
        one = sold(rate_micros=1, is_active=False, off_reason="cost")
        assert editing.plan(selection=EVERYTHING, act=Act(Kind.PRICE, MICROS), at=now).back == 1
        apply(Act(Kind.PRICE, MICROS), olga, now)
        one.refresh_from_db()
        assert (one.is_active, one.off_reason, one.accepted_micros) == (True, "", 500_000)

    def test_what_would_not_cover_its_cost_stays_off_sale(self, now: datetime) -> None:
        sold(rate_micros=400_000, is_active=False, off_reason="cost")
        planned = editing.plan(selection=EVERYTHING, act=HIGHER, at=now)
        assert (planned.lines, planned.left_out) == ([], {"still_off": 1})


@pytest.mark.django_db
class TestWhatIsShown:
    def test_the_sum_says_what_the_lines_say(self, now: datetime) -> None:
        for rate_micros in (600_000, MICROS, 2 * MICROS):
            sold(rate_micros=rate_micros)
        planned = editing.plan(selection=EVERYTHING, act=Act(Kind.PRICE, MICROS), at=now)
        assert (planned.up, planned.down, planned.looked_at) == (1, 1, 3)
        assert planned.spread == effects.Spread(-5000, 833, 6666)
        assert [line.new_margin_bp for line in planned.lines] == [10_000, 10_000]

    def test_customers_with_a_price_of_their_own_are_not_hit(
        self, alice: User, bob: User, now: datetime
    ) -> None:
        one, other = service(), service()
        for customer in (alice, bob):
            factories.order(customer, service=one)
        CustomPrice.objects.create(customer=bob, service=one, rate_micros=5)
        later = now + timedelta(days=1)
        assert effects.customers_hit([one.pk, other.pk], at=later) == 1
        assert effects.customers_by_service([one.pk, other.pk], at=later) == {one.pk: 1}
        assert effects.customers_hit([one.pk], at=now + timedelta(days=91)) == 0

    def test_nothing_else_is_applied_than_what_was_shown(self, olga: User, now: datetime) -> None:
        one, other = sold(), sold()
        shown = editing.plan(selection=EVERYTHING, act=HIGHER, at=now).digest
        Service.objects.filter(pk=other.pk).update(rate_micros=MICROS + 1)
        with pytest.raises(effects.Changed):
            editing.apply(
                selection=EVERYTHING, act=HIGHER, digest=shown, actor=olga, ip=None, at=now
            )
        assert (rate_of(one), PriceEdit.objects.count()) == (MICROS, 0)

    def test_a_second_press_does_not_raise_prices_twice(self, olga: User, now: datetime) -> None:
        one = sold()
        shown = editing.plan(selection=EVERYTHING, act=HIGHER, at=now).digest

        def press() -> None:
            editing.apply(
                selection=EVERYTHING, act=HIGHER, digest=shown, actor=olga, ip=None, at=now
            )

        press()
        with pytest.raises(effects.Changed):
            press()
        assert rate_of(one) == 1_100_000


@pytest.mark.django_db
class TestTakenBack:
    def test_prices_and_who_makes_them_are_as_before(self, olga: User, now: datetime) -> None:
        rule()
        one, other = by_rule(), sold()
        reprice(service_ids=[one.pk], at=now)
        edit = apply(HIGHER, olga, now)
        done = editing.undo(edit_id=edit.pk, actor=olga, ip=None, at=now + timedelta(hours=24))
        assert done == Undone(restored=2, left=0)
        one.refresh_from_db()
        assert (one.rate_micros, one.priced_by, rate_of(other)) == (1_500_000, "rule", MICROS)
        assert set(ActLog.objects.values_list("act", flat=True)) == {
            "change prices",
            "take back prices",
        }

    def test_what_somebody_changed_since_is_left_and_named(self, olga: User, now: datetime) -> None:
        one, other = sold(), sold()
        edit = apply(HIGHER, olga, now)
        Service.objects.filter(pk=one.pk).update(rate_micros=9 * MICROS)
        done = editing.undo(edit_id=edit.pk, actor=olga, ip=None, at=now)
        assert done == Undone(restored=1, left=1)
        assert (rate_of(one), rate_of(other)) == (9 * MICROS, MICROS)
        assert edit.lines.get(left_because="changed").service_id == one.pk

    def test_a_price_below_todays_cost_does_not_come_back(self, olga: User, now: datetime) -> None:
        one = sold()
        edit = apply(HIGHER, olga, now)
        ProviderService.objects.update(cost_micros=1_050_000)
        done = editing.undo(edit_id=edit.pk, actor=olga, ip=None, at=now)
        assert (done, rate_of(one)) == (Undone(restored=0, left=1), 1_100_000)
        assert edit.lines.get().left_because == "cost"

    @pytest.mark.parametrize("hours", [0, 25])
    def test_it_is_done_once_and_within_a_day(self, hours: int, olga: User, now: datetime) -> None:
        sold()
        edit = apply(HIGHER, olga, now)
        if hours == 0:
            editing.undo(edit_id=edit.pk, actor=olga, ip=None, at=now)
        with pytest.raises(NotUndoable):
            editing.undo(edit_id=edit.pk, actor=olga, ip=None, at=now + timedelta(hours=hours))


class TestAtOnce:
    @pytest.fixture
    def edit(self, fresh_db: None, now: datetime) -> PriceEdit:
        sold()
        return apply(HIGHER, person("olga", group="Operator"), now)

    @staticmethod
    def takes_back(edit: PriceEdit, now: datetime) -> int:
        try:
            return editing.undo(edit_id=edit.pk, actor=edit.actor, ip=None, at=now).restored
        except NotUndoable:
            return 0

    def test_two_who_take_back_do_it_once(self, edit: PriceEdit, now: datetime) -> None:
        assert sum(at_once(4, lambda: self.takes_back(edit, now))) == 1
        assert ActLog.objects.filter(act="take back prices").count() == 1

    def test_without_taking_turns_both_would(
        self, edit: PriceEdit, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gate = Gate(2)
        monkeypatch.setattr(editing, "take_turn", lambda: None)
        monkeypatch.setattr(editing, "_undoable", gate.after(editing._undoable))
        at_once(2, lambda: self.takes_back(edit, now))
        assert ActLog.objects.filter(act="take back prices").count() == 2

    def test_two_who_apply_the_same_change_prices_once(self, fresh_db: None, now: datetime) -> None:
        olga, one = person("olga", group="Operator"), sold()
        shown = editing.plan(selection=EVERYTHING, act=HIGHER, at=now).digest

        def press() -> int:
            try:
                editing.apply(
                    selection=EVERYTHING, act=HIGHER, digest=shown, actor=olga, ip=None, at=now
                )
            except effects.Changed:
                return 0
            return 1

        assert sum(all_at_once(press, press)) == 1
        assert rate_of(one) == 1_100_000
