"""The panel looks for lost orders by itself, and decides only what leaves no doubt."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import ActLog, User
from orders import lifecycle
from orders.models import Clock, Order, Orphan, Status, Submission
from orders.sending import (
    balances,
    by_number,
    forwarding,
    giving_up,
    reconciling,
    resolving,
    scanning,
)
from orders.sending.arithmetic import explain
from orders.sending.deciding import AlreadyDecided
from orders.sending.scanning import Gap
from services.models import BalanceReading, Provider, ProviderService, Service
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.orders.sending.doubting import accepted, decision, lost

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def start() -> datetime:
    """Everything here happens after that."""
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def lane(views: Service, provider_of_views: Provider, upstream: DemoProvider) -> Provider:
    """A provider whose numbers have no gaps, at the price that it really takes."""
    ProviderService.objects.filter(provider=provider_of_views).update(cost_micros=21_000)
    provider_of_views.scans_numbers = True
    provider_of_views.save(update_fields=["scans_numbers"])
    return provider_of_views


def look(lane: Provider, at: datetime | None = None) -> None:
    reconciling.reconcile(provider_id=lane.pk, at=at or timezone.now())


class TestByNumber:
    @pytest.fixture(autouse=True)
    def _before(self, alice: User, views: Service, lane: Provider, start: datetime) -> None:
        accepted(alice, views, at=start)

    def after(self, alice: User, views: Service, start: datetime) -> Order:
        """A later order that the provider gave a number to."""
        return accepted(alice, views, at=start + 10 * MINUTE)

    def test_nothing_between_two_numbers_is_proof_that_it_never_arrived(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        doubted = lost(alice, views, upstream, arrives=False, at=start + MINUTE)
        self.after(alice, views, start)
        look(lane)
        doubted.refresh_from_db()
        assert doubted.status == Status.QUEUED
        log = ActLog.objects.get(target=doubted.reference)
        assert (log.actor, log.reason) == (None, "not_there_by_number")
        assert log.changes["orphans"] == []

    def test_the_only_number_without_an_owner_is_the_lost_order(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        doubted = lost(alice, views, upstream, arrives=True, at=start + MINUTE)
        number = str(upstream.orders()[-1]["number"])
        self.after(alice, views, start)
        look(lane)
        doubted.refresh_from_db()
        assert (doubted.status, doubted.external_id) == (Status.PENDING, number)
        assert not Orphan.objects.filter(state=Orphan.State.OPEN).exists()

    def test_before_a_later_number_is_known_nothing_is_concluded(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        doubted = lost(alice, views, upstream, arrives=False, at=start + MINUTE)
        look(lane)
        assert_undecided(doubted)

    def test_a_later_number_that_was_asked_for_too_soon_proves_nothing(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        doubted = lost(alice, views, upstream, arrives=False, at=start + MINUTE)
        accepted(alice, views, at=start + 2 * MINUTE)
        look(lane)
        assert_undecided(doubted)

    def test_two_lost_orders_of_one_price_are_for_staff(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        first = lost(alice, views, upstream, arrives=True, at=start + MINUTE)
        second = lost(alice, views, upstream, arrives=False, at=start + MINUTE)
        self.after(alice, views, start)
        look(lane)
        assert_undecided(first, second)
        assert Orphan.objects.get().state == Orphan.State.OPEN

    def test_of_two_lost_orders_the_one_with_the_price_is_it_and_the_other_never_arrived(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        small = lost(alice, views, upstream, arrives=False, at=start + MINUTE, quantity=500)
        large = lost(alice, views, upstream, arrives=True, at=start + MINUTE, quantity=1000)
        self.after(alice, views, start)
        for minutes in (0, 6):
            look(lane, timezone.now() + minutes * MINUTE)
        small.refresh_from_db()
        large.refresh_from_db()
        assert (small.status, large.status) == (Status.QUEUED, Status.PENDING)

    def test_an_orphan_of_another_price_is_nobodys(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        doubted = lost(alice, views, upstream, arrives=True, at=start + MINUTE)
        ProviderService.objects.filter(provider=lane).update(cost_micros=900_000)
        self.after(alice, views, start)
        look(lane)
        assert_undecided(doubted)
        assert Orphan.objects.get().order is None

    def test_a_number_from_before_an_order_left_is_not_its_own(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        early = lost(alice, views, upstream, arrives=True, at=start + MINUTE)
        early.submissions.update(state=Submission.State.RESOLVED)
        between = accepted(alice, views, at=start + MINUTE)
        doubted = lost(alice, views, upstream, arrives=False, at=start + 2 * MINUTE)
        self.after(alice, views, start)
        wide = Gap(int(between.external_id or 0) - 2, int(between.external_id or 0) + 2)
        found = scanning.look(provider=lane, gap=wide)
        assert len(found.orphans) == 1
        assert by_number._only_owner(found, [doubted.submissions.get()]) is None

    @pytest.mark.parametrize("silence", ["omitted", "html", "drop"])
    def test_a_number_that_is_not_answered_for_leaves_everything_open(
        self,
        alice: User,
        views: Service,
        upstream: DemoProvider,
        lane: Provider,
        start: datetime,
        silence: str,
    ) -> None:
        doubted = lost(alice, views, upstream, arrives=True, at=start + MINUTE)
        number = str(upstream.orders()[-1]["number"])
        self.after(alice, views, start)
        if silence == "omitted":
            upstream.omit_report(number)
        else:
            upstream.fault(silence, action="status")
        look(lane)
        assert_undecided(doubted)

    def test_while_a_request_is_on_its_way_nothing_is_concluded(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        doubted = lost(alice, views, upstream, arrives=False, at=start + MINUTE)
        self.after(alice, views, start)
        Submission.objects.create(
            order=order(alice, service=views),
            provider=lane,
            provider_service_id="103",
            state=Submission.State.SUBMITTING,
            lease_until=timezone.now() + MINUTE,
            started_at=start + 2 * MINUTE,
        )
        look(lane)
        assert_undecided(doubted)

    def test_a_provider_that_was_not_chosen_is_not_asked(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        doubted = lost(alice, views, upstream, arrives=False, at=start + MINUTE)
        self.after(alice, views, start)
        Provider.objects.update(scans_numbers=False)
        assert reconciling.providers_with_doubts(at=timezone.now()) == []
        look(lane)
        assert_undecided(doubted)

    def test_what_was_looked_for_is_left_alone_for_a_while(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        lost(alice, views, upstream, arrives=False, at=start + MINUTE)
        at = timezone.now()
        assert reconciling.providers_with_doubts(at=at) == [lane.pk]
        look(lane, at)
        assert reconciling.providers_with_doubts(at=at + 4 * MINUTE) == []
        assert reconciling.providers_with_doubts(at=at + 5 * MINUTE) == [lane.pk]

    def test_what_was_given_up_and_turns_up_is_called_the_houses_loss(
        self,
        alice: User,
        views: Service,
        upstream: DemoProvider,
        lane: Provider,
        start: datetime,
        olga: User,
    ) -> None:
        doubted = lost(alice, views, upstream, arrives=True, at=start + MINUTE)
        resolving.refund(decision=decision(doubted, olga))
        self.after(alice, views, start)
        look(lane)
        doubted.refresh_from_db()
        orphan = Orphan.objects.get()
        assert doubted.status == Status.CANCELED
        assert (orphan.order, orphan.state) == (doubted, Orphan.State.OPEN)


def assert_undecided(*doubted: Order) -> None:
    for one in doubted:
        one.refresh_from_db()
        assert (one.status, one.refunded_micros) == (Status.UNCERTAIN, 0)


class TestByBalance:
    @pytest.fixture(autouse=True)
    def _chosen(self, lane: Provider) -> None:
        Provider.objects.update(scans_numbers=False, checks_balance=True)

    def read(self, lane: Provider, at: datetime) -> None:
        assert balances.read(provider_id=lane.pk, at=at) is not None

    def hear(self, at: datetime) -> None:
        """The provider has reported about all its orders."""
        Clock.objects.update(checked_at=at)

    def test_while_money_may_have_come_back_unheard_it_says_nothing(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        accepted(alice, views, at=start - MINUTE, quantity=10_000)
        self.read(lane, start)
        doubted = lost(alice, views, upstream, arrives=False, at=start + MINUTE, quantity=10_000)
        self.read(lane, start + 5 * MINUTE)
        self.hear(start + 4 * MINUTE)
        look(lane)
        assert_undecided(doubted)

    def test_what_ended_short_after_the_reading_may_have_done_so_before(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        ended = accepted(alice, views, at=start - MINUTE, quantity=10_000)
        self.read(lane, start)
        doubted = lost(alice, views, upstream, arrives=False, at=start + MINUTE, quantity=10_000)
        self.read(lane, start + 5 * MINUTE)
        with transaction.atomic():
            lifecycle.advance(order=ended, to=Status.CANCELED, at=start + 6 * MINUTE)
        self.hear(start + 6 * MINUTE)
        look(lane)
        assert_undecided(doubted)

    def test_a_balance_that_did_not_fall_is_proof_that_it_never_arrived(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        self.read(lane, start)
        accepted(alice, views, at=start + MINUTE, quantity=3000)
        doubted = lost(alice, views, upstream, arrives=False, at=start + MINUTE, quantity=10_000)
        self.read(lane, start + 5 * MINUTE)
        self.hear(start + 6 * MINUTE)
        look(lane)
        doubted.refresh_from_db()
        assert doubted.status == Status.QUEUED
        assert ActLog.objects.get(target=doubted.reference).reason == "not_there_by_balance"

    def test_a_balance_that_fell_by_its_price_leaves_it_to_staff(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        self.read(lane, start)
        doubted = lost(alice, views, upstream, arrives=True, at=start + MINUTE, quantity=10_000)
        self.read(lane, start + 5 * MINUTE)
        look(lane)
        assert_undecided(doubted)

    def test_what_else_moved_the_balance_makes_it_say_nothing(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        self.read(lane, start)
        doubted = lost(alice, views, upstream, arrives=False, at=start + MINUTE, quantity=10_000)
        ended = accepted(alice, views, at=start + MINUTE)
        with transaction.atomic():
            lifecycle.advance(order=ended, to=Status.PARTIAL, at=start + 2 * MINUTE)
        self.read(lane, start + 5 * MINUTE)
        self.hear(start + 6 * MINUTE)
        look(lane)
        assert_undecided(doubted)

    def test_a_reading_that_came_too_soon_says_nothing(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        self.read(lane, start)
        doubted = lost(alice, views, upstream, arrives=False, at=start + MINUTE, quantity=10_000)
        self.read(lane, start + MINUTE + timedelta(seconds=30))
        look(lane)
        assert_undecided(doubted)

    def test_it_is_read_every_few_minutes_and_soon_after_a_doubt(
        self, alice: User, views: Service, upstream: DemoProvider, lane: Provider, start: datetime
    ) -> None:
        assert balances.providers_to_read(at=start) == [lane.pk]
        self.read(lane, start)
        assert balances.providers_to_read(at=start + 4 * MINUTE) == []
        assert balances.providers_to_read(at=start + 5 * MINUTE) == [lane.pk]
        lost(alice, views, upstream, arrives=False, at=start + MINUTE, quantity=100)
        assert balances.providers_to_read(at=start + 2 * MINUTE) == [lane.pk]
        self.read(lane, start + 2 * MINUTE)
        assert balances.providers_to_read(at=start + 3 * MINUTE) == []

    def test_old_readings_are_forgotten(self, lane: Provider, start: datetime) -> None:
        self.read(lane, start)
        balances.forget_old(at=start + timedelta(days=91))
        assert not BalanceReading.objects.exists()


@pytest.mark.parametrize(
    ("fallen", "known", "doubtful", "charged"),
    [
        (0, 0, {1: 500_000}, set()),
        (500_000, 0, {1: 500_000}, {1}),
        (700_000, 200_000, {1: 500_000, 2: 90_000}, {1}),
        (590_000, 0, {1: 500_000, 2: 90_000}, {1, 2}),
        # Either may be it; nothing explains it; money came in; too small to tell from rounding.
        (500_000, 0, {1: 500_000, 2: 500_000}, None),
        (333_000, 0, {1: 500_000}, None),
        (-900_000, 0, {1: 500_000}, None),
        (0, 0, {1: 4_000}, None),
        (0, 0, dict.fromkeys(range(7), 500_000), None),
    ],
)
def test_a_fall_of_the_balance_is_explained_only_if_there_is_one_explanation(
    fallen: int, known: int, doubtful: dict[int, int], charged: set[int] | None
) -> None:
    found = explain(
        fallen_micros=fallen, known_micros=known, known=int(known > 0), doubtful=doubtful
    )
    assert found == charged


LINK = "https://example.com/p/77"
SAYS = "You have active order with this link. Please wait until order being completed."


class TestBehindOurOwnOrder:
    def turned_away(
        self, alice: User, views: Service, upstream: DemoProvider, link: str = LINK
    ) -> Order:
        """A second order on the link, refused by the provider because of an active one."""
        other = Service.objects.get(pk=views.pk)
        other.pk = None
        other.save(force_insert=True)
        placed = order(alice, service=other, link=link, quantity=100)
        upstream.fault("error", value=SAYS)
        at = timezone.now()
        attempt = forwarding.begin(order_id=placed.pk, at=at)
        assert attempt is not None
        forwarding.finish(attempt=attempt, outcome=forwarding.send(attempt), at=at)
        placed.refresh_from_db()
        assert placed.status == Status.UNCERTAIN
        return placed

    def test_it_waits_behind_an_order_of_ours_that_is_still_running(
        self, alice: User, views: Service, lane: Provider, upstream: DemoProvider, start: datetime
    ) -> None:
        first = accepted(alice, views, at=start, link=LINK, quantity=100)
        second = self.turned_away(alice, views, upstream)
        at = timezone.now()
        look(lane, at)
        second.refresh_from_db()
        assert second.status == Status.QUEUED
        assert second.not_before == at + 15 * MINUTE
        assert ActLog.objects.get().changes["behind"] == first.external_id

    def test_one_of_ours_in_another_spelling_explains_nothing(
        self, alice: User, views: Service, lane: Provider, upstream: DemoProvider, start: datetime
    ) -> None:
        first = accepted(alice, views, at=start, link=LINK, quantity=100)
        spelled = "http://www.example.com/p/77/"
        second = self.turned_away(alice, views, upstream, link=spelled)
        assert second.link_key == first.link_key
        look(lane)
        assert_undecided(second)

    def test_without_one_of_ours_it_is_only_a_hint(
        self, alice: User, views: Service, lane: Provider, upstream: DemoProvider
    ) -> None:
        second = self.turned_away(alice, views, upstream)
        look(lane)
        assert_undecided(second)

    @pytest.mark.parametrize("report", [{"status": "Completed"}, {"status": "No idea"}])
    def test_one_of_ours_that_may_have_ended_explains_nothing(
        self,
        alice: User,
        views: Service,
        lane: Provider,
        upstream: DemoProvider,
        start: datetime,
        report: dict[str, object],
    ) -> None:
        first = accepted(alice, views, at=start, link=LINK, quantity=100)
        second = self.turned_away(alice, views, upstream)
        upstream.set_report(first.external_id or "", report)
        look(lane)
        assert_undecided(second)

    def test_one_that_was_accepted_later_explains_nothing(
        self, alice: User, views: Service, lane: Provider, upstream: DemoProvider
    ) -> None:
        earlier = timezone.now()
        first = accepted(alice, views, link=LINK, quantity=100)
        second = self.turned_away(alice, views, upstream)
        Submission.objects.filter(order=second).update(started_at=earlier - MINUTE)
        assert first.external_id
        look(lane)
        assert_undecided(second)

    def test_one_at_another_provider_explains_nothing(
        self,
        alice: User,
        views: Service,
        lane: Provider,
        second: ProviderService,
        upstream: DemoProvider,
        start: datetime,
    ) -> None:
        first = accepted(alice, views, at=start, link=LINK, quantity=100)
        Order.objects.filter(pk=first.pk).update(provider=second.provider)
        turned_away = self.turned_away(alice, views, upstream)
        look(lane)
        assert_undecided(turned_away)


def test_what_the_panel_decided_is_told_to_whoever_comes_too_late(
    alice: User, views: Service, upstream: DemoProvider, olga: User
) -> None:
    doubted = lost(alice, views, upstream, arrives=True)
    late = decision(doubted, olga)
    giving_up.give_up_undecided(at=timezone.now() + timedelta(hours=73))
    with pytest.raises(AlreadyDecided, match="the panel decided by itself"):
        resolving.refund(decision=late)
