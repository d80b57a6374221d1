"""What staff do about the programs of one customer (API-01)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts import api_keys, suspending
from accounts.models import ActLog, ApiKey, User


def address(user: User) -> str:
    return reverse("admin:accounts_user_api_access", args=[user.pk])


@pytest.fixture
def desk(olga: User) -> Client:
    client = Client()
    client.force_login(olga)
    return client


@pytest.fixture
def suspended(alice: User, now: datetime) -> User:
    api_keys.create(user=alice, name="bot", scope=ApiKey.Scope.READ, at=now)
    for minute in (3, 2, 1):
        at = now - timedelta(minutes=minute)
        suspending.note_breach(user_id=alice.pk, window_at=at, at=at)
    alice.refresh_from_db()
    return alice


def test_it_is_lifted_with_a_reason_and_logged(desk: Client, suspended: User, olga: User) -> None:
    assert "until" in desk.get(address(suspended)).content.decode()
    assert desk.post(address(suspended), {"access": "lift", "reason": ""}).status_code == 422
    assert suspending.running(user=suspended, at=suspended.api_suspensions.get().began_at)
    desk.post(address(suspended), {"access": "lift", "reason": "A broken loop, now repaired."})
    suspended.refresh_from_db()
    assert suspended.api_suspended_until is None
    act = ActLog.objects.get(act="lift API suspension")
    assert (act.actor, act.reason) == (olga, "A broken loop, now repaired.")


def test_it_is_made_to_last_and_shown_on_the_customers_page(
    desk: Client, suspended: User, olga: User
) -> None:
    desk.post(address(suspended), {"access": "end", "reason": "Again and again."})
    suspended.refresh_from_db()
    assert suspended.api_suspended_until == suspending.FOREVER
    assert ActLog.objects.get(act="suspend API access for good").actor == olga
    page = desk.get(reverse("admin:accounts_user_change", args=[suspended.pk])).content.decode()
    assert "suspended for good" in page
    assert "Again and again." in desk.get(address(suspended)).content.decode()


def test_a_number_of_calls_of_his_own_is_logged(desk: Client, alice: User) -> None:
    form = {"access": "keep", "reason": "Large reseller."}
    desk.post(address(alice), {**form, "calls_per_minute": "600"})
    alice.refresh_from_db()
    assert alice.api_rate_per_minute == 600
    act = ActLog.objects.get(act="change API rate")
    assert (act.changes, act.reason) == ({"calls_per_minute": [None, 600]}, "Large reseller.")
    assert desk.post(address(alice), {**form, "calls_per_minute": "0"}).status_code == 422
    desk.post(address(alice), {**form, "calls_per_minute": ""})
    alice.refresh_from_db()
    assert alice.api_rate_per_minute is None


def test_only_who_may_and_nobody_on_a_colleague(
    sam: User, fiona: User, alice: User, desk: Client
) -> None:
    form = {"access": "end", "reason": "No."}
    for person in (sam, fiona):
        client = Client()
        client.force_login(person)
        assert client.post(address(alice), form).status_code == 403
    assert desk.post(address(sam), form).status_code == 403
    assert not ActLog.objects.filter(act__contains="API").exists()
