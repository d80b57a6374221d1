"""Who makes keys in a loop neither floods a mailbox nor acts in silence."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts import api_keys, bundling, mail
from accounts.models import ApiKey, OutboundMail, User
from tests.databases import TestDatabase
from tests.races import Gate, at_once

HOUR = timedelta(hours=1)


@pytest.fixture
def noon(now: datetime) -> datetime:
    return now.replace(hour=12, minute=0, second=0, microsecond=0)


def make(user: User, at: datetime) -> ApiKey:
    key, _secret = api_keys.create(user=user, name="bot", scope=ApiKey.Scope.READ, at=at)
    api_keys.revoke(key=key, at=at)
    return key


def subjects(user: User) -> list[str]:
    mails = OutboundMail.objects.filter(recipient=user.email).order_by("next_attempt_at", "pk")
    return [one.subject for one in mails]


@pytest.mark.django_db
def test_three_keys_of_an_hour_are_told_at_once_and_the_others_counted(
    alice: User, noon: datetime
) -> None:
    keys = [make(alice, noon + timedelta(minutes=minute)) for minute in range(0, 60, 5)]
    *each, others = OutboundMail.objects.filter(recipient=alice.email).order_by("pk")
    assert [key.prefix in one.body for key, one in zip(keys, each, strict=False)] == [True] * 3
    assert others.subject == "9 more API keys were made in your account"
    assert f"{noon:%Y-%m-%d} 12:00 UTC" in others.body
    assert "/account/compromised/" in others.body
    assert mail.send_due(at=noon + HOUR, limit=10) == 3
    assert mail.send_due(at=noon + HOUR + timedelta(minutes=1), limit=10) == 1


@pytest.mark.django_db
def test_each_hour_each_kind_and_each_account_is_counted_for_itself(
    alice: User, bob: User, noon: datetime
) -> None:
    for at in (noon, noon + HOUR):
        for _time in range(bundling.AT_ONCE):
            make(alice, at)
            make(bob, at)
    context = {"name": "Shop", "url": "https://shop.example/"}
    others = ("webhook_address", "webhook_ended")
    for kind in others:
        bundling.tell(user=alice, kind=kind, context=context, at=noon)
    assert len(subjects(alice)) == 2 * bundling.AT_ONCE + len(others)
    assert not any("more" in subject for subject in subjects(alice) + subjects(bob))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["api_key_made", "webhook_address", "webhook_ended"])
def test_each_kind_has_words_for_one_and_for_many(kind: str, alice: User, noon: datetime) -> None:
    context = {f"{name}_url": f"https://panel.example/{name}/" for name in ("keys", "webhooks")}
    for _time in range(bundling.AT_ONCE + 1):
        bundling.tell(user=alice, kind=kind, context=context, at=noon)
    one = OutboundMail.objects.latest("pk")
    assert " 1 more " in one.body + one.subject
    bundling.tell(user=alice, kind=kind, context=context, at=noon)
    many = OutboundMail.objects.latest("pk")
    assert " 2 more " in many.body
    assert many.subject != one.subject
    assert "https://panel.example/" in many.body


def tell(user: User, at: datetime) -> None:
    bundling.tell(user=user, kind="api_key_made", context={"name": "bot"}, at=at)


def test_of_many_at_once_each_is_told_or_counted(
    fresh_db: TestDatabase, alice: User, noon: datetime
) -> None:
    at_once(6, lambda: tell(alice, noon))
    assert sorted(OutboundMail.objects.values_list("events", flat=True)) == [1, 1, 1, 3]


def test_without_their_turns_one_is_told_for_two(
    fresh_db: TestDatabase, alice: User, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "_take_turn", lambda *_who: None)
    monkeypatch.setattr(bundling, "_told", Gate(2).after(bundling._told))
    at_once(2, lambda: tell(alice, noon))
    assert OutboundMail.objects.count() == 1
