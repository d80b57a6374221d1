"""From an amount on two people decide an uncertain order: the database knows them apart, and what
events overtake is done by nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import ActLog, User
from orders.ending import limits
from orders.models import Order, Proposal, Status
from orders.sending import forwarding, proposing, resolving
from orders.sending.attempts import Attempt
from orders.sending.deciding import (
    WINDOW,
    AlreadyDecided,
    CannotDecide,
    NotForYou,
    Verdict,
    needs_second,
)
from services.models import Service
from tests.cast import person
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.factories import MICROS
from tests.orders.pages import text_of
from tests.orders.sending.doubting import REASON, decision, lost
from tests.races import all_at_once
from wallet import verification
from wallet.balances import spendable_micros
from wallet.money import display

Outcome = Proposal.Outcome


@pytest.fixture(autouse=True)
def _one_dollar_takes_two(settings: Settings) -> None:
    settings.UNCERTAIN_SECOND_PERSON_FROM = "1"


@pytest.fixture
def doubted(alice: User, views: Service, upstream: DemoProvider) -> Order:
    return lost(alice, views, upstream, arrives=True, quantity=1000)


@pytest.fixture
def oscar(terms: None) -> User:
    return person("oscar", group="Operator")


@pytest.mark.django_db
class TestTwoPeople:
    def test_nobody_decides_alone_from_the_amount_on(self, doubted: Order, olga: User) -> None:
        with pytest.raises(NotForYou, match="takes two people"):
            resolving.refund(decision=decision(doubted, olga))
        doubted.refresh_from_db()
        assert (doubted.status, doubted.refunded_micros) == (Status.UNCERTAIN, 0)

    def test_a_cent_less_takes_one(
        self, alice: User, views: Service, upstream: DemoProvider, olga: User
    ) -> None:
        small = lost(alice, views, upstream, arrives=True, quantity=999)
        resolving.refund(decision=decision(small, olga))
        small.refresh_from_db()
        assert small.status == Status.CANCELED

    def test_slices_below_the_amount_count_together(
        self, alice: User, views: Service, upstream: DemoProvider, olga: User, oscar: User
    ) -> None:
        first, second = (
            lost(alice, views, upstream, arrives=True, quantity=600) for _turn in range(2)
        )
        resolving.refund(decision=decision(first, olga))
        left = limits.left_alone_micros(person=olga, customer_id=alice.pk, at=timezone.now())
        assert left == 25 * MICROS - first.charge_micros
        with pytest.raises(NotForYou, match="takes two people"):
            resolving.refund(decision=decision(second, olga))
        after_all = timezone.now() + WINDOW
        assert not needs_second(second, person=olga, at=after_all)
        resolving.refund(decision=decision(second, oscar))

    @pytest.mark.parametrize("verdict", Verdict)
    def test_the_second_persons_yes_carries_it_out(
        self, doubted: Order, upstream: DemoProvider, olga: User, oscar: User, verdict: Verdict
    ) -> None:
        number = str(upstream.orders()[-1]["number"])
        proposal = proposing.propose(
            decision=decision(doubted, olga), verdict=verdict, external_id=number
        )
        doubted.refresh_from_db()
        assert doubted.status == Status.UNCERTAIN
        proposing.agree(proposal_id=proposal.pk, by=oscar, at=timezone.now())
        proposal.refresh_from_db()
        doubted.refresh_from_db()
        ends = {"attach": "pending", "not_created": "queued", "refund": "canceled"}
        assert doubted.status == ends[verdict]
        assert (proposal.outcome, proposal.decided_by) == (Outcome.DONE, oscar)
        acts = ActLog.objects.filter(target=doubted.reference).order_by("pk")
        assert [act.actor for act in acts] == [olga, oscar]

    def test_who_proposed_it_does_not_agree_to_it(self, doubted: Order, olga: User) -> None:
        proposal = proposing.propose(decision=decision(doubted, olga), verdict=Verdict.REFUND)
        with pytest.raises(NotForYou, match="Somebody else"):
            proposing.agree(proposal_id=proposal.pk, by=olga, at=timezone.now())

    def test_the_database_itself_refuses_the_same_person(self, doubted: Order, olga: User) -> None:
        proposal = proposing.propose(decision=decision(doubted, olga), verdict=Verdict.REFUND)
        with (
            pytest.raises(IntegrityError, match="orders_proposal_two_people"),
            transaction.atomic(),
        ):
            Proposal.objects.filter(pk=proposal.pk).update(outcome="done", decided_by=olga)

    def test_nobody_decides_about_an_order_of_his_own(
        self, olga: User, oscar: User, views: Service, upstream: DemoProvider
    ) -> None:
        own = lost(olga, views, upstream, arrives=True, quantity=1000)
        with pytest.raises(NotForYou, match="your own order"):
            proposing.propose(decision=decision(own, olga), verdict=Verdict.REFUND)
        proposal = proposing.propose(decision=decision(own, oscar), verdict=Verdict.REFUND)
        for answer in (proposing.agree, proposing.decline):
            with pytest.raises(NotForYou, match="your own order"):
                answer(proposal_id=proposal.pk, by=olga, at=timezone.now())
        proposal.refresh_from_db()
        assert proposal.outcome == "waiting"

    def test_a_second_proposal_waits_for_the_first(
        self, doubted: Order, olga: User, oscar: User
    ) -> None:
        proposing.propose(decision=decision(doubted, olga), verdict=Verdict.REFUND)
        with pytest.raises(CannotDecide, match="waits already"):
            proposing.propose(decision=decision(doubted, oscar), verdict=Verdict.NOT_CREATED)

    @pytest.mark.parametrize("who", ["olga", "oscar"])
    def test_a_no_or_second_thoughts_end_it_and_change_nothing(
        self, doubted: Order, olga: User, oscar: User, who: str
    ) -> None:
        proposal = proposing.propose(decision=decision(doubted, olga), verdict=Verdict.REFUND)
        by = olga if who == "olga" else oscar
        proposing.decline(proposal_id=proposal.pk, by=by, at=timezone.now())
        with pytest.raises(AlreadyDecided):
            proposing.agree(proposal_id=proposal.pk, by=oscar, at=timezone.now())
        doubted.refresh_from_db()
        assert doubted.status == Status.UNCERTAIN

    def test_a_late_success_overtakes_what_was_proposed(
        self, doubted: Order, olga: User, oscar: User, now: datetime
    ) -> None:
        proposal = proposing.propose(decision=decision(doubted, olga), verdict=Verdict.REFUND)
        forwarding.finish(
            attempt=attempt_of(doubted), outcome=forwarding.Accepted("771"), at=timezone.now()
        )
        proposal.refresh_from_db()
        assert proposal.outcome == Outcome.OVERTAKEN
        with pytest.raises(AlreadyDecided):
            proposing.agree(proposal_id=proposal.pk, by=oscar, at=timezone.now())
        doubted.refresh_from_db()
        assert (doubted.status, doubted.refunded_micros) == (Status.PENDING, 0)


def attempt_of(doubted: Order) -> Attempt:
    """What the old worker still holds."""
    submission = doubted.submissions.get()
    return Attempt(
        submission_id=submission.pk,
        order_id=doubted.pk,
        provider_id=submission.provider_id,
        endpoint=None,  # type: ignore[arg-type]
        dialect=None,  # type: ignore[arg-type]
        service="103",
        fields={},
        send_not_after=0.0,
        is_on_trial=False,
    )


def test_of_agreeing_and_taking_back_at_once_one_happens(
    fresh_db: TestDatabase, alice: User, views: Service, upstream: DemoProvider, terms: None
) -> None:
    olga, oscar = person("olga", group="Operator"), person("oscar", group="Operator")
    before = spendable_micros(customer_id=alice.pk)
    for _race in range(4):
        doubted = lost(alice, views, upstream, arrives=False, quantity=1000)
        proposal = proposing.propose(decision=decision(doubted, olga), verdict=Verdict.REFUND)
        raised = both(proposal.pk, agrees=oscar, declines=olga)
        doubted.refresh_from_db()
        proposal.refresh_from_db()
        assert len(raised) == 1
        is_done = proposal.outcome == Outcome.DONE
        assert (doubted.status == Status.CANCELED) == is_done
        assert doubted.refunded_micros == (doubted.charge_micros if is_done else 0)
    assert spendable_micros(customer_id=alice.pk) >= before
    assert all(finding.is_ok for finding in verification.verify())


def both(proposal_id: int, *, agrees: User, declines: User) -> list[CannotDecide]:
    raised: list[CannotDecide] = []

    def run(act: Callable[..., object], by: User) -> None:
        try:
            act(proposal_id=proposal_id, by=by, at=timezone.now())
        except CannotDecide as error:
            raised.append(error)

    all_at_once(lambda: run(proposing.agree, agrees), lambda: run(proposing.decline, declines))
    return raised


@pytest.mark.django_db
class TestThePages:
    def propose(self, client: Client, doubted: Order, person: User) -> str:
        client.force_login(person)
        attempt = doubted.submissions.get()
        sent = {"verdict": "refund", "attempt": str(attempt.pk), "reason": REASON, "step": "do"}
        address = reverse("staff_orders:decide", args=[doubted.pk])
        return text_of(client.post(address, sent, follow=True))

    def test_what_is_proposed_is_shown_with_its_consequence(
        self, client: Client, doubted: Order, olga: User, oscar: User
    ) -> None:
        said = self.propose(client, doubted, olga)
        assert "Another person has to agree before anything happens" in said
        for words in ("Waits for a second person", "Take it back", "goes back to the customer"):
            assert words in said
        client.force_login(oscar)
        page = text_of(client.get(reverse("staff_orders:order_detail", args=[doubted.pk])))
        for words in ("Agree, and do it", "olga@example.com", REASON):
            assert words in page
        assert "It never arrived" not in page  # no other decision beside it
        waiting = text_of(client.get(reverse("staff_orders:uncertain")))
        assert "Waits for a second person" in waiting

    def test_the_second_person_agrees_by_a_button(
        self, client: Client, doubted: Order, olga: User, oscar: User
    ) -> None:
        self.propose(client, doubted, olga)
        sent = {"proposal": str(Proposal.objects.get().pk), "answer": "agree"}
        address = reverse("staff_orders:second_person", args=[doubted.pk])
        assert "Somebody else has to agree" in text_of(client.post(address, sent, follow=True))
        client.force_login(oscar)
        assert "whole charge is back" in text_of(client.post(address, sent, follow=True))
        assert "does not wait any more" in text_of(client.post(address, sent, follow=True))

    def test_before_it_is_proposed_the_page_says_that_it_takes_two(
        self, client: Client, doubted: Order, olga: User
    ) -> None:
        client.force_login(olga)
        page = text_of(client.get(reverse("staff_orders:order_detail", args=[doubted.pk])))
        assert "From $1.00 on, with what you gave up for this customer" in page

    def test_the_evidence_shows_the_request_and_no_key(
        self, client: Client, doubted: Order, olga: User, upstream: DemoProvider, alice: User
    ) -> None:
        client.force_login(olga)
        page = client.get(reverse("staff_orders:order_detail", args=[doubted.pk]))
        said = text_of(page)
        assert f"Sent link {doubted.link}" in said
        offer = doubted.offer
        assert offer is not None
        assert f"Price there, as listed {display(offer.cost_micros)}" in said
        assert upstream.key not in page.content.decode()
