"""Reports that contradict each other, in any order and any number: what is booked is exactly what
the highest of them proves, once (DEL-08, DEL-09, REF-04, REF-05, REF-20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Case, User
from orders import lifecycle
from orders.following import deciding, reporting
from orders.following.deciding import Rules
from orders.models import Order, Status
from services.models import Service
from services.providers.dialect import ReportState
from services.providers.reports import Report, Unreadable
from tests.factories import order
from tests.orders.following.reports import apply, broken_books, report
from wallet import ledger
from wallet.balances import spendable_micros
from wallet.models import Transfer

pytestmark = pytest.mark.django_db

UNITS, MILLI = 1000, 1000
WORDS = st.sampled_from(["pending", "in_progress", "processing", "completed", "failed"])
REMAINS = st.one_of(st.integers(0, UNITS), st.sampled_from([None, UNITS + 1, 10**17]))
ONE = st.one_of(
    st.builds(report, WORDS, REMAINS),
    st.builds(report, st.just("partial"), REMAINS),
    st.builds(report, st.just("canceled"), REMAINS),
    st.just(report(None, 5)),
    st.just(Unreadable("missing")),
)
REPORTS = st.lists(ONE, min_size=1, max_size=6)
Story = Sequence[Report | Unreadable]


def proved(reports: Story) -> int:
    """Micros due after these, by the table of docs/following.md read straight down."""
    due = 0
    for one in reports:
        if not isinstance(one, Report):
            continue
        if one.state == ReportState.PARTIAL and one.remains is not None and one.remains <= UNITS:
            due = max(due, one.remains * MILLI)
        if one.state == ReportState.CANCELED:
            due = UNITS * MILLI
    return due


@given(reports=REPORTS)
@example(reports=[report("completed", 0), report("partial", 1), report("canceled", None)])
@example(reports=[report("partial", 999), report("partial", 0), report("completed", 0)])
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_sequence_books_exactly_what_is_due_and_a_replay_nothing(
    sent: Order, now: datetime, reports: Story
) -> None:
    with transaction.atomic():
        funds = spendable_micros(customer_id=sent.customer_id)
        placed = apply(Order.objects.get(pk=sent.pk), *reports, at=now)
        assert placed.refunded_micros == placed.due_micros == proved(reports)
        assert spendable_micros(customer_id=sent.customer_id) == funds + proved(reports)
        count = Transfer.objects.count()
        apply(placed, *reports, at=now)
        assert Transfer.objects.count() == count
        held = ledger.held_for(reference=placed.reference)
        assert held.escrow == (0 if placed.is_final else placed.net_charge_micros)
        transaction.set_rollback(True)


@given(reports=st.lists(ONE, min_size=2, max_size=5), data=st.data())
@settings(max_examples=300, deadline=None)
def test_the_order_of_reports_does_not_matter_for_what_is_due(
    reports: list[Report | Unreadable], data: st.DataObject
) -> None:
    """Without a database: the decisions alone."""
    shuffled = data.draw(st.permutations(reports))
    assert walk(reports) == walk(shuffled) == proved(reports)


def walk(reports: Story) -> int:
    placed = Order(status=Status.PENDING, quantity=UNITS, charge_micros=UNITS * MILLI)
    for one in reports:
        if not isinstance(one, Report) or one.state is None:
            continue
        decision = deciding.decide(order=placed, report=one, rules=Rules())
        if decision.to is not None:
            placed.status = decision.to
            cut = decision.to in (Status.PARTIAL, Status.CANCELED)
            placed.was_cut_short = placed.was_cut_short or cut
        placed.due_micros = max(placed.due_micros, decision.due_micros or 0)
    return placed.due_micros


def test_the_books_are_sound_after_a_long_quarrel(sent: Order, now: datetime) -> None:
    quarrel = [report(word, remains) for word, remains in QUARREL]
    apply(sent, *quarrel, *reversed(quarrel), *quarrel, at=now)
    assert (sent.status, sent.refunded_micros) == (Status.CANCELED, UNITS * MILLI)
    assert broken_books() == []


QUARREL: list[tuple[str | None, int | None]] = [
    ("in_progress", 900),
    ("partial", 2000),
    ("partial", 300),
    ("completed", 0),
    ("partial", 700),
    (None, 1),
    ("partial", 100),
    ("failed", None),
    ("canceled", 0),
    ("in_progress", 5),
]


@given(rounds=st.lists(st.lists(ONE, min_size=3, max_size=3), min_size=1, max_size=3))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_batches_do_together_what_each_report_does_alone(
    alice: User, views: Service, now: datetime, rounds: list[Story]
) -> None:
    with transaction.atomic():
        batch, twins = (accepted(alice, views, now) for _ in range(2))
        for told in rounds:
            together = dict(zip([one.pk for one in batch], told, strict=True))
            reporting.apply_reports(reports=together, at=now)
            for placed, one in zip(twins, told, strict=True):
                apply(placed, one, at=now)
        assert [outcome_of(one) for one in batch] == [outcome_of(one) for one in twins]
        assert broken_books() == []
        transaction.set_rollback(True)


def accepted(customer: User, service: Service, now: datetime) -> list[Order]:
    placed = [order(customer, service=service, quantity=UNITS) for _ in range(3)]
    for one in placed:
        one.external_id, one.sent_at = str(one.pk), now
        one.provider = one.offer.provider if one.offer else None
        one.save()
        for status in (Status.SUBMITTING, Status.PENDING):
            lifecycle.advance(order=one, to=status, at=now)
    return placed


def outcome_of(placed: Order) -> tuple[object, ...]:
    """The whole of it: columns, story, money, and what waits for staff."""
    placed = Order.objects.get(pk=placed.pk)
    columns = [getattr(placed, name) for name in COMPARED]
    story = list(placed.events.order_by("pk").values_list("kind", "detail"))
    cases = Case.objects.filter(key=placed.reference).values_list("kind", "detail", "resolution")
    return columns, story, ledger.held_for(reference=placed.reference), sorted(cases)


COMPARED = (
    "status",
    "due_micros",
    "refunded_micros",
    "start_count",
    "remains",
    "started_at",
    "finished_at",
    "was_cut_short",
    "poll_failures",
    "silent_since",
    "checked_at",
    "next_check_at",
)
