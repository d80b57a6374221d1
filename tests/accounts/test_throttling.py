from __future__ import annotations

import pytest
from django.core.cache import cache
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisIsDown

from accounts import throttling
from tests.races import Gate, at_once


def spend(times: int, *, account_id: int | None = 1, ip: str = "203.0.113.1") -> list[int | None]:
    return [throttling.check(account_id=account_id, ip=ip) for _time in range(times)]


def test_the_sixty_first_call_in_a_minute_waits() -> None:
    *sixty, last = spend(61)
    assert sixty == [None] * 60
    assert last is not None
    assert 1 <= last <= 60


def test_one_account_has_one_allowance_from_every_address() -> None:
    for number in range(60):
        throttling.check(account_id=1, ip=f"203.0.113.{number}")
    assert spend(1, ip="198.51.100.1") != [None]
    assert spend(1, account_id=2) == [None]


def test_an_address_has_an_allowance_over_all_accounts() -> None:
    waits = [throttling.check(account_id=number, ip="203.0.113.1") for number in range(301)]
    assert waits.count(None) == 300
    assert waits[-1] is not None


def test_calls_without_a_key_count_for_their_address() -> None:
    assert spend(301, account_id=None).count(None) == 300


def test_a_subscriber_of_ipv6_is_one_address() -> None:
    waits = [throttling.check(account_id=None, ip=f"2001:db8::{n:x}") for n in range(301)]
    assert waits.count(None) == 300
    assert spend(1, account_id=None, ip="2001:db8:0:1::1") == [None]


def test_a_new_window_opens_when_the_old_one_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    for _time in range(3):
        wait = throttling.hit(bucket="b", limit=2, seconds=60)
    assert wait == 60
    cache.delete("b")  # as its expiry does
    assert throttling.hit(bucket="b", limit=2, seconds=60) is None


def test_parallel_calls_are_all_counted() -> None:
    waits = at_once(20, lambda: throttling.hit(bucket="b", limit=10, seconds=60))
    assert waits.count(None) == 10


def test_read_and_write_instead_would_let_more_through() -> None:
    cache.set("n", 0)
    look = Gate(20).after(cache.get)

    def naive() -> bool:
        used = look("n")
        cache.set("n", used + 1)
        return bool(used < 10)

    assert sum(at_once(20, naive)) == 20


def test_a_forgiven_use_does_not_count() -> None:
    for _time in range(5):
        assert throttling.hit(bucket="b", limit=1, seconds=60) is None
        throttling.forgive(bucket="b")


def test_forgiving_what_was_never_counted_is_nothing() -> None:
    throttling.forgive(bucket="b")
    assert cache.get("b") is None


def test_api_calls_pass_while_the_cache_is_down(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_args: object) -> None:
        raise RedisIsDown

    settings.API_RATE_PER_MINUTE = 0
    assert spend(1) != [None]
    monkeypatch.setattr(cache, "get", down)
    assert spend(1) == [None]
