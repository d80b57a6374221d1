from __future__ import annotations

import pytest
from django.core.cache import cache

from accounts import throttling
from tests.races import Gate, at_once


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
