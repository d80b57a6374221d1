"""Too many calls end API access for a while, and only that (API-01, API-02)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import admission, api_keys, suspending, tasks
from accounts.models import ActLog, ApiBreach, ApiKey, ApiSuspension, Case, OutboundMail, User
from legal.policy import SETTINGS
from tests.factories import fund
from wallet.balances import spendable_micros
from wallet.models import Account

IP = "203.0.113.1"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def make_key(user: User, at: datetime) -> str:
    return api_keys.create(user=user, name="bot", scope=ApiKey.Scope.READ, at=at)[1]


def refusal(secret: str, at: datetime) -> admission.Refused:
    with pytest.raises(admission.Refused) as refused:
        admission.admit(secret=secret, ip=IP, is_in_query=False, at=at)
    return refused.value


def may_call(secret: str, at: datetime) -> bool:
    return admission.admit(secret=secret, ip=IP, is_in_query=False, at=at).key_id > 0


def breach(user: User, at: datetime) -> datetime | None:
    return suspending.note_breach(user_id=user.pk, window_at=at, at=at)


class TestWhatIsABreach:
    @pytest.fixture(autouse=True)
    def _two_calls_a_minute(self, settings: Settings) -> None:
        settings.API_RATE_PER_MINUTE = 2

    def spend(self, secret: str, calls: int, at: datetime) -> list[admission.Reason]:
        reasons = []
        for _call in range(calls):
            try:
                admission.admit(secret=secret, ip=IP, is_in_query=False, at=at)
            except admission.Refused as refused:
                reasons.append(refused.reason)
        return reasons

    def test_a_window_of_many_refused_calls_is_one(self, alice: User, now: datetime) -> None:
        assert len(self.spend(make_key(alice, now), 7, now)) == 5
        assert ApiBreach.objects.filter(user=alice).count() == 1

    def test_a_window_without_a_refused_call_is_none(self, alice: User, now: datetime) -> None:
        assert self.spend(make_key(alice, now), 2, now) == []
        assert not ApiBreach.objects.exists()

    def test_all_keys_of_an_account_breach_together(self, alice: User, now: datetime) -> None:
        for _key in range(3):
            self.spend(make_key(alice, now), 1, now)
        assert ApiBreach.objects.get().user == alice

    def test_three_such_windows_suspend_every_key_of_the_account_alone(
        self, alice: User, bob: User, now: datetime
    ) -> None:
        secret, of_bob = make_key(alice, now), make_key(bob, now)
        for minute in range(3):
            cache.clear()  # as the end of a window does
            assert set(self.spend(secret, 3, now + minute * MINUTE)) == {"too_many"}
        cache.clear()
        later = now + 3 * MINUTE
        assert refusal(make_key(alice, now), later).reason == "suspended"
        assert self.spend(of_bob, 1, later) == []

    def test_an_account_with_a_number_of_its_own_breaches_that(
        self, alice: User, now: datetime
    ) -> None:
        User.objects.filter(pk=alice.pk).update(api_rate_per_minute=4)
        secret = make_key(alice, now)
        assert self.spend(secret, 4, now) == []
        assert not ApiBreach.objects.exists()
        assert self.spend(secret, 1, now) == ["too_many"]
        assert ApiBreach.objects.exists()

    def test_who_calls_too_often_with_no_key_of_the_account_is_no_breach_of_it(
        self, alice: User, now: datetime
    ) -> None:
        self.spend("panel_" + "x" * 32, 20, now)
        assert not ApiBreach.objects.exists()


class TestSuspension:
    def test_it_takes_three_breaches_within_an_hour(self, alice: User, now: datetime) -> None:
        assert breach(alice, now) is None
        assert breach(alice, now + 30 * MINUTE) is None
        # The first is an hour old by now.
        assert breach(alice, now + HOUR) is None
        assert breach(alice, now + HOUR + MINUTE) == now + 2 * HOUR + MINUTE

    def test_it_lasts_an_hour_and_says_how_long_to_wait(self, alice: User, now: datetime) -> None:
        secret = make_key(alice, now)
        until = now + 2 * MINUTE + HOUR
        assert [breach(alice, now + n * MINUTE) for n in range(3)] == [None, None, until]
        refused = refusal(secret, now + 32 * MINUTE)
        assert (refused.reason, refused.wait_seconds) == ("suspended", 1801)
        assert may_call(secret, until)

    def test_the_same_window_told_twice_counts_once(self, alice: User, now: datetime) -> None:
        assert [breach(alice, now) for _time in range(5)] == [None] * 5

    def test_what_led_to_one_does_not_count_for_the_next(self, alice: User, now: datetime) -> None:
        until = [breach(alice, now + n * MINUTE) for n in range(3)][-1]
        assert until is not None
        assert [breach(alice, until - MINUTE), breach(alice, until)] == [until, None]
        assert ApiSuspension.objects.count() == 1

    def test_the_pages_go_on(self, alice: User, now: datetime) -> None:
        for minute in range(3):
            breach(alice, now + minute * MINUTE)
        client = Client()
        client.force_login(alice)
        assert client.get(reverse("accounts:profile")).status_code == 200

    def test_the_owner_gets_one_mail(self, alice: User, now: datetime) -> None:
        for minute in range(6):
            breach(alice, now + minute * MINUTE)
        mail = OutboundMail.objects.get(key__startswith="api-suspended:")
        assert mail.recipient == alice.email
        assert "for one hour" in mail.body
        assert ActLog.objects.get(act="suspend API access").target == f"user:{alice.pk}"

    def test_a_second_one_in_thirty_days_is_a_case_for_staff(
        self, alice: User, now: datetime
    ) -> None:
        for day in (0, 40):
            for minute in range(3):
                breach(alice, now + timedelta(days=day) + minute * MINUTE)
        assert not Case.objects.exists()
        for minute in range(3):
            breach(alice, now + timedelta(days=60) + minute * MINUTE)
        case = Case.objects.get()
        assert (case.kind, case.key) == (Case.Kind.API_ABUSE, f"user:{alice.pk}")

    def test_breaches_are_forgotten_once_they_count_for_nothing(
        self, alice: User, now: datetime
    ) -> None:
        breach(alice, now - 2 * HOUR)
        breach(alice, now)
        tasks.forget_old_calls()
        assert ApiBreach.objects.get().at == now


def test_calls_above_the_limit_cost_nothing_and_no_setting_says_otherwise(
    alice: User, now: datetime
) -> None:
    """API-03 allows additional charges for excess; this panel makes none."""
    fund(alice)
    before = spendable_micros(customer_id=alice.pk)
    for minute in range(6):
        breach(alice, now + minute * MINUTE)
    assert spendable_micros(customer_id=alice.pk) == before
    assert not Account.objects.filter(kind=Account.Kind.API_OVERAGE).exclude(balance_micros=0)
    assert [key for key in SETTINGS if key.startswith("api.")] == [
        "api.rate_limit",
        "api.suspend_after",
    ]


class TestStaff:
    def test_staff_lift_it_and_the_next_call_is_let_in(
        self, alice: User, olga: User, now: datetime
    ) -> None:
        secret = make_key(alice, now)
        for minute in range(3):
            breach(alice, now + minute * MINUTE)
        later = now + 4 * MINUTE
        assert suspending.lift(user=alice, reason="it was our fault", actor=olga, at=later)
        assert may_call(secret, later)
        assert ActLog.objects.get(act="lift API suspension").actor == olga
        assert "it was our fault" in OutboundMail.objects.get(key__startswith="api-lifted:").body
        assert not suspending.lift(user=alice, reason="again", actor=olga, at=later)

    def test_suspended_for_good_waits_for_nothing_and_ends_only_by_staff(
        self, alice: User, olga: User, now: datetime
    ) -> None:
        secret = make_key(alice, now)
        suspending.suspend_for_good(user=alice, reason="floods us", actor=olga, at=now)
        refused = refusal(secret, now + timedelta(days=3650))
        assert (refused.reason, refused.wait_seconds) == ("suspended", 0)
        assert "floods us" in OutboundMail.objects.get(key__startswith="api-suspended:").body
        assert suspending.lift(user=alice, reason="promised", actor=olga, at=now)
        assert may_call(secret, now)

    def test_deciding_closes_the_case(self, alice: User, olga: User, now: datetime) -> None:
        for day in (0, 1):
            for minute in range(3):
                breach(alice, now + timedelta(days=day) + minute * MINUTE)
        assert Case.objects.open().exists()
        suspending.suspend_for_good(user=alice, reason="again", actor=olga, at=now)
        assert not Case.objects.open().exists()
