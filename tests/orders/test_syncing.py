"""Following orders: what each report of a provider may and may not do to status and money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Case, User
from orders.following import reporting, syncing
from orders.models import Clock, Order, OrderEvent, Status
from orders.sending import forwarding
from services.health import outages
from services.models import Provider, Service
from services.providers import client
from services.providers.dialect import ReportState
from services.providers.reports import Report, Unreadable
from tests.demo_provider.process import DemoProvider
from tests.factories import MICROS, order
from wallet import ledger, verification
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(alice: User, views: Service) -> Order:
    placed = order(alice, service=views, link="https://example.com/p/1", quantity=1000)
    forwarding.forward(order_id=placed.pk)
    placed.refresh_from_db()
    return placed


def report(state: str | None, remains: int | None = None, **fields: object) -> Report:
    word = state or "gibberish"
    known = ReportState(state) if state else None
    text = None if remains is None else str(remains)
    return Report(state=known, word=word, remains=remains, remains_text=text, **fields)  # type: ignore[arg-type]


def apply(placed: Order, *reports: Report | Unreadable, at: datetime) -> Order:
    for one in reports:
        reporting.apply_report(order_id=placed.pk, report=one, at=at)
    placed.refresh_from_db()
    return placed


def books_are_clean() -> bool:
    return all(finding.is_ok for finding in verification.verify())


CASES = [
    ("progress", [("in_progress", 400)], Status.IN_PROGRESS, 0),
    ("done", [("in_progress", 400), ("completed", 0)], Status.COMPLETED, 0),
    ("done with a rest", [("completed", 300)], Status.COMPLETED, 0),
    ("partial", [("partial", 300)], Status.PARTIAL, 300_000),
    ("partial twice", [("partial", 300), ("partial", 300)], Status.PARTIAL, 300_000),
    ("partial grows", [("partial", 300), ("partial", 450)], Status.PARTIAL, 450_000),
    ("partial shrinks", [("partial", 300), ("partial", 100)], Status.PARTIAL, 300_000),
    ("partial of nothing", [("partial", 0)], Status.COMPLETED, 0),
    ("partial of all", [("partial", 1000)], Status.PARTIAL, MICROS),
    ("canceled", [("canceled", 0)], Status.CANCELED, MICROS),
    ("canceled after partial", [("partial", 300), ("canceled", None)], Status.CANCELED, MICROS),
    ("late partial", [("completed", 0), ("partial", 200)], Status.PARTIAL, 200_000),
    ("late cancel", [("completed", 0), ("canceled", None)], Status.CANCELED, MICROS),
    ("resurrected", [("canceled", None), ("in_progress", 10)], Status.CANCELED, MICROS),
    ("completed after cancel", [("canceled", None), ("completed", 0)], Status.CANCELED, MICROS),
    ("completed after partial", [("partial", 300), ("completed", 0)], Status.PARTIAL, 300_000),
    ("failed", [("failed", None)], Status.PENDING, 0),
    ("unknown word", [(None, 0)], Status.PENDING, 0),
    ("too much remains", [("partial", 1001)], Status.PENDING, 0),
    ("no remains", [("partial", None)], Status.PENDING, 0),
]


@pytest.mark.parametrize(
    ("reports", "status", "refunded"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_reports_book_exactly_what_they_prove(
    sent: Order,
    now: datetime,
    reports: list[tuple[str | None, int | None]],
    status: Status,
    refunded: int,
) -> None:
    apply(sent, *(report(state, remains) for state, remains in reports), at=now)
    assert (sent.status, sent.refunded_micros) == (status, refunded)
    assert books_are_clean()


def test_a_partial_refund_reaches_the_wallet_to_the_micro(
    sent: Order, alice: User, now: datetime
) -> None:
    before = spendable_micros(customer_id=alice.pk)
    apply(sent, report("partial", 333), at=now)
    assert spendable_micros(customer_id=alice.pk) == before + 333_000


def test_a_report_that_repeats_a_thousandfold_refunds_once(sent: Order, now: datetime) -> None:
    apply(sent, *[report("partial", 250)] * 20, at=now)
    assert sent.refunded_micros == 250_000
    assert sent.events.filter(kind=OrderEvent.Kind.REFUNDED).count() == 1


@pytest.mark.parametrize(("unclear", "threshold"), [(report(None), 3), (Unreadable("missing"), 10)])
def test_staff_hear_of_silence_after_a_while_and_nothing_is_booked(
    sent: Order, now: datetime, unclear: Report | Unreadable, threshold: int
) -> None:
    apply(sent, *[unclear] * (threshold - 1), at=now)
    assert not Case.objects.exists()
    apply(sent, unclear, unclear, at=now)
    assert Case.objects.get().kind == Case.Kind.REPORT_UNREADABLE
    assert (sent.status, sent.refunded_micros) == (Status.PENDING, 0)
    assert sent.next_check_at is not None


def test_a_clear_report_ends_the_count_of_unclear_ones(sent: Order, now: datetime) -> None:
    silence = [Unreadable("missing")] * 9
    apply(sent, *silence, report("in_progress", 900), *silence, at=now)
    assert not Case.objects.exists()


def test_a_strange_remains_is_for_staff_and_the_order_is_asked_again(
    sent: Order, now: datetime
) -> None:
    apply(sent, report("partial", 4000), at=now)
    case = Case.objects.get()
    assert (case.kind, case.key) == (Case.Kind.ORDER_REVIEW, sent.reference)
    assert sent.remains is None
    assert sent.next_check_at is not None


def test_counts_are_shown_as_the_provider_gives_them(sent: Order, now: datetime) -> None:
    apply(sent, report("in_progress", 900, start_count=50), report("in_progress", 400), at=now)
    assert (sent.start_count, sent.remains, sent.delivered) == (50, 400, 600)
    assert sent.events.filter(kind=OrderEvent.Kind.PROGRESS).count() == 2


def test_a_poll_carries_what_the_real_provider_says_to_the_order(
    sent: Order, upstream: DemoProvider, now: datetime
) -> None:
    upstream.set_report(sent.external_id or "", {"status": "Partial", "remains": "400"})
    due = now + timedelta(minutes=1)
    assert syncing.poll(provider_id=sent.provider_id or 0, at=due) == 1
    sent.refresh_from_db()
    assert (sent.status, sent.refunded_micros) == (Status.PARTIAL, 400_000)


def test_one_bad_item_leaves_the_others_of_its_batch_alone(
    alice: User, views: Service, upstream: DemoProvider, now: datetime
) -> None:
    orders = [order(alice, service=views, quantity=100) for _ in range(14)]
    for placed in orders:
        forwarding.forward(order_id=placed.pk)
        placed.refresh_from_db()
    bad = [
        "101",
        "-1",
        '"NaN"',
        "Infinity",
        "null",
        '""',
        '"1e3"',
        "40.5",
        "[]",
        "true",
        '"4; x"',
        '"٣"',
    ]
    for placed, remains in zip(orders, bad, strict=False):
        item = f'{{"status": "Partial", "remains": {remains}}}'
        upstream.set_raw_report(placed.external_id or "", item.replace("Infinity", '"Infinity"'))
    for placed in orders[12:]:
        upstream.set_report(placed.external_id or "", {"status": "Partial", "remains": "40"})
    syncing.poll(provider_id=orders[0].provider_id or 0, at=now + timedelta(minutes=1))
    refunded = list(Order.objects.order_by("pk").values_list("refunded_micros", flat=True))
    assert refunded == [0] * 12 + [40_000] * 2
    assert books_are_clean()


@pytest.mark.parametrize("bad", [{0}, {6}, {2, 3}])
def test_an_item_that_spoils_the_whole_answer_leaves_the_others_alone(
    alice: User, views: Service, upstream: DemoProvider, now: datetime, bad: set[int]
) -> None:
    orders = [order(alice, service=views, quantity=100) for _number in range(7)]
    for number, placed in enumerate(orders):
        forwarding.forward(order_id=placed.pk)
        placed.refresh_from_db()
        if number in bad:
            upstream.set_raw_report(placed.external_id or "", "{")
        else:
            upstream.set_report(placed.external_id or "", {"status": "Completed"})
    syncing.poll(provider_id=orders[0].provider_id or 0, at=now + timedelta(minutes=1))
    found = Order.objects.order_by("pk").values_list("status", "silent_since")
    assert {number for number, row in enumerate(found) if row == ("completed", None)} == (
        set(range(7)) - bad
    )
    assert Order.objects.exclude(silent_since=None).count() == len(bad)
    assert Provider.objects.get().poll_failures == 0


@pytest.mark.parametrize("fault", ["html", "empty", "drop", "gzip_bomb"])
def test_garbage_for_an_answer_breaks_nothing(
    sent: Order, upstream: DemoProvider, provider_row: Provider, now: datetime, fault: str
) -> None:
    upstream.fault(fault, action="status")
    syncing.poll(provider_id=provider_row.pk, at=now + timedelta(minutes=1))
    sent.refresh_from_db()
    provider_row.refresh_from_db()
    assert (sent.status, sent.poll_failures, provider_row.poll_failures) == (Status.PENDING, 0, 1)
    assert syncing.poll(provider_id=provider_row.pk, at=now + timedelta(minutes=3)) == 1
    provider_row.refresh_from_db()
    assert provider_row.poll_failures == 0


def test_an_outage_is_one_case_that_closes_itself(
    alice: User, views: Service, upstream: DemoProvider, provider_row: Provider, now: datetime
) -> None:
    for _ in range(3):
        forwarding.forward(order_id=order(alice, service=views, quantity=100).pk)
    upstream.fault("html", action="status", count=50)  # five of a turn with three orders
    for minute in range(10):
        syncing.poll(provider_id=provider_row.pk, at=now + timedelta(minutes=2 * minute + 1))
        outages.follow(provider_id=provider_row.pk, at=now + timedelta(minutes=2 * minute + 1))
    assert [case.kind for case in Case.objects.open()] == [Case.Kind.PROVIDER_DOWN]
    for minute in (30, 34):
        syncing.poll(provider_id=provider_row.pk, at=now + timedelta(minutes=minute))
        outages.follow(provider_id=provider_row.pk, at=now + timedelta(minutes=minute))
    assert not Case.objects.open().exists()


def test_a_provider_whose_answers_nobody_can_read_is_asked_few_times_in_a_turn(
    alice: User, views: Service, upstream: DemoProvider, now: datetime
) -> None:
    for _number in range(40):
        forwarding.forward(order_id=order(alice, service=views, quantity=100).pk)
    upstream.fault("html", action="status", count=100)
    provider = Provider.objects.get()
    syncing.poll(provider_id=provider.pk, at=now + timedelta(minutes=1))
    asked = [call for call in upstream.requests() if call["fields"]["action"] == "status"]
    assert len(asked) == syncing.FRUITLESS
    provider.refresh_from_db()
    assert provider.poll_failures == 1
    assert Order.objects.exclude(silent_since=None).count() == 40


def test_three_failed_checks_of_a_single_order_fit_into_two_minutes(
    sent: Order, upstream: DemoProvider, provider_row: Provider, now: datetime
) -> None:
    upstream.fault("html", action="status", count=3)
    asked = [
        second
        for second in range(10, 121, 5)
        if syncing.poll(provider_id=provider_row.pk, at=now + timedelta(seconds=second))
    ]
    assert len(asked) >= 3
    assert asked[2] - asked[0] <= syncing.SECOND_LOOK_SECONDS + syncing.NEXT_LOOK_SECONDS + 5


def test_a_provider_without_running_orders_is_not_held_to_be_silent_about_them(
    sent: Order, provider_row: Provider
) -> None:
    Provider.objects.update(poll_failures=5)
    assert syncing.forget_silence() == 0
    Order.objects.update(status=Status.COMPLETED)
    Clock.objects.update(next_at=None)
    assert syncing.forget_silence() == 1
    provider_row.refresh_from_db()
    assert provider_row.poll_failures == 0


def test_a_refusal_of_our_account_while_asking_pauses_the_provider(
    sent: Order, upstream: DemoProvider, provider_row: Provider, now: datetime
) -> None:
    upstream.fault("unauthorized", action="status")
    syncing.poll(provider_id=provider_row.pk, at=now + timedelta(minutes=1))
    provider_row.refresh_from_db()
    assert provider_row.is_paused


def test_one_caller_asks_a_provider_at_a_time(
    sent: Order, provider_row: Provider, now: datetime
) -> None:
    later = now + timedelta(minutes=1)
    Provider.objects.update(polling_until=later + timedelta(seconds=1))
    assert syncing.poll(provider_id=provider_row.pk, at=later) == 0
    assert syncing.poll(provider_id=provider_row.pk, at=later + timedelta(seconds=2)) == 1


def test_what_somebody_is_told_after_his_turn_is_over_is_not_written_down(
    sent: Order, upstream: DemoProvider, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """His machine stood still, and another has asked meanwhile, who knows more."""
    honest, provider_id = client.statuses, sent.provider_id or 0
    later = now + timedelta(seconds=30)

    def stand_still(*args: Any, **fields: Any) -> dict[str, Report | Unreadable]:
        heard = honest(*args, **fields)
        monkeypatch.setattr(client, "statuses", honest)
        upstream.set_report(sent.external_id or "", {"status": "Partial", "remains": "400"})
        after = later + timedelta(seconds=syncing.TURN_SECONDS + 1)
        assert syncing.poll(provider_id=provider_id, at=after) == 1
        Provider.objects.update(polling_until=after + timedelta(minutes=1))  # and a third asks
        return heard

    monkeypatch.setattr(client, "statuses", stand_still)
    syncing.poll(provider_id=provider_id, at=later)
    sent.refresh_from_db()
    assert (sent.status, sent.refunded_micros) == (Status.PARTIAL, 400_000)
    assert not sent.events.filter(kind=OrderEvent.Kind.FLAGGED).exists()
    assert Provider.objects.get(pk=provider_id).polling_until is not None


def test_an_order_that_cannot_be_booked_leaves_its_batch_alone(
    alice: User,
    views: Service,
    upstream: DemoProvider,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad, good = (order(alice, service=views, quantity=100) for _ in range(2))
    for placed in (bad, good):
        forwarding.forward(order_id=placed.pk)
        placed.refresh_from_db()
        upstream.set_report(placed.external_id or "", {"status": "Partial", "remains": "40"})
    honest = ledger.bring_up

    def refuse_one(*, targets: Sequence[ledger.Target], at: datetime) -> dict[str, int]:
        if bad.reference in {target.reference for target in targets}:
            raise ledger.RefundExceedsCharge("on purpose")
        return honest(targets=targets, at=at)

    monkeypatch.setattr(ledger, "bring_up", refuse_one)
    syncing.poll(provider_id=good.provider_id or 0, at=now + timedelta(minutes=1))
    good.refresh_from_db()
    assert good.refunded_micros == 40_000
    assert Case.objects.open().get().key == bad.reference


def test_three_unknown_words_alert_even_after_other_misses(sent: Order, now: datetime) -> None:
    apply(sent, *[Unreadable("missing")] * 5, report(None), at=now)
    assert Case.objects.get().kind == Case.Kind.REPORT_UNREADABLE
    apply(sent, report("in_progress", 900), at=now)
    assert not Case.objects.open().exists()


REMAINS = [
    ([("partial", 300), ("completed", 0)], 300),
    ([("partial", 450), ("partial", 100)], 450),
    ([("partial", 300), ("partial", 450)], 450),
    ([("partial", 300), ("pending", 1000)], 300),
    ([("completed", 0), ("in_progress", 400)], 0),
]


@pytest.mark.parametrize(("reports", "remains"), REMAINS)
def test_what_remains_agrees_with_what_was_refunded(
    sent: Order, now: datetime, reports: list[tuple[str, int]], remains: int
) -> None:
    apply(sent, *(report(state, left) for state, left in reports), at=now)
    assert sent.remains == remains


def test_at_most_a_hundred_orders_go_into_one_call(
    alice: User, views: Service, upstream: DemoProvider, now: datetime
) -> None:
    for _ in range(101):
        forwarding.forward(order_id=order(alice, service=views, quantity=100).pk)
    provider_id = views.provider_service.provider_id if views.provider_service else 0
    asked = [syncing.poll(provider_id=provider_id, at=now + timedelta(minutes=1)) for _ in range(2)]
    calls = [call["fields"] for call in upstream.requests() if call["fields"]["action"] == "status"]
    assert asked == [101, 0]
    assert [len(call["orders"].split(",")) for call in calls] == [100, 1]


def test_finished_orders_are_asked_rarely_and_canceled_ones_never(
    sent: Order, now: datetime
) -> None:
    apply(sent, report("completed", 0), at=now)
    assert sent.next_check_at == now + timedelta(days=1)
    apply(sent, report("completed", 0), at=now + timedelta(days=90))
    assert sent.next_check_at is None
    apply(sent, report("canceled", 0), at=now)
    assert sent.next_check_at is None
