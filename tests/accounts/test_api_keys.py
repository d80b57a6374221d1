from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import admission, api_keys
from accounts.models import ApiKey, User
from accounts.standing import change_standing
from tests.accounts.opening import opened_by
from tests.databases import TestDatabase
from tests.races import Gate, at_once

IP = "203.0.113.1"
ORDER = ApiKey.Scope.ORDER


def make(user: User, at: datetime, name: str = "bot") -> tuple[ApiKey, str]:
    return api_keys.create(user=user, name=name, scope=ORDER, at=at)


def test_the_owner_is_found_by_the_secret(alice: User, now: datetime) -> None:
    key, secret = make(alice, now)
    found = opened_by(secret=secret, at=now, ip=IP)
    assert found == key
    assert found.user == alice


def test_a_secret_has_our_prefix_and_192_random_bits(alice: User, now: datetime) -> None:
    secrets = {make(alice, now)[1] for _time in range(api_keys.MAX_KEYS)}
    assert len(secrets) == api_keys.MAX_KEYS
    assert all(secret.startswith("panel_") and len(secret) == 6 + 32 for secret in secrets)


def test_the_database_holds_no_usable_key(alice: User, now: datetime) -> None:
    """API-06."""
    _key, secret = make(alice, now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_apikey::text FROM accounts_apikey")
        (row,) = cursor.fetchone()
    assert secret[10:] not in row
    assert secret[:10] in row


def test_a_stolen_hash_is_nothing_without_the_pepper(
    alice: User, now: datetime, settings: Settings
) -> None:
    _key, secret = make(alice, now)
    settings.API_KEY_PEPPER = "another"
    assert opened_by(secret=secret, at=now, ip=IP) is None


def test_finding_the_owner_is_one_query_and_the_use_is_noted_once_a_minute(
    alice: User, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key, secret = make(alice, now)
    for ip, at in ((IP, now), ("203.0.113.2", now + timedelta(seconds=59))):
        with django_assert_num_queries(1):
            caller = admission.admit(secret=secret, ip=ip, is_in_query=False, at=at)
        assert caller.customer_id == alice.pk
    key.refresh_from_db()
    assert (key.last_used_at, key.last_used_ip) == (now, IP)
    opened_by(secret=secret, at=now + timedelta(minutes=1), ip="203.0.113.2")
    key.refresh_from_db()
    assert key.last_used_ip == "203.0.113.2"


@pytest.mark.parametrize(
    "secret", ["", "panel_", "panel_" + "x" * 32, "panel_" + "x" * 100_000, "panel_\ud800", "ключ"]
)
def test_nonsense_opens_nothing(alice: User, now: datetime, secret: str) -> None:
    make(alice, now)
    assert opened_by(secret=secret, at=now, ip=IP) is None


def test_a_revoked_key_is_refused_at_once_and_keeps_its_date(alice: User, now: datetime) -> None:
    key, secret = make(alice, now)
    api_keys.revoke(key=key, at=now)
    api_keys.revoke(key=key, at=now + timedelta(days=1))
    assert opened_by(secret=secret, at=now, ip=IP) is None
    key.refresh_from_db()
    assert key.revoked_at == now


def test_the_keys_of_a_suspended_customer_die_with_the_standing(
    alice: User, olga: User, now: datetime
) -> None:
    """ACC-06."""
    _key, secret = make(alice, now)
    for standing in (User.Standing.SUSPENDED, User.Standing.ACTIVE):
        change_standing(user=alice, standing=standing, reason="AUP", actor=olga, at=now)
        assert opened_by(secret=secret, at=now, ip=IP) is None


def test_there_are_at_most_ten_live_keys(alice: User, now: datetime) -> None:
    keys = [make(alice, now)[0] for _time in range(api_keys.MAX_KEYS)]
    with pytest.raises(api_keys.TooManyKeys):
        make(alice, now)
    api_keys.revoke(key=keys[0], at=now)
    make(alice, now)


def make_if_room(user: User, at: datetime) -> bool:
    try:
        make(user, at)
    except api_keys.TooManyKeys:
        return False
    return True


def test_parallel_presses_do_not_pass_the_limit(
    fresh_db: TestDatabase, alice: User, now: datetime
) -> None:
    made = at_once(20, lambda: make_if_room(alice, now))
    assert sum(made) == ApiKey.objects.live(at=now).count() == api_keys.MAX_KEYS


def test_counting_without_the_lock_would_pass_it(
    fresh_db: TestDatabase, alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(User.objects, "select_for_update", lambda **_how: User.objects.all())
    monkeypatch.setattr(api_keys, "digest_of", Gate(20).before(api_keys.digest_of))
    at_once(20, lambda: make_if_room(alice, now))
    assert ApiKey.objects.live(at=now).count() == 20


class TestReplacing:
    """ACC-04: another secret for the same program, and time to change over."""

    def test_both_work_until_the_old_one_ends(self, alice: User, now: datetime) -> None:
        old, old_secret = make(alice, now)
        new, new_secret = api_keys.replace(key=old, keep=timedelta(hours=1), at=now)
        assert (new.name, new.scope) == (old.name, old.scope)
        soon, later = now + timedelta(minutes=59), now + timedelta(hours=1)
        for secret, at, owner in (
            (old_secret, soon, old),
            (new_secret, soon, new),
            (old_secret, later, None),
            (new_secret, later, new),
        ):
            assert opened_by(secret=secret, at=at, ip=IP) == owner

    def test_without_time_to_change_over_the_old_one_ends_at_once(
        self, alice: User, now: datetime
    ) -> None:
        old, secret = make(alice, now)
        api_keys.replace(key=old, keep=timedelta(), at=now)
        assert opened_by(secret=secret, at=now, ip=IP) is None

    def test_who_has_as_many_as_there_can_be_may_still_replace(
        self, alice: User, now: datetime
    ) -> None:
        made = [make(alice, now)[0] for _time in range(api_keys.MAX_KEYS)]
        api_keys.replace(key=made[0], keep=timedelta(days=1), at=now)
        with pytest.raises(api_keys.TooManyKeys):
            make(alice, now)

    def test_what_is_over_or_being_replaced_is_not_replaced(
        self, alice: User, now: datetime
    ) -> None:
        revoked, replaced = make(alice, now)[0], make(alice, now)[0]
        api_keys.revoke(key=revoked, at=now)
        api_keys.replace(key=replaced, keep=timedelta(days=1), at=now)
        for key in (revoked, replaced):
            with pytest.raises(api_keys.NotReplaceable):
                api_keys.replace(key=key, keep=timedelta(days=1), at=now)

    def test_replacements_in_a_row_come_to_an_end(self, alice: User, now: datetime) -> None:
        key = make(alice, now)[0]
        for _time in range(api_keys.MAX_LIVE_KEYS - 1):
            key = api_keys.replace(key=key, keep=timedelta(days=1), at=now)[0]
        with pytest.raises(api_keys.NotReplaceable):
            api_keys.replace(key=key, keep=timedelta(days=1), at=now)
        api_keys.replace(key=key, keep=timedelta(days=1), at=now + timedelta(days=1))

    def test_revoking_all_ends_the_old_one_too(self, alice: User, now: datetime) -> None:
        old, secret = make(alice, now)
        api_keys.replace(key=old, keep=timedelta(days=1), at=now)
        assert api_keys.revoke_all(user=alice, at=now) == 2
        assert opened_by(secret=secret, at=now, ip=IP) is None


def test_ten_presses_replace_a_key_once(fresh_db: TestDatabase, alice: User, now: datetime) -> None:
    key, _secret = make(alice, now)

    def press() -> bool:
        try:
            api_keys.replace(key=key, keep=timedelta(days=1), at=now)
        except api_keys.NotReplaceable:
            return False
        return True

    assert sum(at_once(10, press)) == 1
    assert ApiKey.objects.count() == 2


class TestAddresses:
    @pytest.mark.parametrize(
        ("networks", "ip", "opens"),
        [
            ((), "198.51.100.9", True),
            (("203.0.113.1/32",), "203.0.113.1", True),
            (("203.0.113.1/32",), "203.0.113.2", False),
            (("203.0.113.0/24", "2001:db8::/32"), "2001:db8::7", True),
            (("203.0.113.0/24",), "2001:db8::7", False),
            (("203.0.113.0/24",), "::ffff:203.0.113.9", True),
        ],
    )
    def test_a_key_opens_from_the_addresses_that_its_owner_named(
        self, alice: User, now: datetime, networks: tuple[str, ...], ip: str, opens: bool
    ) -> None:
        key, _secret = api_keys.create(
            user=alice, name="bot", scope=ORDER, networks=networks, at=now
        )
        assert key.opens_from(ip) is opens

    def test_a_use_from_elsewhere_is_not_noted(self, alice: User, now: datetime) -> None:
        key, secret = api_keys.create(
            user=alice, name="bot", scope=ORDER, networks=["203.0.113.1"], at=now
        )
        assert opened_by(secret=secret, at=now, ip="198.51.100.9") is None
        key.refresh_from_db()
        assert key.last_used_at is None
