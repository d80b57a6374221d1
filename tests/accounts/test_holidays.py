"""Holidays are kept in the admin, logged, and move what is promised from then on (WDR-11)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from accounts.calendar import due_at
from accounts.models import ActLog, Holiday
from legal.durations import Duration

pytestmark = pytest.mark.django_db
THURSDAY = datetime(2025, 11, 27, 12, tzinfo=UTC)
FIVE_DAYS = Duration(5, "working_days")


def test_an_operator_adds_a_holiday_and_clocks_stand_still(client, olga):
    before = due_at(start=THURSDAY, duration=FIVE_DAYS)
    client.force_login(olga)
    client.post(reverse("admin:accounts_holiday_add"), {"on": "2025-12-01", "name": "Unity day"})
    assert Holiday.objects.get().on == date(2025, 12, 1)
    assert ActLog.objects.get(act="add holiday").actor == olga
    assert before == datetime(2025, 12, 4, 12, tzinfo=UTC)
    assert due_at(start=THURSDAY, duration=FIVE_DAYS) == datetime(2025, 12, 5, 12, tzinfo=UTC)


def test_one_day_is_one_holiday(client, olga):
    Holiday.objects.create(on=date(2025, 12, 1), name="Unity day")
    client.force_login(olga)
    form = {"on": "2025-12-01", "name": "Another"}
    client.post(reverse("admin:accounts_holiday_add"), form)
    assert Holiday.objects.get().name == "Unity day"


def test_support_keeps_no_holidays(client, sam):
    client.force_login(sam)
    assert client.get(reverse("admin:accounts_holiday_add")).status_code == 403
