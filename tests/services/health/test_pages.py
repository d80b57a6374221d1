"""The page of all providers' health, the page of one, and the acts that help."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ActLog, User
from services import breaking, pausing
from services.health import history, outages, probing
from services.models import BalanceReading, Outage, Probe, Provider, ProviderHealth
from tests import factories
from tests.services.health.conftest import SILENT, ask, told

LIST = "/staff/catalogue/health/"
MOST_QUERIES = 20


@pytest.fixture
def desk(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def page(desk: Client, provider: Provider) -> str:
    return desk.get(f"{LIST}{provider.pk}/").content.decode()


def press(desk: Client, provider: Provider, act: str, **fields: str) -> int:
    return desk.post(f"{LIST}{provider.pk}/{act}/", fields).status_code


def measured(provider: Provider, now: datetime, **fields: object) -> None:
    values: dict[str, object] = {"sent": 8, "accepted": 7, "refused": 0, "failed": 1}
    values |= {"latency_ms": 140, "slow_latency_ms": 900, "waiting": 12, "measured_at": now}
    ProviderHealth.objects.create(provider=provider, **values | fields)


def test_the_list_says_how_each_provider_is_and_puts_the_worst_first(
    desk: Client, provider: Provider, now: datetime
) -> None:
    measured(provider, now, last_error="http_status: <b>503</b>", last_error_at=now)
    ask(provider, told("1234.5"), at=now)
    down = factories.provider(name="Provider B")
    Probe.objects.create(provider=down)
    for _ in range(3):
        ask(down, SILENT, at=now)
    text = desk.get(LIST).content.decode()
    assert text.index("Provider B") < text.index("Provider A")
    for words in ("Down", "Running", "87 %", "140 ms", "1,234.50 USD", "12", "never"):
        assert words in text
    assert "<b>503" not in text


def test_the_pages_ask_the_same_few_questions_however_many_providers_there_are(
    desk: Client, provider: Provider, now: datetime
) -> None:
    desk.get(LIST)  # what is remembered from one page to the next
    counts = []
    for _round in range(2):
        for _ in range(4):
            row = factories.provider()
            measured(row, now)
            ask_and_read(row, now)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            desk.get(LIST)
        counts.append(len(queries))
    with CaptureQueriesContext(connection) as queries:
        page(desk, provider)
    assert counts[0] == counts[1]
    assert max(*counts, len(queries)) <= MOST_QUERIES


def ask_and_read(row: Provider, now: datetime) -> None:
    Probe.objects.create(provider=row)
    ask(row, told(10), at=now)


def test_a_provider_shows_its_outages_balances_and_errors(
    desk: Client, provider: Provider, now: datetime
) -> None:
    error = {"at": now.isoformat(), "order": 4711, "reason": "http_status", "said": "Bad gateway"}
    measured(provider, now, recent_errors=[error])
    begun = now - timedelta(days=2)
    Outage.objects.create(
        provider=provider, began_at=begun, well_since=now, ended_at=now, reason="3 orders in a row"
    )
    for days, dollars in ((2, 90), (1, 60), (0, 50)):
        moment = now - timedelta(days=days)
        BalanceReading.objects.create(
            provider=provider, amount_micros=dollars * 10**6, currency="usd", read_at=moment
        )
    text = page(desk, provider)
    for words in ("4711", "Bad gateway", "3 orders in a row", "50.00 USD", "-30.00", "<polygon"):
        assert words in text


def test_a_curve_spans_the_week_and_is_left_out_until_it_has_a_width(
    provider: Provider, now: datetime
) -> None:
    for earlier in (timedelta(minutes=2), timedelta(minutes=1)):
        BalanceReading.objects.create(
            provider=provider, amount_micros=5 * 10**6, currency="usd", read_at=now - earlier
        )
    assert history.curve(provider_id=provider.pk, at=now) is None
    BalanceReading.objects.create(
        provider=provider, amount_micros=10**6, currency="usd", read_at=now - timedelta(days=2)
    )
    drawn = history.curve(provider_id=provider.pk, at=now)
    assert drawn is not None
    assert drawn.since == now - timedelta(days=7)


def test_a_pause_needs_a_reason_and_keeps_what_was_typed(desk: Client, provider: Provider) -> None:
    assert press(desk, provider, "pause", reason=" ") == 422
    response = desk.post(f"{LIST}{provider.pk}/pause/", {"reason": "x" * 201})
    assert "x" * 201 in response.content.decode()
    provider.refresh_from_db()
    assert not provider.is_paused
    assert press(desk, provider, "pause", reason="moving house") == 302
    provider.refresh_from_db()
    assert (provider.pause_reason, provider.is_paused_by_panel) == ("moving house", False)


def test_resuming_opens_the_lane_and_is_logged_once(
    desk: Client, provider: Provider, olga: User, now: datetime
) -> None:
    pausing.pause_provider(provider_id=provider.pk, reason="Not enough funds", at=now)
    for _ in range(2):
        assert press(desk, provider, "resume") == 302
    provider.refresh_from_db()
    assert not provider.is_paused
    assert ActLog.objects.filter(actor=olga, act="resume provider").count() == 1


def test_trying_now_ends_the_rest_for_a_single_order(
    desk: Client, provider: Provider, now: datetime
) -> None:
    ask(provider, told(1), at=now)
    for _ in range(3):
        breaking.note_failure(provider_id=provider.pk, at=now)
    press(desk, provider, "try")
    provider.refresh_from_db()
    assert (provider.tripped_until, breaking.width_of(provider)) == (None, 1)
    assert probing.due(at=now) == [provider.pk]
    assert ActLog.objects.filter(act="try provider").exists()


def test_reading_the_balance_now_keeps_it_although_one_was_just_kept(
    desk: Client, provider: Provider, now: datetime
) -> None:
    ask(provider, told(10), at=now)
    press(desk, provider, "ask")
    probing.probe(provider_id=provider.pk, at=now, asker=lambda _row: told(8))
    amounts = BalanceReading.objects.order_by("pk").values_list("amount_micros", flat=True)
    assert list(amounts) == [10_000_000, 8_000_000]


def test_a_provider_that_is_not_there_is_not_found(desk: Client) -> None:
    assert desk.get(f"{LIST}999999/").status_code == 404
    assert desk.post(f"{LIST}999999/try/").status_code == 404


def test_the_desk_counts_providers_that_are_down_or_paused(
    desk: Client, provider: Provider, olga: User, now: datetime
) -> None:
    def figure() -> str:
        text = desk.get("/staff/").content.decode()
        return text.split("Providers down or paused")[2].split("</p>")[0].rsplit(">", 1)[1]

    assert figure() == "0"
    for _ in range(3):
        ask(provider, SILENT, at=now)
    other = factories.provider()
    pausing.pause_provider(provider_id=other.pk, reason="moving", actor=olga, at=now)
    outages.follow(provider_id=other.pk, at=now)
    assert figure() == "2"
