"""Each single answer that a provider can give, twenty-five orders each, over real HTTP: every one
is classed as docs/forwarding.md says, and none of them makes the panel send an order twice."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import Settings

from accounts.models import User
from orders.models import Order, Status
from orders.sending import forwarding
from orders.sending.attempts import Attempt
from services.models import Provider, Service
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.orders.sending.answers import CASES, ELSEWHERE, LEARNT, Case, Outcome
from tests.services.providers.raw_server import RawServer, answer, saying

ORDERS = 25
DOCUMENT = Path(__file__).parents[3] / "docs" / "forwarding.md"
_never_given = itertools.count(70_000_000)


@pytest.fixture
def placed(
    alice: User, views: Service, provider_row: Provider, upstream: DemoProvider, settings: Settings
) -> list[Order]:
    Provider.objects.filter(pk=provider_row.pk).update(refusal_texts=[LEARNT])
    settings.PROVIDER_DEV_HOSTS = [upstream.host, "127.0.0.1:9"]
    return [order(alice, service=views, quantity=100) for _ in range(ORDERS)]


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", Outcome)
def test_every_answer_is_classed_as_the_table_says(
    placed: list[Order], upstream: DemoProvider, outcome: Outcome
) -> None:
    found = {}
    for case in (one for one in CASES if one.outcome == outcome):
        with transaction.atomic():
            found[str(case)] = _give(case, placed, upstream)
            transaction.set_rollback(True)
        assert max(upstream.counts().values(), default=0) <= 1
        upstream.reset()
    expected = {str(case): {outcome: ORDERS} for case in CASES if case.outcome == outcome}
    assert found == expected


def _give(case: Case, placed: list[Order], upstream: DemoProvider) -> Counter[Outcome]:
    _misbehave(case, upstream)
    if case.address:
        Provider.objects.update(url=_address(case, upstream))
    found: Counter[Outcome] = Counter()
    for one in placed:
        # Of the lane's breaker and pauses: test_lanes.py.
        Provider.objects.update(failures_in_a_row=0, tripped_until=None, paused_at=None)
        forwarding.forward(order_id=one.pk, sender=lambda attempt: _send(case, attempt))
        found[_outcome_of(one)] += 1
    return found


def _misbehave(case: Case, upstream: DemoProvider) -> None:
    fault = dict(case.fault or {})
    if "%new%" in str(fault.get("value")):
        for _ in range(ORDERS):
            number = str(next(_never_given))
            upstream.fault(**fault | {"value": str(fault["value"]).replace("%new%", number)})
    elif fault:
        upstream.fault(**fault, count=ORDERS)


def _address(case: Case, upstream: DemoProvider) -> str:
    return upstream.url.replace("http:", "https:") if case.address == "https" else case.address


def _send(case: Case, attempt: Attempt) -> forwarding.Outcome:
    return forwarding.send(replace(attempt, dialect=replace(attempt.dialect, **case.dialect)))


def _outcome_of(one: Order) -> Outcome:
    """What order, attempt, money and provider show together."""
    one.refresh_from_db()
    state = one.submissions.get().state
    is_paused = Provider.objects.filter(paused_at__isnull=False).exists()
    is_paid_back = one.refunded_micros == one.charge_micros
    outcomes = {
        (Status.PENDING, "accepted", False, False): Outcome.ACCEPTED,
        (Status.CANCELED, "refused", True, False): Outcome.REFUSED,
        (Status.QUEUED, "not_sent", False, False): Outcome.NOT_SENT,
        (Status.QUEUED, "not_sent", False, True): Outcome.PAUSED,
        (Status.UNCERTAIN, "uncertain", False, False): Outcome.UNCERTAIN,
    }
    return outcomes[Status(one.status), state, is_paid_back, is_paused]


def test_the_document_lists_every_answer_by_its_number_and_class() -> None:
    rows = re.findall(r"^\| (A\d\d) \|.*\| ([a-z ]+) \|$", DOCUMENT.read_text(), re.MULTILINE)
    words = {case.number: case.outcome.replace("_", " ") for case in CASES}
    listed = dict(rows)
    assert {number: listed.get(number) for number in words} == words
    assert sorted(listed) == sorted(words | ELSEWHERE)


@pytest.mark.django_db
def test_bytes_that_are_no_utf_8_are_a_doubt(
    alice: User, views: Service, provider_row: Provider, settings: Settings
) -> None:
    one = order(alice, service=views, quantity=100)
    with RawServer(saying(answer(b'{"order": "\xff\xfe"}'))) as server:
        settings.PROVIDER_DEV_HOSTS = [server.host]
        Provider.objects.filter(pk=provider_row.pk).update(url=server.url)
        forwarding.forward(order_id=one.pk)
    assert _outcome_of(one) == Outcome.UNCERTAIN
