"""What nobody decides in time is refunded once; what turns up later is the house's loss
(DEL-11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ActLog, Case, User
from legal.durations import Duration
from orders.models import Order, Orphan, Status, Submission
from orders.sending import forwarding, giving_up, orphans, resolving
from orders.sending.attempts import Attempt
from orders.sending.deciding import Decision
from orders.sending.sweeping import sweep_expired_leases
from services.models import Service
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.orders.pages import text_of
from tests.orders.placing.asking import under
from tests.orders.sending.doubting import decision, lost
from tests.races import all_at_once
from wallet import verification
from wallet.balances import spendable_micros
from wallet.ledger import LedgerError

HOURS = timedelta(hours=1)


@pytest.fixture
def doubted(alice: User, views: Service, upstream: DemoProvider) -> Order:
    return lost(alice, views, upstream, arrives=True, quantity=1000)


def ended_at(doubted: Order) -> datetime:
    found = doubted.submissions.latest("pk").finished_at
    assert found is not None
    return found


@pytest.mark.django_db
class TestAfterSeventyTwoHours:
    def test_every_cent_comes_back_once(self, doubted: Order, alice: User) -> None:
        before = spendable_micros(customer_id=alice.pk)
        late = ended_at(doubted) + 72 * HOURS
        assert giving_up.give_up_undecided(at=late) == 1
        assert giving_up.give_up_undecided(at=late + HOURS) == 0
        doubted.refresh_from_db()
        assert doubted.status == Status.CANCELED
        assert spendable_micros(customer_id=alice.pk) == before + doubted.charge_micros
        assert all(finding.is_ok for finding in verification.verify())

    def test_not_a_second_before(self, doubted: Order) -> None:
        early = ended_at(doubted) + 72 * HOURS - timedelta(seconds=1)
        assert giving_up.give_up_undecided(at=early) == 0
        doubted.refresh_from_db()
        assert (doubted.status, doubted.refunded_micros) == (Status.UNCERTAIN, 0)

    def test_it_is_written_down_as_the_panels_own_act(self, doubted: Order) -> None:
        giving_up.give_up_undecided(at=ended_at(doubted) + 72 * HOURS)
        log = ActLog.objects.get(target=doubted.reference)
        assert (log.actor, log.reason) == (None, giving_up.REASON)
        assert not Case.objects.open().filter(kind=Case.Kind.ORDER_UNCERTAIN).exists()

    def test_an_order_that_is_sent_again_has_its_time_anew(
        self, doubted: Order, olga: User, upstream: DemoProvider
    ) -> None:
        first_end = ended_at(doubted)
        resolving.not_created(decision=decision(doubted, olga))
        upstream.fault("drop", stage="before")
        forwarding.forward(order_id=doubted.pk)
        Submission.objects.filter(order=doubted, state=Submission.State.UNCERTAIN).update(
            finished_at=first_end + 71 * HOURS
        )
        assert giving_up.give_up_undecided(at=first_end + 73 * HOURS) == 0

    def test_a_success_that_comes_later_is_an_orphan_and_no_ones_order(
        self, alice: User, views: Service, now: datetime
    ) -> None:
        placed, attempt = abandoned(alice, views)
        giving_up.give_up_undecided(at=ended_at(placed) + 73 * HOURS)
        before = spendable_micros(customer_id=alice.pk)
        for _repeat in range(2):
            outcome = forwarding.Accepted("771")
            forwarding.finish(attempt=attempt, outcome=outcome, at=timezone.now())
        placed.refresh_from_db()
        orphan = Orphan.objects.get()
        assert (placed.status, placed.external_id) == (Status.CANCELED, None)
        assert (orphan.external_id, orphan.order, orphan.state) == ("771", placed, "open")
        assert spendable_micros(customer_id=alice.pk) == before
        assert "771" in Case.objects.open().get(kind=Case.Kind.ORDER_REVIEW).detail


@pytest.mark.django_db
class TestTheOrdersOwnTerms:
    def test_say_how_long_it_is_not_those_of_today(
        self, alice: User, views: Service, upstream: DemoProvider
    ) -> None:
        under(order_uncertain_refund_after=Duration(2, "hours"))
        doubted = lost(alice, views, upstream, arrives=True, quantity=1000)
        under(order_uncertain_refund_after=Duration(72, "hours"))
        due = ended_at(doubted) + 2 * HOURS
        assert giving_up.give_up_undecided(at=due - timedelta(seconds=1)) == 0
        assert giving_up.give_up_undecided(at=due) == 1

    def test_older_doubts_under_longer_terms_keep_nobody_waiting(
        self,
        alice: User,
        views: Service,
        upstream: DemoProvider,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(giving_up, "MOST_PER_RUN", 1)
        lost(alice, views, upstream, arrives=True, quantity=1000)
        under(order_uncertain_refund_after=Duration(2, "hours"))
        doubted = lost(alice, views, upstream, arrives=True, quantity=1000)
        assert giving_up.give_up_undecided(at=ended_at(doubted) + 2 * HOURS) == 1
        doubted.refresh_from_db()
        assert doubted.status == Status.CANCELED

    def test_one_that_cannot_be_paid_back_keeps_no_other_waiting(
        self, alice: User, views: Service, upstream: DemoProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken, doubted = (
            lost(alice, views, upstream, arrives=True, quantity=1000) for _one in range(2)
        )
        refund = resolving.refund

        def refuse_one(*, decision: Decision) -> None:
            if decision.order_id == broken.pk:
                raise LedgerError("its books are broken")
            refund(decision=decision)

        monkeypatch.setattr(resolving, "refund", refuse_one)
        assert giving_up.give_up_undecided(at=ended_at(doubted) + 72 * HOURS) == 1
        doubted.refresh_from_db()
        assert doubted.status == Status.CANCELED


def abandoned(alice: User, views: Service) -> tuple[Order, Attempt]:
    """An order whose worker was lost in the middle, and what that worker still holds."""
    placed = order(alice, service=views, quantity=1000)
    attempt = forwarding.begin(order_id=placed.pk, at=timezone.now())
    assert attempt is not None
    sweep_expired_leases(at=timezone.now() + timedelta(minutes=2))
    return placed, attempt


def test_two_sweeps_and_a_late_success_at_once_end_an_order_in_one_way(
    fresh_db: TestDatabase, alice: User, views: Service
) -> None:
    for number in range(5):
        placed, attempt = abandoned(alice, views)
        late = ended_at(placed) + 72 * HOURS
        outcome = forwarding.Accepted(str(900 + number))
        give_up = partial(giving_up.give_up_undecided, at=late)
        hear = partial(forwarding.finish, attempt=attempt, outcome=outcome, at=timezone.now())
        all_at_once(give_up, give_up, hear)
        placed.refresh_from_db()
        is_canceled = placed.status == Status.CANCELED
        assert placed.refunded_micros == (placed.charge_micros if is_canceled else 0)
        assert placed.status in (Status.CANCELED, Status.PENDING)
        assert Orphan.objects.filter(order=placed).exists() == is_canceled
    assert all(finding.is_ok for finding in verification.verify())


@pytest.mark.django_db
class TestTheListOfOrphans:
    @pytest.fixture
    def orphan(self, doubted: Order) -> Orphan:
        return orphans.find(
            provider_id=doubted.submissions.get().provider_id,
            external_id="5501",
            order=None,
            report={"word": "Pending", "charge": "0.5"},
            note="found by a scan of numbers",
            at=timezone.now(),
        )

    def test_staff_see_it_and_close_it_with_a_reason(
        self, client: Client, orphan: Orphan, olga: User
    ) -> None:
        client.force_login(olga)
        address = reverse("staff_orders:orphans")
        named = f"5501 · {orphan.provider.name}"
        for words in (named, "not known", "found by a scan of numbers"):
            assert words in text_of(client.get(address))
        refused = client.post(address, {"orphan": orphan.pk, "reason": "short"})
        assert refused.status_code == 422
        client.post(address, {"orphan": orphan.pk, "reason": "Cancelled by their support"})
        orphan.refresh_from_db()
        assert orphan.state == Orphan.State.CLOSED
        assert ActLog.objects.get(act="close orphan").reason == "Cancelled by their support"
        assert not Case.objects.open().filter(key=f"orphan:{orphan.pk}").exists()
        again = client.post(address, {"orphan": orphan.pk, "reason": "Cancelled by them"})
        assert again.status_code == 422

    def test_the_same_number_is_listed_once(self, orphan: Orphan, doubted: Order) -> None:
        again = orphans.find(
            provider_id=orphan.provider_id,
            external_id=orphan.external_id,
            order=doubted,
            report={},
            note="again",
            at=timezone.now(),
        )
        assert again == orphan

    def test_the_order_that_is_given_its_number_adopts_it(
        self, doubted: Order, orphan: Orphan, upstream: DemoProvider, olga: User
    ) -> None:
        number = str(upstream.orders()[-1]["number"])
        Orphan.objects.filter(pk=orphan.pk).update(external_id=number)
        resolving.attach(decision=decision(doubted, olga), external_id=number)
        orphan.refresh_from_db()
        assert (orphan.state, orphan.order) == (Orphan.State.ATTACHED, doubted)
