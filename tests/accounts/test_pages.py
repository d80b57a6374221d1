"""Profile and API keys, asked by their owner, a stranger and a forger."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from tests.accounts.door import page
from tests.accounts.opening import opened_by

KEYS, REVOKE = "/account/api-keys/", "/account/api-keys/{}/revoke/"
USUAL = {"kind": "live", "errors_as": "sentences"}
SECRET = re.compile(r"panel_[\w-]{32}")


@pytest.fixture
def key(alice: User, now: datetime) -> ApiKey:
    return api_keys.create(user=alice, name="my <b>bot", scope=ApiKey.Scope.READ, at=now)[0]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("address", ["/account/", KEYS, "/account/api-keys/1/revoke/"])
def test_strangers_are_sent_to_the_log_in(db: None, address: str) -> None:
    for answer in (Client().get(address), Client().post(address)):
        assert answer["Location"] == f"/account/login/?next={address}"


def test_ending_sessions_takes_a_post(alice: User) -> None:
    assert browser(alice).get("/account/sessions/end/").status_code == 405


def test_a_time_zone_is_saved(alice: User) -> None:
    client = browser(alice)
    form = {"time_zone": "Asia/Tokyo", "is_staff": "on", "email": "x@example.com"}
    assert client.post("/account/", form)["Location"] == "/account/"
    alice.refresh_from_db()
    assert (alice.time_zone, alice.is_staff) == ("Asia/Tokyo", False)
    assert alice.email == "alice@example.com"
    client.post("/account/", {"time_zone": ""})
    alice.refresh_from_db()
    assert alice.time_zone == ""


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Berlin", "Europe/Berlin"),
        (" new  york ", "America/New_York"),
        ("europe/rome", "Europe/Rome"),
        ("utc", "UTC"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ],
)
def test_a_zone_is_found_by_a_city_in_it(alice: User, typed: str, zone: str) -> None:
    browser(alice).post("/account/", {"time_zone": typed})
    alice.refresh_from_db()
    assert alice.time_zone == zone


def test_a_city_of_several_zones_is_asked_back(alice: User) -> None:
    answer = browser(alice).post("/account/", {"time_zone": "Louisville"})
    assert answer.status_code == 422
    assert "Which one? America/Kentucky/Louisville, America/Louisville" in answer.content.decode()


def test_the_profile_is_a_light_page(alice: User) -> None:
    assert len(browser(alice).get("/account/").content) < 15_000


@pytest.mark.parametrize(
    "zone", ["Mars/Base", "x" * 65, "/", "a\x07b", "../../etc/passwd", "posixrules"]
)
def test_a_zone_that_is_none_is_refused_beside_the_field(alice: User, zone: str) -> None:
    answer = browser(alice).post("/account/", {"time_zone": zone})
    assert answer.status_code == 422
    assert "aria-invalid" in answer.content.decode()
    alice.refresh_from_db()
    assert alice.time_zone == ""


def test_a_key_is_shown_once_and_never_kept_by_a_browser(alice: User, now: datetime) -> None:
    client = browser(alice)
    answer = client.post(KEYS, {**USUAL, "name": "bot", "scope": "order"})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    (secret,) = set(SECRET.findall(answer.content.decode()))
    found = opened_by(secret=secret, at=now, ip="203.0.113.1")
    assert found is not None
    assert (found.user, found.name, found.scope) == (alice, "bot", "order")
    assert not SECRET.search(page(client, KEYS))
    assert secret[:10] in page(client, KEYS)


@pytest.mark.parametrize(
    "form",
    [{}, {**USUAL, "name": "", "scope": "order"}, {**USUAL, "name": "x" * 61, "scope": "order"}],
)
def test_a_bad_key_form_comes_back_with_what_was_typed(alice: User, form: dict[str, str]) -> None:
    answer = browser(alice).post(KEYS, form)
    assert answer.status_code == 422
    assert form.get("name", "") in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_fields_that_nobody_asked_for_are_ignored(alice: User, bob: User) -> None:
    forged = {"user": str(bob.pk), "digest": "0" * 64, "prefix": "x", "revoked_at": "2020-01-01"}
    browser(alice).post(KEYS, {**USUAL, "name": "bot", "scope": "read", **forged})
    key = ApiKey.objects.get()
    assert (key.user, key.scope, key.revoked_at) == (alice, "read", None)
    assert key.digest != "0" * 64


def test_a_scope_that_does_not_exist_is_refused(alice: User) -> None:
    assert browser(alice).post(KEYS, {**USUAL, "name": "bot", "scope": "admin"}).status_code == 422


def test_a_key_may_be_bound_to_addresses(alice: User) -> None:
    client = browser(alice)
    form = {
        **USUAL,
        "name": "bot",
        "scope": "order",
        "networks": "203.0.113.7\n2001:db8::/32, 10.0.0.1/24",
    }
    assert client.post(KEYS, form).status_code == 200
    networks = ["10.0.0.0/24", "2001:db8::/32", "203.0.113.7/32"]
    assert ApiKey.objects.get().allowed_networks == networks
    assert all(network in page(client, KEYS) for network in networks)


@pytest.mark.parametrize(
    ("typed", "message"),
    [("somewhere", "no address"), ("300.1.1.1", "no address"), ("::1 " * 21, "At most 20")],
)
def test_what_is_no_address_is_named_and_kept(alice: User, typed: str, message: str) -> None:
    form = {**USUAL, "name": "bot", "scope": "order", "networks": typed}
    answer = browser(alice).post(KEYS, form)
    assert answer.status_code == 422
    assert message in answer.text
    assert typed.strip() in answer.text
    assert not ApiKey.objects.exists()


def test_a_replaced_key_shows_when_it_ends(alice: User, now: datetime) -> None:
    client = browser(alice)
    key, old = api_keys.create(user=alice, name="bot", scope=ApiKey.Scope.READ, at=timezone.now())
    answer = client.post(f"{KEYS}{key.pk}/replace/", {"keep_hours": "24"})
    (secret,) = set(SECRET.findall(answer.text))
    assert secret != old
    assert "replaced, ends" in page(client, KEYS)
    assert client.get(f"{KEYS}{key.pk}/replace/").status_code == 404
    assert client.post(f"{KEYS}1/replace/", {"keep_hours": "x"}).status_code in (404, 422)


def test_the_eleventh_key_is_refused_in_words(alice: User, now: datetime) -> None:
    for number in range(api_keys.MAX_KEYS):
        api_keys.create(user=alice, name=str(number), scope=ApiKey.Scope.READ, at=now)
    answer = browser(alice).post(KEYS, {**USUAL, "name": "bot", "scope": "read"})
    assert answer.status_code == 422
    assert "You have 10 keys" in answer.content.decode()


def test_a_key_is_revoked_after_a_question(alice: User, key: ApiKey) -> None:
    client = browser(alice)
    assert "Revoke the key my &lt;b&gt;bot?" in page(client, REVOKE.format(key.pk))
    key.refresh_from_db()
    assert key.revoked_at is None
    assert client.post(REVOKE.format(key.pk))["Location"] == KEYS
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert client.post(REVOKE.format(key.pk)).status_code == 404


def test_the_keys_of_others_do_not_exist(bob: User, key: ApiKey) -> None:
    client = browser(bob)
    for number in (key.pk, key.pk + 1000):
        assert client.get(REVOKE.format(number)).status_code == 404
        assert client.post(REVOKE.format(number)).status_code == 404
    assert key.prefix not in page(client, KEYS)
    key.refresh_from_db()
    assert key.revoked_at is None
