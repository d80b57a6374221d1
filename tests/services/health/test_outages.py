"""One outage, one alert, one recovery: however long it lasts, and if it comes and goes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from accounts.models import Case, OutboundMail, User
from services import breaking, pausing
from services.health import outages, probing
from services.health.outages import STEADY
from services.models import Outage, Provider
from tests.services.health.conftest import SILENT, ask, told

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def subjects() -> list[str]:
    return list(OutboundMail.objects.order_by("pk").values_list("subject", flat=True))


def sweep(*, at: datetime) -> None:
    for provider_id in outages.to_follow():
        outages.follow(provider_id=provider_id, at=at)


def fall_silent(provider: Provider, *, at: datetime, times: int = 3) -> None:
    for number in range(times):
        ask(provider, SILENT, at=at + number * 10 * SECOND)


def test_questions_without_an_answer_make_one_outage_one_case_and_one_mail(
    provider: Provider, olga: User, now: datetime
) -> None:
    fall_silent(provider, at=now, times=2)
    assert not Outage.objects.exists()
    ask(provider, SILENT, at=now + MINUTE)
    outage = Outage.objects.get()
    assert (outage.ended_at, "connect" in outage.reason) == (None, True)
    assert Case.objects.open().get().kind == Case.Kind.PROVIDER_DOWN
    mail = OutboundMail.objects.get()
    assert mail.recipient == olga.email
    assert f"/staff/catalogue/health/{provider.pk}/" in mail.body
    assert provider.api_key not in mail.body


def test_an_outage_of_an_hour_is_one_alert_and_one_recovery(
    provider: Provider, now: datetime
) -> None:
    for minute in range(60):
        ask(provider, SILENT, at=now + minute * MINUTE)
        sweep(at=now + minute * MINUTE)
    for minute in range(60, 70):
        ask(provider, told(5), at=now + minute * MINUTE)
        sweep(at=now + minute * MINUTE)
    assert subjects() == ["Provider A does not answer", "Provider A answers again"]
    ended_at = Outage.objects.get().ended_at
    assert ended_at is not None
    assert now + 60 * MINUTE + STEADY <= ended_at <= now + 62 * MINUTE + STEADY
    assert not Case.objects.open().exists()


def test_a_provider_that_comes_and_goes_is_one_outage(provider: Provider, now: datetime) -> None:
    fall_silent(provider, at=now)
    for minute in range(1, 40):
        heard = told(5) if minute % 4 < 2 else SILENT
        ask(provider, heard, at=now + minute * MINUTE)
        sweep(at=now + minute * MINUTE)
    assert subjects() == ["Provider A does not answer"]


def test_without_a_steady_while_the_same_provider_floods_its_staff(
    provider: Provider, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "STEADY", timedelta(0))
    fall_silent(provider, at=now)
    for minute in range(1, 40):
        moment = now + minute * MINUTE
        if minute % 4 < 2:
            ask(provider, told(5), at=moment)
        else:
            fall_silent(provider, at=moment)
        sweep(at=moment + SECOND)
    assert len(subjects()) > 10


def test_orders_that_fail_in_a_row_are_an_outage_although_questions_are_answered(
    provider: Provider, now: datetime
) -> None:
    ask(provider, told(5), at=now)
    for _ in range(3):
        breaking.note_failure(provider_id=provider.pk, at=now)
    sweep(at=now + 10 * SECOND)
    assert "3 orders in a row" in Outage.objects.get().reason
    breaking.note_answer(provider_id=provider.pk)
    for moment in (now + MINUTE, now + MINUTE + STEADY):
        sweep(at=moment)
    assert subjects()[-1] == "Provider A answers again"


def test_checks_that_fail_in_a_row_are_an_outage(provider: Provider, now: datetime) -> None:
    Provider.objects.filter(pk=provider.pk).update(poll_failures=3)
    sweep(at=now)
    assert "3 checks of running orders" in Outage.objects.get().reason


def test_a_lane_with_nothing_left_to_try_is_open_again_at_the_end(
    provider: Provider, now: datetime
) -> None:
    for _ in range(3):
        breaking.note_failure(provider_id=provider.pk, at=now)
    sweep(at=now)
    rested = now + breaking.FIRST_PAUSE_SECONDS * SECOND
    for moment in (rested - SECOND, rested + SECOND, rested + SECOND + STEADY):
        sweep(at=moment)
    provider.refresh_from_db()
    assert (provider.failures_in_a_row, provider.tripped_until) == (0, None)
    assert Outage.objects.get().ended_at is not None


def test_the_lane_of_a_silent_provider_rests_until_it_answers(
    provider: Provider, now: datetime
) -> None:
    fall_silent(provider, at=now)
    provider.refresh_from_db()
    resting = provider.tripped_until
    assert resting is not None
    assert resting > now + 20 * SECOND + probing.FIRST_BACK_OFF
    ask(provider, told(5), at=now + HOUR)
    provider.refresh_from_db()
    assert (provider.tripped_until, breaking.width_of(provider)) == (None, 1)


def test_what_a_person_paused_is_neither_resumed_nor_told(
    provider: Provider, olga: User, now: datetime
) -> None:
    pausing.pause_provider(provider_id=provider.pk, reason="moving", actor=olga, at=now)
    fall_silent(provider, at=now, times=5)
    for amount in (5, 500):
        ask(provider, told(amount), at=now + amount * MINUTE)
    provider.refresh_from_db()
    assert provider.is_paused
    assert not OutboundMail.objects.exists()


def test_a_person_takes_over_a_pause_of_the_panel(
    provider: Provider, olga: User, now: datetime
) -> None:
    pausing.pause_provider(provider_id=provider.pk, reason="Not enough funds", at=now)
    pausing.pause_provider(provider_id=provider.pk, reason="leaving it", actor=olga, at=now)
    for amount in (5, 500):
        ask(provider, told(amount), at=now + amount * MINUTE)
    provider.refresh_from_db()
    assert (provider.pause_reason, provider.is_paused) == ("leaving it", True)


def test_a_refusal_of_our_account_is_told_and_ends_with_a_top_up(
    provider: Provider, now: datetime
) -> None:
    ask(provider, told(1000), at=now - HOUR)
    pausing.pause_provider(provider_id=provider.pk, reason="Not enough funds", at=now)
    sweep(at=now + 10 * SECOND)
    assert subjects() == ["Provider A was paused by the panel"]
    assert Case.objects.open().get().kind == Case.Kind.PROVIDER_PAUSED
    for minute, amount in enumerate((3, 3, 50)):
        ask(provider, told(amount), at=now + (1 + minute) * MINUTE)
        provider.refresh_from_db()
        assert provider.is_paused == (amount < 50)
    sweep(at=now + 3 * MINUTE + STEADY + SECOND)
    assert subjects()[-1] == "Provider A answers again"
    assert not Case.objects.open().exists()


REFUSED = probing.Heard(None, "account refused: Invalid API key", is_refused=True)
NO_BALANCE = probing.Heard(None, "")


@pytest.mark.parametrize("between", [[], [SILENT], [NO_BALANCE], [SILENT, NO_BALANCE]])
def test_a_key_that_works_again_resumes_what_the_panel_paused(
    provider: Provider, now: datetime, between: list[probing.Heard]
) -> None:
    pausing.pause_provider(provider_id=provider.pk, reason="Invalid API key", at=now)
    for minute, heard in enumerate([REFUSED, *between]):
        ask(provider, heard, at=now + minute * MINUTE)
        provider.refresh_from_db()
        assert provider.is_paused
    ask(provider, told(5), at=now + HOUR)
    provider.refresh_from_db()
    assert not provider.is_paused


def test_a_question_that_got_lost_is_no_top_up(provider: Provider, now: datetime) -> None:
    """Nor is a key that was good again before the account ran dry."""
    for minute, heard in enumerate([REFUSED, told(0), SILENT]):
        ask(provider, heard, at=now - HOUR + minute * MINUTE)
    pausing.pause_provider(provider_id=provider.pk, reason="Not enough funds", at=now)
    for minute, heard in enumerate([told(0), SILENT, told(0)]):
        ask(provider, heard, at=now + (1 + minute) * MINUTE)
    provider.refresh_from_db()
    assert provider.is_paused


def test_alerts_go_to_the_address_of_the_settings_alone(
    provider: Provider, settings: Settings, now: datetime
) -> None:
    settings.STAFF_ALERT_EMAIL = "night@example.com"
    fall_silent(provider, at=now)
    assert OutboundMail.objects.get().recipient == "night@example.com"


def test_support_and_customers_hear_nothing(
    provider: Provider, sam: User, alice: User, now: datetime
) -> None:
    fall_silent(provider, at=now)
    told_to = set(OutboundMail.objects.values_list("recipient", flat=True))
    assert not told_to & {sam.email, alice.email}
    assert told_to
