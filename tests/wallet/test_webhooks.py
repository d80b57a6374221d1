"""What does not prove to come from the gateway is a 4xx, is not stored and moves nothing (S-39)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from wallet import inbox, tasks
from wallet.models import Deposit, GatewayEvent, Transfer

pytestmark = pytest.mark.django_db

ADDRESS = "/webhooks/stripe/"
SECRET = "whsec_of_the_tests"
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "livemode": False,
    "data": {"object": {"id": "pi_1", "amount_received": 5000, "currency": "usd"}},
}
BODY = json.dumps(EVENT)


@pytest.fixture(autouse=True)
def _secret(settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    settings.STRIPE_LIVE_MODE = False


def signed(body: str = BODY, *, secret: str = SECRET, age: int = 0, scheme: str = "v1") -> str:
    header: str = stripe.WebhookSignature.generate_signature_header(
        body, secret, timestamp=int(time.time()) - age
    )
    return header.replace("v1=", f"{scheme}=")


def deliver(body: str | bytes, header: str | None, **extra: Any) -> int:
    """Posts as the gateway does, to a site whose errors become answers, not exceptions."""
    headers = {} if header is None else {"Stripe-Signature": header}
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    response = client.post(
        ADDRESS, data=body, content_type="application/json", headers=headers, **extra
    )
    return response.status_code


def test_a_signed_event_is_stored_as_it_came_and_moves_no_money():
    assert deliver(BODY, signed()) == 200
    event = GatewayEvent.objects.get()
    assert (event.gateway, event.event_id, event.kind) == ("stripe", "evt_1", EVENT["type"])
    assert event.payload == EVENT
    assert not Transfer.objects.exists()
    assert not Deposit.objects.exists()


def test_the_same_event_again_is_answered_and_stored_once():
    assert [deliver(BODY, signed()) for _ in range(3)] == [200] * 3
    assert GatewayEvent.objects.count() == 1


FORGERIES: dict[str, Callable[[], tuple[str | bytes, str | None]]] = {
    "no header": lambda: (BODY, None),
    "empty header": lambda: (BODY, ""),
    "wrong secret": lambda: (BODY, signed(secret="whsec_wrong")),
    "empty secret": lambda: (BODY, signed(secret="")),
    "body changed": lambda: (BODY.replace("5000", "9000"), signed()),
    "301 s old": lambda: (BODY, signed(age=301)),
    "301 s ahead": lambda: (BODY, signed(age=-302)),  # a second may pass until it is read
    "v0 only": lambda: (BODY, signed(scheme="v0")),
    "garbage header": lambda: (BODY, "t=now,v1=,,=;t"),
    "signed list": lambda: ("[1]", signed("[1]")),
    "not UTF-8": lambda: (b"\xff\xfe" + BODY.encode(), signed()),
    "300 KiB": lambda: (large(300), signed(large(300))),
}


def large(kibibytes: int) -> str:
    return json.dumps({**EVENT, "padding": "x" * (kibibytes * 1024)})


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_refused_and_leaves_nothing(forgery):
    body, header = FORGERIES[forgery]()
    status = deliver(body, header)
    assert status == (413 if forgery == "300 KiB" else 400)
    assert not GatewayEvent.objects.exists()


MALFORMED = {
    "empty body": "",
    "not JSON": "{",
    "no id": json.dumps({**EVENT, "id": None}),
    "empty id": json.dumps({**EVENT, "id": ""}),
    "endless id": json.dumps({**EVENT, "id": "e" * 121}),
    "kind is a number": json.dumps({**EVENT, "type": 7}),
    "live mode is a word": json.dumps({**EVENT, "livemode": "no"}),
    "NaN": json.dumps({**EVENT, "x": float("nan")}),
    "a number too large": BODY[:-1] + ', "x": 1e999}',
    "endless digits": BODY[:-1] + f', "x": {"9" * 5000}}}',
    "NUL": json.dumps({**EVENT, "x": "\0"}),
    "half a surrogate pair": json.dumps({**EVENT, "x": "\ud800"}),
    "ten thousand deep": "[" * 10_000 + "]" * 10_000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_signed_but_no_event_is_refused(name):
    body = MALFORMED[name]
    assert deliver(body, signed(body)) == 400
    assert not GatewayEvent.objects.exists()


@pytest.mark.parametrize("age", [299, -299])
def test_a_clock_that_is_a_little_off_is_believed(age):
    assert deliver(BODY, signed(age=age)) == 200


def test_during_a_rotation_both_secrets_are_believed(settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    assert deliver(BODY, signed()) == 200
    other = BODY.replace("evt_1", "evt_2")
    assert deliver(other, signed(other, secret="whsec_new")) == 200


@pytest.mark.parametrize("secrets", [[], [""], [" "]])
def test_without_a_secret_nothing_is_believed(settings, secrets):
    settings.STRIPE_WEBHOOK_SECRETS = secrets
    assert deliver(BODY, signed()) == 400
    assert deliver(BODY, signed(secret="".join(secrets))) == 400


def test_a_header_of_other_characters_is_refused():
    assert deliver(BODY, "t=1,v1=é") == 400


def test_a_form_in_place_of_json_is_refused():
    client = Client(raise_request_exception=False)
    response = client.post(ADDRESS, {"a": "b"}, headers={"Stripe-Signature": signed()})
    assert response.status_code == 400


def test_more_than_the_site_reads_at_all_is_refused(settings):
    assert deliver(large(1100), signed(large(1100))) in (400, 413)


def test_an_event_of_the_other_live_mode_is_stored_with_its_mark(caplog):
    body = json.dumps({**EVENT, "livemode": True})
    assert deliver(body, signed(body)) == 200
    assert GatewayEvent.objects.get().is_live_mode is True
    assert "evt_1 is of the other live mode" in caplog.text


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_post_is_answered(method, client):
    assert getattr(client, method)(ADDRESS).status_code == 405


def test_the_sdk_alone_would_take_a_time_to_come():
    """Why the time is compared here: this is what it accepts."""
    assert stripe.WebhookSignature.verify_header(
        BODY, signed(age=-86_400), SECRET, tolerance=inbox.TOLERANCE_SECONDS
    )


def test_a_worker_is_asked_after_the_commit_and_once_per_event(
    monkeypatch, django_capture_on_commit_callbacks
):
    asked: list[int] = []
    monkeypatch.setattr(
        tasks.process_event, "apply_async", lambda arguments, **_: asked.extend(arguments)
    )
    with django_capture_on_commit_callbacks(execute=True):
        deliver(BODY, signed())
        assert asked == []
        deliver(BODY, signed())
    assert asked == [GatewayEvent.objects.get().pk]


def test_a_dead_broker_costs_no_event(monkeypatch, django_capture_on_commit_callbacks):
    def fail(*_arguments: object, **_options: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.process_event, "apply_async", fail)
    with django_capture_on_commit_callbacks(execute=True):
        assert deliver(BODY, signed()) == 200
    assert GatewayEvent.objects.due(at=timezone.now()).count() == 1
