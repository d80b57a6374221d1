"""Asking providers: when, one at a time, and what counts as an answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from services.health import probing
from services.health.probing import AFTER_A_FAILURE, AFTER_AN_ANSWER, Heard
from services.models import BalanceReading, Probe, Provider
from services.providers import client
from services.providers.errors import AccountRefused, NotSent, OutcomeUnknown, Refused
from smmpanel.beat import PERIODS_SECONDS
from tests.services.health.conftest import SILENT, ask, told

WATCH = "services.tasks.watch_providers"
TWO_MINUTES = 120


def test_staff_hear_within_two_minutes_even_of_a_provider_that_nobody_orders_from() -> None:
    most = max(field.limit_value for field in _limits() if field.code == "max_value")
    row = probing.longest_until_alert(failures=most, sweep_seconds=PERIODS_SECONDS[WATCH])
    assert row + PERIODS_SECONDS["accounts.tasks.send_due_mails"] <= TWO_MINUTES


def test_the_usual_limit_leaves_a_margin() -> None:
    usual = Provider._meta.get_field("alerts_after_failures").default
    assert probing.longest_until_alert(failures=usual, sweep_seconds=PERIODS_SECONDS[WATCH]) <= 90


def _limits() -> list[Any]:
    return list(Provider._meta.get_field("alerts_after_failures").validators)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 30), (1, 10), (2, 10), (3, 30), (4, 60), (5, 120), (900, 120)]
)
def test_what_is_down_is_asked_ever_more_rarely(failures: int, seconds: int) -> None:
    assert probing.pause_after(failures=failures, limit=3) == timedelta(seconds=seconds)


def test_a_new_provider_is_asked_at_once_and_again_after_its_pause(
    provider: Provider, now: datetime
) -> None:
    Probe.objects.all().delete()
    assert probing.due(at=now) == [provider.pk]
    ask(provider, told(5), at=now)
    assert probing.due(at=now + AFTER_AN_ANSWER - timedelta(seconds=1)) == []
    assert probing.due(at=now + AFTER_AN_ANSWER) == [provider.pk]
    ask(provider, SILENT, at=now)
    assert probing.due(at=now + AFTER_A_FAILURE) == [provider.pk]


def test_of_two_workers_one_asks(provider: Provider, now: datetime) -> None:
    asked = []

    def ask_while_another_tries(row: Provider) -> Heard:
        asked.append(row.pk)
        if len(asked) == 1:
            probing.probe(provider_id=row.pk, at=now, asker=ask_while_another_tries)
        return told(5)

    probing.probe(provider_id=provider.pk, at=now, asker=ask_while_another_tries)
    assert len(asked) == 1


def test_of_two_workers_that_saw_the_same_row_one_asks(provider: Provider, now: datetime) -> None:
    rows = [Probe.objects.get(), Probe.objects.get()]
    assert [probing._claim(row, at=now) for row in rows] == [True, False]


@pytest.mark.parametrize(
    ("error", "is_trouble"),
    [
        (NotSent("connect"), True),
        (NotSent("dns"), True),
        (NotSent("rate_limited"), False),
        (AccountRefused("Invalid API key"), True),
        (OutcomeUnknown("http_status", excerpt="503"), True),
        (OutcomeUnknown("not_json", excerpt="<html>"), True),
        (OutcomeUnknown("no_balance"), False),
        (Refused("Incorrect request"), False),
    ],
)
def test_a_no_is_an_answer_and_an_error_page_is_none(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, error: Exception, is_trouble: bool
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr(client, "balance", fail)
    heard = probing.ask(provider)
    assert (heard.balance, bool(heard.trouble)) == (None, is_trouble)
    assert heard.is_refused is isinstance(error, AccountRefused)
    assert len(heard.trouble) <= 300


def test_the_balance_is_kept_every_quarter_of_an_hour(provider: Provider, now: datetime) -> None:
    for half in range(63):
        moment = now + half * timedelta(seconds=30)
        probing.probe(provider_id=provider.pk, at=moment, asker=lambda _row: told(7))
    kept = BalanceReading.objects.order_by("read_at").values_list("amount_micros", flat=True)
    assert list(kept) == [7_000_000] * 3


def test_a_balance_beyond_all_measure_breaks_nothing(provider: Provider, now: datetime) -> None:
    ask(provider, told("999999999999999999"), at=now)
    assert BalanceReading.objects.get().amount_micros == 2**63 - 1


def test_no_transaction_is_open_while_the_provider_is_asked(
    provider: Provider, now: datetime
) -> None:
    depth_of_the_test = len(connection.savepoint_ids)

    def look(_row: Provider) -> Heard:
        assert len(connection.savepoint_ids) == depth_of_the_test
        return told(5)

    probing.probe(provider_id=provider.pk, at=now, asker=look)
    assert Probe.objects.get().answered_at is not None
