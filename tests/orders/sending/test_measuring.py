"""How providers answered: counted from attempts, by an index, and never from our own delays."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.db import connection

from accounts.models import User
from orders.models import Submission
from orders.sending import measuring
from services.models import BalanceReading, Provider, ProviderHealth, Service
from tests import factories

State = Submission.State
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def service(terms: None) -> Service:
    return factories.service()


@pytest.fixture
def provider(service: Service) -> Provider:
    assert service.provider_service is not None
    return service.provider_service.provider


def attempt(
    alice: User, service: Service, state: State, *, at: datetime, took_ms: int = 100, **fields: str
) -> Submission:
    order = factories.order(alice, service=service)
    assert order.offer is not None
    return Submission.objects.create(
        order=order,
        provider=order.offer.provider,
        provider_service_id="1",
        state=state,
        request_hash="0" * 64,
        lease_until=at + MINUTE,
        started_at=at,
        finished_at=at + timedelta(milliseconds=took_ms),
        **fields,
    )


def health(provider: Provider, *, at: datetime) -> ProviderHealth:
    measuring.measure(at=at)
    return ProviderHealth.objects.get(provider=provider)


def test_attempts_of_a_day_are_counted_by_what_came_of_them(
    alice: User, service: Service, provider: Provider, now: datetime
) -> None:
    for state, times in ((State.ACCEPTED, 5), (State.REFUSED, 2), (State.NOT_SENT, 1)):
        for _ in range(times):
            attempt(alice, service, state, at=now - MINUTE, reason="connect")
    for state in (State.UNCERTAIN, State.RESOLVED):
        attempt(alice, service, state, at=now - MINUTE)
    attempt(alice, service, State.SUBMITTING, at=now - MINUTE)
    attempt(alice, service, State.ACCEPTED, at=now - DAY - MINUTE)
    row = health(provider, at=now)
    assert (row.sent, row.accepted, row.refused, row.failed) == (10, 5, 2, 3)


@pytest.mark.parametrize("reason", ["fence", "duplicate_link"])
def test_our_own_delay_and_a_customers_link_say_nothing_about_a_provider(
    alice: User, service: Service, provider: Provider, now: datetime, reason: str
) -> None:
    attempt(alice, service, State.NOT_SENT, at=now - MINUTE, reason=reason)
    row = health(provider, at=now)
    assert (row.sent, row.failed, row.last_error) == (0, 0, "")


def test_times_are_of_answers_and_not_of_what_a_person_found_later(
    alice: User, service: Service, provider: Provider, now: datetime
) -> None:
    for number in range(1, 21):
        attempt(alice, service, State.ACCEPTED, at=now - MINUTE, took_ms=number * 10)
    attempt(alice, service, State.ACCEPTED, at=now - MINUTE, took_ms=3_600_000)
    attempt(alice, service, State.UNCERTAIN, at=now - MINUTE, took_ms=20_000)
    row = health(provider, at=now)
    assert (row.latency_ms, row.slow_latency_ms) == (100, 190)


def test_the_newest_error_stays_to_be_read_and_only_ten_are_kept(
    alice: User, service: Service, provider: Provider, now: datetime
) -> None:
    for minute in range(12):
        at = now - minute * MINUTE
        attempt(
            alice, service, State.UNCERTAIN, at=at, reason="http_status", excerpt=f"<i>{minute}"
        )
    row = health(provider, at=now)
    assert row.last_error == "http_status: <i>0"
    assert [error["said"] for error in row.recent_errors] == [
        f"<i>{minute}" for minute in range(10)
    ]
    assert health(provider, at=now + 2 * DAY).last_error == row.last_error
    assert health(provider, at=now + 2 * DAY).sent == 0


def test_what_was_spent_is_what_the_balance_fell_by(
    service: Service, provider: Provider, now: datetime
) -> None:
    for days, amount in ((8, 900), (3, 100), (2, 60), (1, 500), (0, 430)):
        at = now - days * DAY
        BalanceReading.objects.create(
            provider=provider, amount_micros=amount, currency="USD", read_at=at
        )
    assert health(provider, at=now).spent_micros == 40 + 70


def test_orders_that_wait_are_counted_for_the_provider_they_wait_for(
    alice: User, service: Service, provider: Provider, now: datetime
) -> None:
    first = factories.order(alice, service=service, at=now + MINUTE)
    factories.order(alice, service=service, at=now + 3 * MINUTE)
    factories.order(alice)
    row = health(provider, at=now + 30 * MINUTE)
    assert (row.waiting, row.waiting_since) == (2, first.created_at)


def test_a_later_measurement_is_never_replaced_by_an_earlier_one(
    alice: User, service: Service, provider: Provider, now: datetime
) -> None:
    attempt(alice, service, State.ACCEPTED, at=now)
    assert health(provider, at=now + MINUTE).sent == 1
    assert health(provider, at=now - DAY).measured_at == now + MINUTE


def test_attempts_and_readings_are_found_by_index(service: Service, now: datetime) -> None:
    values: dict[str, datetime | int] = {"at": now, "day": now, "week": now}
    values |= {"errors": 10, "excerpt": 200}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + measuring._MEASURE, values)
        plan = json.dumps(cursor.fetchone()[0])
    assert "orders_submission_by_lane" in plan
    assert "services_balance_newest" in plan
    assert "orders_order_queue" in plan
