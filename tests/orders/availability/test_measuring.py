"""Availability counted from the minutes that were measured (API-07)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.availability import measuring, probing
from orders.availability.measuring import PROMISED_OVER, Measured
from orders.models import ApiProbe

pytestmark = pytest.mark.django_db
NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
MONTH = 43_200


def probes(minutes: Iterable[int], *, down: Iterable[int] = (), until: datetime = NOON) -> None:
    """One of each minute, counted back from `until`: 1 is the last whole one."""
    dead = set(down)
    ApiProbe.objects.bulk_create(
        ApiProbe(
            minute=until - timedelta(minutes=back),
            is_up=back not in dead,
            took_ms=back % 100,
            reason="timeout" if back in dead else "",
        )
        for back in minutes
    )


def full_month(*, down: int) -> None:
    """All its minutes, the last ones down."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_apiprobe (minute, is_up, took_ms, reason) "
            "SELECT %s - back * interval '1 minute', back > %s, 1, '' "
            "FROM generate_series(1, %s) AS back",
            [NOON, down, MONTH],
        )


def month() -> Measured:
    return measuring.measured({"month": PROMISED_OVER}, at=NOON)["month"]


@pytest.mark.parametrize(("down", "kept", "hundredths"), [(432, True, 9900), (433, False, 9899)])
def test_99_of_100_minutes_over_30_days_are_7_hours_12_minutes(
    down: int, kept: bool, hundredths: int
) -> None:
    full_month(down=down)
    found = month()
    assert measuring.allowed_down() == timedelta(hours=7, minutes=12)
    assert (found.up, found.down, found.unknown) == (MONTH - down, down, 0)
    assert (found.is_promise_kept, found.hundredths) == (kept, hundredths)
    assert found.longest == timedelta(minutes=down)


def test_times_to_answer_are_those_of_answers() -> None:
    probes(range(1, 101), down=[99])
    found = month()
    assert (found.usual_ms, found.slow_ms) == (49, 94)


def test_a_minute_without_a_probe_is_neither_up_nor_down() -> None:
    probes(range(11, 21), down=[15])
    found = month()
    assert (found.up, found.down, found.unknown) == (9, 1, MONTH - 10)
    assert (found.hundredths, found.is_promise_kept) == (9000, False)


def test_without_any_probe_nothing_is_claimed() -> None:
    found = month()
    assert (found.hundredths, found.usual_ms, found.known) == (None, None, 0)
    assert measuring.now_at(NOON).last is None
    assert not measuring.now_at(NOON).is_known


def test_outages_are_minutes_in_a_row_and_end_where_nobody_knows() -> None:
    probes([1, 2, 3, 4, 5, 7, 8], down=[2, 3, 5, 7, 8])
    found = month()
    lasted = [(one.began_at, one.lasted) for one in found.outages]
    assert lasted == [
        (NOON - timedelta(minutes=3), timedelta(minutes=2)),
        (NOON - timedelta(minutes=5), timedelta(minutes=1)),
        (NOON - timedelta(minutes=8), timedelta(minutes=2)),
    ]
    assert (found.outages[0].reason, found.longest) == ("timeout", timedelta(minutes=2))


def test_the_longest_outage_is_found_beyond_those_that_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measuring, "MOST_OUTAGES", 1)
    probes(range(1, 11), down=[1, 5, 6, 7])
    found = month()
    assert (len(found.outages), found.longest) == (1, timedelta(minutes=3))


def test_what_is_older_than_the_window_does_not_count() -> None:
    probes([1, 1440, 1441], down=[1441])
    day = measuring.measured({"day": timedelta(days=1)}, at=NOON)["day"]
    assert (day.up, day.down) == (2, 0)


def test_probes_are_forgotten_after_ninety_days() -> None:
    probes([1, 90 * 1440 + 1])
    probing.forget_old(at=NOON)
    assert ApiProbe.objects.get().minute == NOON - timedelta(minutes=1)


class TestThePage:
    def text(self) -> str:
        answer = Client().get(reverse("api_status"))
        assert answer.status_code == 200
        return answer.content.decode()

    def test_says_that_nothing_was_measured_yet(self) -> None:
        assert "Nothing has been measured yet" in self.text()

    def test_says_since_when_nothing_is_known(self) -> None:
        now = timezone.now().replace(second=0, microsecond=0)
        probes([5], until=now)
        assert "Since then nobody knows" in self.text()

    def test_shows_the_promise_beside_what_was_measured(self) -> None:
        now = timezone.now().replace(second=0, microsecond=0)
        probes(range(1, 201), down=[50, 51], until=now)
        page = self.text()
        assert "99%" in page
        assert "7 h 12 min" in page
        assert ">Up<" in page
        assert "No answer in time" in page

    def test_says_that_it_is_down(self) -> None:
        now = timezone.now().replace(second=0, microsecond=0)
        probes([1], down=[1], until=now)
        page = self.text()
        assert "It does not answer as it should" in page
        assert "Still down" in page

    def test_says_which_status_came_instead(self) -> None:
        now = timezone.now().replace(second=0, microsecond=0)
        probes([1, 2], down=[2], until=now)
        ApiProbe.objects.filter(is_up=False).update(reason="http_502")
        page = self.text()
        assert "Answered with status 502" in page
        assert "Still down" not in page
