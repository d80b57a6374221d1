"""Deciding an uncertain order against a real provider: nothing sent unasked, no cent lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ActLog, Case, User
from orders.following import syncing
from orders.models import Order, OrderEvent, Orphan, Status, Submission
from orders.sending import beginning, deciding, forwarding, resolving
from orders.sending.deciding import Decision
from orders.sending.sweeping import sweep_expired_leases
from services.models import Service
from services.providers.errors import NotSent, OutcomeUnknown, Refused
from tests.cast import person
from tests.databases import TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.races import Gate, all_at_once
from wallet import verification
from wallet.balances import spendable_micros

State = Submission.State
LINK = "https://example.com/p/1"
REASON = "Looked into our account there"


def books_are_clean() -> bool:
    return all(finding.is_ok for finding in verification.verify())


def abandoned(placed: Order) -> forwarding.Attempt:
    """Makes an order uncertain whose worker was lost; returns what that worker still holds."""
    attempt = forwarding.begin(order_id=placed.pk, at=timezone.now())
    assert attempt is not None
    late = timezone.now() + timedelta(seconds=beginning.LEASE_SECONDS + 1)
    assert sweep_expired_leases(at=late) == 1
    placed.refresh_from_db()
    assert placed.status == Status.UNCERTAIN
    return attempt


def decision(about: Order, actor: User, **fields: Any) -> Decision:
    attempt = about.submissions.get(state=State.UNCERTAIN)
    given = {"order_id": about.pk, "submission_id": attempt.pk, "actor": actor, "reason": REASON}
    return Decision(**{**given, "at": timezone.now(), "ip": "203.0.113.9", **fields})


@pytest.fixture
def placed(alice: User, views: Service) -> Order:
    return order(alice, service=views, link=LINK, quantity=1000)


@pytest.fixture
def attempt(placed: Order, upstream: DemoProvider) -> forwarding.Attempt:
    """A request that arrived, and whose answer got lost."""
    upstream.fault("drop", stage="after")
    begun = forwarding.begin(order_id=placed.pk, at=timezone.now())
    assert begun is not None
    forwarding.finish(attempt=begun, outcome=forwarding.send(begun), at=timezone.now())
    return begun


@pytest.fixture
def lost(placed: Order, attempt: forwarding.Attempt) -> Order:
    """An order that the provider has, though we do not know."""
    placed.refresh_from_db()
    assert placed.status == Status.UNCERTAIN
    return placed


def number_there(upstream: DemoProvider) -> str:
    return str(upstream.orders()[-1]["number"])


@pytest.mark.django_db
class TestItArrived:
    def test_an_attached_order_is_followed_to_its_refund(
        self, lost: Order, upstream: DemoProvider, alice: User, olga: User
    ) -> None:
        before, number = spendable_micros(customer_id=alice.pk), number_there(upstream)
        resolving.attach(decision=decision(lost, olga), external_id=number)
        lost.refresh_from_db()
        assert (lost.status, lost.external_id) == (Status.PENDING, number)
        assert spendable_micros(customer_id=alice.pk) == before
        upstream.set_report(number, {"status": "Partial", "remains": "400"})
        due = timezone.now() + timedelta(minutes=1)
        assert syncing.poll(provider_id=lost.provider_id or 0, at=due) == 1
        lost.refresh_from_db()
        assert lost.status == Status.PARTIAL
        assert spendable_micros(customer_id=alice.pk) == before + 400_000
        assert books_are_clean()

    def test_a_number_that_the_provider_does_not_know_is_refused(
        self, lost: Order, olga: User
    ) -> None:
        with pytest.raises(deciding.UnknownThere, match="knows no order 999999"):
            resolving.attach(decision=decision(lost, olga), external_id="999999")
        assert_untouched(lost)

    def test_the_number_of_another_order_is_refused_by_name(
        self, lost: Order, views: Service, upstream: DemoProvider, alice: User, olga: User
    ) -> None:
        other = order(alice, service=views, quantity=1000)
        forwarding.forward(order_id=other.pk)
        other.refresh_from_db()
        with pytest.raises(deciding.BelongsToAnother, match=f"belongs to order {other.pk}"):
            resolving.attach(decision=decision(lost, olga), external_id=other.external_id or "")
        assert_untouched(lost)

    def test_a_number_that_another_order_takes_meanwhile_is_refused_as_well(
        self,
        lost: Order,
        views: Service,
        upstream: DemoProvider,
        alice: User,
        olga: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        other = order(alice, service=views, quantity=1000)
        forwarding.forward(order_id=other.pk)
        other.refresh_from_db()
        monkeypatch.setattr(resolving, "look_up", lambda **_: None)
        with pytest.raises(deciding.BelongsToAnother):
            resolving.attach(decision=decision(lost, olga), external_id=other.external_id or "")
        assert_untouched(lost)

    @pytest.mark.parametrize("fault", ["html", "empty", "drop"])
    def test_nothing_is_attached_while_the_provider_does_not_answer(
        self, lost: Order, upstream: DemoProvider, olga: User, fault: str
    ) -> None:
        number = number_there(upstream)
        upstream.fault(fault, action="status")
        with pytest.raises(deciding.ProviderUnreachable, match="Try again"):
            resolving.attach(decision=decision(lost, olga), external_id=number)
        assert_untouched(lost)


def assert_untouched(found: Order) -> None:
    found.refresh_from_db()
    assert (found.status, found.external_id, found.refunded_micros) == (Status.UNCERTAIN, None, 0)
    assert found.submissions.get().state == State.UNCERTAIN
    assert Case.objects.open().get(kind=Case.Kind.ORDER_UNCERTAIN).key == found.reference
    assert not ActLog.objects.exists()
    assert books_are_clean()


@pytest.mark.django_db
class TestItNeverArrived:
    def test_the_order_is_sent_exactly_once_more(
        self, placed: Order, upstream: DemoProvider, olga: User
    ) -> None:
        abandoned(placed)
        assert upstream.counts() == {}
        resolving.not_created(decision=decision(placed, olga))
        for _repeat in range(3):
            forwarding.forward(order_id=placed.pk)
        placed.refresh_from_db()
        assert placed.status == Status.PENDING
        assert upstream.counts() == {LINK: 1}
        states = placed.submissions.order_by("pk").values_list("state", flat=True)
        assert list(states) == [State.RESOLVED, State.ACCEPTED]
        assert books_are_clean()

    def test_a_decision_about_the_first_attempt_says_nothing_about_the_second(
        self, lost: Order, upstream: DemoProvider, olga: User
    ) -> None:
        first = decision(lost, olga)
        resolving.not_created(decision=first)
        upstream.fault("drop", stage="before")
        forwarding.forward(order_id=lost.pk)
        lost.refresh_from_db()
        assert lost.status == Status.UNCERTAIN
        with pytest.raises(deciding.AlreadyDecided):
            resolving.refund(decision=first)
        lost.refresh_from_db()
        assert (lost.status, lost.refunded_micros) == (Status.UNCERTAIN, 0)


@pytest.mark.django_db
def test_a_refund_gives_every_cent_back(lost: Order, alice: User, olga: User) -> None:
    before = spendable_micros(customer_id=alice.pk)
    resolving.refund(decision=decision(lost, olga))
    lost.refresh_from_db()
    assert (lost.status, lost.refunded_micros) == (Status.CANCELED, lost.charge_micros)
    assert spendable_micros(customer_id=alice.pk) == before + lost.charge_micros
    assert lost.submissions.get().state == State.RESOLVED
    assert books_are_clean()


ACTS: dict[str, Callable[[Decision, str], None]] = {
    "attach": lambda made, number: resolving.attach(decision=made, external_id=number),
    "not_created": lambda made, _number: resolving.not_created(decision=made),
    "refund": lambda made, _number: resolving.refund(decision=made),
}
STATUSES = {
    "attach": Status.PENDING,
    "not_created": Status.QUEUED,
    "refund": Status.CANCELED,
}


@pytest.fixture
def number(lost: Order, upstream: DemoProvider) -> str:
    """Under which the provider has the lost order."""
    return number_there(upstream)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ACTS)
class TestEveryDecision:
    def test_it_is_written_down_and_closes_the_case(
        self, lost: Order, number: str, olga: User, act: str
    ) -> None:
        ACTS[act](decision(lost, olga), number)
        log = ActLog.objects.get()
        assert (log.actor, log.target, log.reason) == (olga, lost.reference, REASON)
        assert log.ip == "203.0.113.9"
        assert log.changes["status"] == [Status.UNCERTAIN, STATUSES[act]]
        assert not Case.objects.open().exists()
        event = lost.events.filter(kind=OrderEvent.Kind.STATUS).latest("pk")
        assert (event.actor, event.detail["reason"]) == (olga, REASON)

    @pytest.mark.parametrize("second", ACTS)
    def test_the_second_one_is_told_of_it_and_changes_nothing(
        self, lost: Order, number: str, olga: User, bob: User, act: str, second: str
    ) -> None:
        mine, theirs = decision(lost, olga), decision(lost, bob)
        ACTS[act](mine, number)
        with pytest.raises(deciding.AlreadyDecided, match=f"olga@example.com.*{REASON}"):
            ACTS[second](theirs, number)
        lost.refresh_from_db()
        assert lost.status == STATUSES[act]
        assert ActLog.objects.count() == 1
        assert books_are_clean()

    @pytest.mark.parametrize(
        "outcome",
        [forwarding.Accepted("771"), NotSent("dns"), Refused("no"), OutcomeUnknown("reset")],
        ids=lambda outcome: type(outcome).__name__,
    )
    def test_an_answer_that_comes_later_changes_neither_order_nor_money(
        self,
        lost: Order,
        attempt: forwarding.Attempt,
        number: str,
        olga: User,
        act: str,
        outcome: forwarding.Outcome,
    ) -> None:
        ACTS[act](decision(lost, olga), number)
        lost.refresh_from_db()
        before = (lost.status, lost.external_id, spendable_micros(customer_id=lost.customer_id))
        forwarding.finish(attempt=attempt, outcome=outcome, at=timezone.now())
        lost.refresh_from_db()
        after = (lost.status, lost.external_id, spendable_micros(customer_id=lost.customer_id))
        assert after == before
        assert books_are_clean()
        asked = Case.objects.open().filter(kind=Case.Kind.ORDER_REVIEW, key=lost.reference)
        assert asked.exists() == isinstance(outcome, forwarding.Accepted)
        orphans = Orphan.objects.filter(order=lost, state=Orphan.State.OPEN)
        assert orphans.exists() == isinstance(outcome, forwarding.Accepted)


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "too short", " " * 20, "x" * 201])
def test_a_decision_needs_a_reason_that_says_something(
    lost: Order, olga: User, reason: str
) -> None:
    with pytest.raises(ValueError, match="a reason has 10 to 200 characters"):
        decision(lost, olga, reason=reason)


@pytest.mark.django_db
def test_an_answer_that_came_first_is_named_as_such(
    placed: Order, olga: User, now: datetime
) -> None:
    attempt = abandoned(placed)
    made = decision(placed, olga)
    forwarding.finish(attempt=attempt, outcome=forwarding.Accepted("771"), at=now)
    with pytest.raises(deciding.AlreadyDecided, match="the answer came after all"):
        resolving.refund(decision=made)
    placed.refresh_from_db()
    assert (placed.status, placed.external_id) == (Status.PENDING, "771")


def both_at_once(doubted: Order, first: User, second: User) -> list[type[Exception]]:
    """One operator gives up while the other sends again; returns what they raised."""
    raised: list[type[Exception]] = []

    def run(act: str, made: Decision) -> None:
        try:
            ACTS[act](made, "")
        except deciding.CannotDecide as error:
            raised.append(type(error))

    refund = partial(run, "refund", decision(doubted, first))
    all_at_once(refund, partial(run, "not_created", decision(doubted, second)))
    return raised


@pytest.fixture
def operators(terms: None) -> tuple[User, User]:
    return person("olga", group="Operator"), person("oscar", group="Operator")


def test_of_two_operators_at_once_one_decides(
    fresh_db: TestDatabase, alice: User, views: Service, operators: tuple[User, User]
) -> None:
    for _race in range(5):
        doubted = order(alice, service=views, quantity=1000)
        abandoned(doubted)
        assert both_at_once(doubted, *operators) == [deciding.AlreadyDecided]
        doubted.refresh_from_db()
        assert ActLog.objects.filter(target=doubted.reference).count() == 1
        is_refunded = doubted.refunded_micros == doubted.charge_micros
        assert doubted.status == (Status.CANCELED if is_refunded else Status.QUEUED)
    assert books_are_clean()


def test_without_lock_and_comparison_both_decide(
    fresh_db: TestDatabase,
    placed: Order,
    operators: tuple[User, User],
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    def look(made: Decision) -> tuple[Order, Submission]:
        return Order.objects.get(pk=made.order_id), Submission.objects.get(pk=made.submission_id)

    monkeypatch.setattr(resolving, "hold", Gate(2).after(look))
    abandoned(placed)
    assert both_at_once(placed, *operators) == []
    assert ActLog.objects.filter(target=placed.reference).count() == 2
