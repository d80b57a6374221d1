from __future__ import annotations

import pytest
from celery.schedules import crontab, schedule
from django.conf import settings

from smmpanel import beat
from smmpanel.celery import app


@pytest.mark.parametrize("name", [*beat.PERIODS_SECONDS, *beat.EACH_MINUTE, *beat.NIGHTLY])
def test_what_is_done_again_and_again_is_a_task(name: str) -> None:
    app.loader.import_default_modules()
    assert name in app.tasks


@pytest.mark.parametrize("name", beat.PERIODS_SECONDS)
def test_a_run_that_came_too_late_is_dropped(name: str) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    assert entry["options"] == {"expires": beat.PERIODS_SECONDS[name]}
    assert entry["schedule"] == schedule(beat.PERIODS_SECONDS[name])


@pytest.mark.parametrize("name", beat.EACH_MINUTE)
def test_what_is_measured_each_minute_is_measured_in_that_minute(name: str) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    assert entry["schedule"] == crontab()
    assert entry["options"] == {"expires": 60}


@pytest.mark.parametrize("name", beat.NIGHTLY)
def test_what_is_done_at_night_is_done_once_in_a_night(name: str) -> None:
    hour, minute = beat.NIGHTLY[name]
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    assert entry["schedule"] == crontab(hour=hour, minute=minute)
    assert entry["options"] == {"expires": beat.NIGHT_SECONDS}
