from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import transaction
from pytest_django import DjangoAssertNumQueries
from redis.exceptions import ConnectionError as RedisIsDown

from accounts import switches
from accounts.models import ActLog, KillSwitch, User
from tests.databases import TestDatabase

ORDERS, TOP_UPS = KillSwitch.Part.ORDERS, KillSwitch.Part.TOP_UPS


def test_a_part_is_on_until_somebody_switches_it_off(fresh_db: TestDatabase, olga: User) -> None:
    assert switches.reason_off(ORDERS) is None
    switches.switch_off(part=ORDERS, reason="Providers are down.", actor=olga)
    assert switches.reason_off(ORDERS) == "Providers are down."
    assert switches.reason_off(TOP_UPS) is None
    switches.switch_on(part=ORDERS, actor=olga)
    assert switches.reason_off(ORDERS) is None


def test_switching_is_logged(db: None, olga: User) -> None:
    switches.switch_off(part=ORDERS, reason="Providers are down.", actor=olga, ip="203.0.113.9")
    switches.switch_on(part=ORDERS, actor=olga)
    log = list(ActLog.objects.order_by("pk").values_list("act", "target", "reason", "actor"))
    assert log == [
        ("switch off", "part:orders", "Providers are down.", olga.pk),
        ("switch on", "part:orders", "", olga.pk),
    ]


def test_a_second_reason_replaces_the_first(fresh_db: TestDatabase, olga: User) -> None:
    for reason in ("First.", "Second."):
        switches.switch_off(part=ORDERS, reason=reason, actor=olga)
    assert switches.reason_off(ORDERS) == "Second."


def test_asking_again_needs_no_query(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        for part in KillSwitch.Part:
            switches.reason_off(part)


def test_a_switch_that_is_rolled_back_was_never_thrown(fresh_db: TestDatabase, olga: User) -> None:
    with transaction.atomic():
        switches.switch_off(part=ORDERS, reason="Oops.", actor=olga)
        transaction.set_rollback(True)
    assert switches.reason_off(ORDERS) is None


def test_a_switch_works_while_the_cache_is_down(
    db: None, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_args: object) -> None:
        raise RedisIsDown

    switches.switch_off(part=ORDERS, reason="Closed.", actor=olga)
    monkeypatch.setattr(cache, "get", down)
    assert switches.reason_off(ORDERS) == "Closed."
