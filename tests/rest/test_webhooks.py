"""Webhooks by REST v3: everything that the pages can do, for one's own alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from standardwebhooks import Webhook

from accounts.models import User
from orders.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from orders.webhooks import endpoints
from orders.webhooks.delivering import deliver
from orders.webhooks.sending import Outcome
from tests.rest import contract
from tests.rest.caller import Answer, Caller, player
from tests.security.corpus import TEXTS

pytestmark = pytest.mark.django_db
URL = "https://shop.example/hooks/"
WANTED = {"name": "Shop", "url": URL}
EPOCH = {"since": "2020-01-01T00:00:00Z"}


@pytest.fixture
def made(script: Caller) -> dict[str, object]:
    made: dict[str, object] = script.post("/webhooks", WANTED).json()
    return made


def failing(number: object) -> None:
    deliver(
        endpoint_id=int(str(number)),
        sender=lambda _call: Outcome(http_status=None, error="dns", took_ms=7),
    )


def test_a_program_sets_up_its_webhook(script: Caller, made: dict[str, object]) -> None:
    home = f"/webhooks/{made['id']}"
    assert Webhook(str(made["secret"])) is not None
    assert made["types"] == list(endpoints.PRESET_TYPES)
    changed = script.send("PATCH", home, {"name": "Bot", "types": ["order.refunded"]}).json()
    assert (changed["name"], changed["url"], changed["types"]) == ("Bot", URL, ["order.refunded"])
    assert script.send("PATCH", home, {"is_paused": True}).json()["off_because"] == "paused"
    assert script.post(f"{home}/test").json()["code"] == "webhook_off"
    assert script.send("PATCH", home, {"is_paused": False}).json()["is_on"] is True
    assert "secret" not in script.get(home).json()
    assert [one["id"] for one in script.get("/webhooks").json()["data"]] == [made["id"]]
    assert script.send("DELETE", home).status_code == 204
    assert script.get(home).json()["code"] == "unknown_webhook"


def test_it_reads_what_came_back_and_sends_again(script: Caller, made: dict[str, object]) -> None:
    home = f"/webhooks/{made['id']}"
    message = script.post(f"{home}/test").json()
    failing(made["id"])
    (listed,) = script.get(f"{home}/messages").json()["data"]
    assert listed["webhook_id"] == message["webhook_id"]
    assert [(one["http_status"], one["error"]) for one in listed["tries"]] == [(None, "dns")]
    assert listed["content"]["type"] == "webhook.test"
    assert script.get(f"{home}/messages/{message['id']}").json() == listed
    assert script.post(f"{home}/messages/{message['id']}/replay").status_code == 202
    assert script.post(f"{home}/replay", EPOCH).json() == {"messages": 1}


def test_a_secret_is_replaced_with_an_overlap(script: Caller, made: dict[str, object]) -> None:
    home = f"/webhooks/{made['id']}/secret"
    first, second = script.post(home, {"keep_hours": 2}), script.post(home, {})
    assert (first.status_code, second.json()["code"]) == (201, "secret_overlaps")
    assert script.post(home, {"keep_hours": 0}).json()["secret"] != first.json()["secret"]
    assert script.post(home, {"keep_hours": 169}).status_code == 422


@pytest.mark.parametrize("url", ["http://shop.example/", "https://10.0.0.1/", "x", "https://a:22/"])
def test_an_address_that_is_never_called_is_refused(script: Caller, url: str) -> None:
    refused = script.post("/webhooks", WANTED | {"url": url})
    assert (refused.status_code, refused.json()["parameter"]) == (422, "url")
    assert not WebhookEndpoint.objects.exists()


def test_an_address_is_told_once(script: Caller, made: dict[str, object]) -> None:
    other = script.post("/webhooks", WANTED | {"url": f"{URL}2"}).json()["id"]
    for spelling in (URL, "HTTPS://Shop.example:443/hooks/", f"{URL}?"):
        for refused in (
            script.post("/webhooks", WANTED | {"url": spelling}),
            script.send("PATCH", f"/webhooks/{other}", {"url": spelling}),
        ):
            assert (refused.status_code, refused.json()["parameter"]) == (422, "url")
            assert "You have a webhook with this address" in refused.json()["detail"]
    same = script.send("PATCH", f"/webhooks/{made['id']}", {"name": "Bot", "url": URL})
    assert same.json()["name"] == "Bot"
    assert WebhookEndpoint.objects.count() == 2


def calls(script: Caller, home: str, message: object) -> list[Callable[[], Answer]]:
    return [
        lambda: script.get(home),
        lambda: script.send("PATCH", home, {"name": "Mine"}),
        lambda: script.send("DELETE", home),
        lambda: script.post(f"{home}/secret", {"keep_hours": 0}),
        lambda: script.post(f"{home}/test"),
        lambda: script.post(f"{home}/replay", EPOCH),
        lambda: script.get(f"{home}/messages"),
        lambda: script.get(f"{home}/messages/{message}"),
        lambda: script.post(f"{home}/messages/{message}/replay"),
    ]


def test_another_customers_webhook_is_none(
    script: Caller, stranger: Caller, made: dict[str, object]
) -> None:
    message = script.post(f"/webhooks/{made['id']}/test").json()["id"]
    theirs = [call().json() for call in calls(stranger, f"/webhooks/{made['id']}", message)]
    nothing = [call().json() for call in calls(stranger, "/webhooks/2000000000", message)]
    assert theirs == nothing
    assert {one["code"] for one in theirs} == {"unknown_webhook"}
    assert stranger.get("/webhooks").json()["data"] == []
    assert WebhookEndpoint.objects.get().name == "Shop"
    own = stranger.post("/webhooks", WANTED).json()["id"]
    foreign = stranger.get(f"/webhooks/{own}/messages/{message}")
    assert foreign.json()["code"] == "unknown_message"


def test_keys_that_read_or_play_change_nothing(
    alice: User, script: Caller, reader: Caller, made: dict[str, object]
) -> None:
    message = script.post(f"/webhooks/{made['id']}/test").json()["id"]
    tried = calls(reader, f"/webhooks/{made['id']}", message)
    assert {call().status_code for call in tried} == {200, 403}
    played = calls(player(alice), f"/webhooks/{made['id']}", message)
    assert {call().json()["code"] for call in played} == {"sandbox_key"}
    assert WebhookMessage.objects.count() == 1


def test_too_many_are_refused(script: Caller, made: dict[str, object]) -> None:
    for number in range(endpoints.MAX_ENDPOINTS - 1):
        script.post("/webhooks", WANTED | {"url": f"{URL}{number}"})
    assert script.post("/webhooks", WANTED).json()["code"] == "too_many_webhooks"
    for _number in range(20):
        script.post(f"/webhooks/{made['id']}/test")
    assert script.post(f"/webhooks/{made['id']}/test").json()["code"] == "too_many_tests"


def test_nothing_malformed_is_a_webhook(script: Caller) -> None:
    wrong: list[dict[str, object]] = [
        {"types": []},
        {"types": ["webhook.test"]},
        {"types": "order.refunded"},
        {"x": 1},
    ]
    wrong += [{"name": value} for value in (None, 1, "", "  ", "a" * 61, ["x"])]
    wrong += [{"name": value} for value in ("a\r\nBcc: x", "\x1b[31m", "\u202egnp.exe")]
    wrong += [{"url": value} for value in (None, True, "https://a.example/" + "a" * 500)]
    wrong += [{"url": text} for text in TEXTS if isinstance(text, str)]
    for body in wrong:
        assert script.post("/webhooks", WANTED | body).status_code in (400, 413, 422), body
    assert not WebhookEndpoint.objects.exists()


def test_no_operation_is_left_out(script: Caller) -> None:
    """The two others are `list_webhooks` and `create_webhook`."""
    ours = [name for name in contract.operations() if "webhook" in name]
    assert len(ours) == len(calls(script, "/webhooks/1", 1)) + 2


def test_the_log_goes_on_by_cursor(script: Caller, made: dict[str, object]) -> None:
    home = f"/webhooks/{made['id']}"
    numbers = [script.post(f"{home}/test").json()["id"] for _number in range(3)]
    first = script.get(f"{home}/messages", limit="2").json()
    rest = script.get(f"{home}/messages", limit="2", cursor=first["next_cursor"]).json()
    found = [one["id"] for one in (*first["data"], *rest["data"])]
    assert found == numbers[::-1]
    assert not WebhookAttempt.objects.exists()
