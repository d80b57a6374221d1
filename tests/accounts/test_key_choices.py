"""What a customer chooses for a key, what is written down of it, and what its owner hears."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import admission, api_keys, suspending
from accounts.models import ActLog, ApiKey, OutboundMail, User

KEYS = reverse("accounts:api_keys")
IP = "203.0.113.7"
NEW = {"name": "shop", "kind": "live", "scope": "order", "errors_as": "sentences"}


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def make(user: User, at: datetime, **choices: Any) -> tuple[ApiKey, str]:
    chosen = api_keys.Choices(**{"name": "shop", "scope": ApiKey.Scope.ORDER, **choices})
    return api_keys.make(user=user, choices=chosen, kind=api_keys.Kind.LIVE, at=at)


def call(secret: str, at: datetime, *, is_in_query: bool = False) -> admission.Caller:
    return admission.admit(secret=secret, ip=IP, is_in_query=is_in_query, at=at)


def test_all_that_was_chosen_is_kept_and_shown(client: Client) -> None:
    chosen = {"kind": "sandbox", "scope": "read", "errors_as": "legacy"}
    client.post(KEYS, {**NEW, **chosen, "refuses_query": "on", "is_strict": "on"})
    key = ApiKey.objects.get()
    assert (key.is_sandbox, key.scope, key.errors) == (True, "read", "legacy")
    assert (key.refuses_query, key.is_strict) == (True, True)
    page = client.get(KEYS).content.decode()
    for words in ("Sandbox", "never in an address", "strict HTTP codes", "legacy error codes"):
        assert words in page


def test_a_key_of_the_usual_kind_costs_money_and_speaks_to_every_client(client: Client) -> None:
    client.post(KEYS, NEW)
    key = ApiKey.objects.get()
    assert (key.is_sandbox, key.refuses_query, key.is_strict) == (False, False, False)
    assert key.errors == "sentences"


def test_a_change_holds_from_the_next_call_on_under_the_same_secret(
    client: Client, alice: User, now: datetime
) -> None:
    key, secret = make(alice, now)
    assert call(secret, now, is_in_query=True).key_id == key.pk
    address = reverse("accounts:api_key_change", args=[key.pk])
    form = {**NEW, "scope": "read", "errors_as": "legacy"}
    client.post(address, {**form, "refuses_query": "on", "is_strict": "on", "networks": IP})
    with pytest.raises(admission.Refused, match="key_in_query"):
        call(secret, now, is_in_query=True)
    caller = call(secret, now)
    assert (caller.scope, caller.is_strict, caller.errors) == ("read", True, "legacy")


def test_the_form_of_a_change_begins_with_what_the_key_has(
    client: Client, alice: User, now: datetime
) -> None:
    key, _secret = make(alice, now, networks=(IP,), is_strict=True)
    address = reverse("accounts:api_key_change", args=[key.pk])
    form = client.get(address).context["form"]
    assert (form["networks"].value(), form["is_strict"].value()) == (IP, True)
    assert client.post(address, {**NEW, "networks": "nowhere"}).status_code == 422
    assert ApiKey.objects.get().allowed_networks == [IP]


def test_no_change_turns_play_into_money(client: Client, alice: User, now: datetime) -> None:
    client.post(KEYS, {**NEW, "kind": "sandbox"})
    key = ApiKey.objects.get()
    client.post(reverse("accounts:api_key_change", args=[key.pk]), {**NEW, "is_sandbox": ""})
    key.refresh_from_db()
    assert key.is_sandbox


def test_a_replacement_keeps_every_choice(alice: User, now: datetime) -> None:
    key, _secret = api_keys.make(
        user=alice,
        choices=api_keys.Choices(
            name="shop",
            scope=ApiKey.Scope.READ,
            networks=(IP,),
            refuses_query=True,
            is_strict=True,
            errors=ApiKey.Errors.LEGACY,
        ),
        kind=api_keys.Kind.SANDBOX,
        at=now,
    )
    new, _secret = api_keys.replace(key=key, keep=timedelta(hours=1), at=now)
    assert api_keys.choices_of(new) == api_keys.choices_of(key)
    assert new.is_sandbox


def test_each_act_on_a_key_is_written_down_without_a_secret(alice: User, now: datetime) -> None:
    key, secret = make(alice, now)
    new, other = api_keys.replace(key=key, keep=timedelta(hours=1), at=now, ip=IP)
    api_keys.change(key=new, choices=api_keys.Choices(name="till", scope=ApiKey.Scope.READ), at=now)
    for _press in range(2):
        api_keys.revoke(key=new, at=now)
    acts = ActLog.objects.filter(actor=alice, target=f"user:{alice.pk}").order_by("pk")
    assert [act.act for act in acts] == [
        "create API key",
        "replace API key",
        "change API key",
        "revoke API key",
    ]
    assert acts[2].changes == {
        "key": new.prefix,
        "name": ["shop", "till"],
        "scope": ["order", "read"],
    }
    written = str(list(acts.values_list("changes", flat=True)))
    assert secret not in written
    assert other not in written


def test_the_owner_gets_one_mail_for_each_new_key_without_its_secret(
    alice: User, now: datetime
) -> None:
    key, secret = make(alice, now)
    new, other = api_keys.replace(key=key, keep=timedelta(hours=1), at=now)
    mails = list(OutboundMail.objects.filter(recipient=alice.email).order_by("pk"))
    assert len(mails) == 2
    assert key.prefix in mails[0].body
    assert new.prefix in mails[1].body
    assert "/account/compromised/" in mails[0].body
    assert not any(text in mail.body for mail in mails for text in (secret, other))


def test_repetitions_are_a_choice_of_the_account(
    client: Client, alice: User, now: datetime
) -> None:
    _key, secret = make(alice, now)
    address = reverse("accounts:repetitions")
    assert call(secret, now).repeat_window_seconds == 0
    client.post(address, {"repeat_window_seconds": "60"})
    assert call(secret, now).repeat_window_seconds == 60
    assert client.post(address, {"repeat_window_seconds": "61"}).status_code == 422
    assert client.post(address, {}).status_code == 422
    alice.refresh_from_db()
    assert alice.repeat_window_seconds == 60


def test_the_page_says_that_programs_are_refused_and_why(
    client: Client, alice: User, olga: User, now: datetime
) -> None:
    for minute in (2, 1, 0):
        at = now - timedelta(minutes=minute)
        suspending.note_breach(user_id=alice.pk, window_at=at, at=at)
    assert "Your programs are refused for now." in client.get(KEYS).content.decode()
    suspending.suspend_for_good(user=alice, reason="It floods us.", actor=olga, at=now)
    page = client.get(KEYS).content.decode()
    assert "Your API access is suspended." in page
    assert "It floods us." in page
    assert client.get(reverse("accounts:profile")).status_code == 200
