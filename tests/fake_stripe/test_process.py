"""Faults, the store, and the process itself."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import stripe as sdk

from smmpanel.embedded.runtime import PROJECT
from tests.fake_stripe.process import FakeStripe

CREATE = "POST /v1/payment_intents"
INTENT = {"amount": 2000, "currency": "usd"}


def connect(fake: FakeStripe) -> Any:
    """The SDK as the product uses it: it tries again by itself."""
    client = sdk.StripeClient(fake.key, base_addresses={"api": fake.url}, max_network_retries=2)
    return client.v1


@pytest.fixture
def patient(fake):
    return connect(fake)


@pytest.mark.parametrize(("stage", "made"), [("before", 0), ("after", 1)])
def test_a_lost_connection_may_hide_that_the_call_was_carried_out(api, fake, stage, made):
    fake.fault("drop", route=CREATE, stage=stage)
    with pytest.raises(sdk.APIConnectionError):
        api.payment_intents.create(INTENT)
    assert len(fake.objects("payment_intent")) == made


@pytest.mark.parametrize("stage", ["before", "after"])
def test_the_sdk_tries_again_with_its_key_and_acts_once(patient, fake, stage):
    fake.fault("drop", route=CREATE, stage=stage)
    intent = patient.payment_intents.create(INTENT)
    assert [one["id"] for one in fake.objects("payment_intent")] == [intent.id]
    keys = {request["idempotency_key"] for request in fake.requests()}
    assert len(keys) == 1
    assert [request["status"] for request in fake.requests()] == [0, 200]


def test_a_server_error_after_the_act_is_replayed_with_its_key(api, fake):
    fake.fault("error", route=CREATE, stage="after")
    for _ in range(2):
        with pytest.raises(sdk.APIError) as caught:
            api.payment_intents.create(INTENT, {"idempotency_key": "topup:1"})
        assert caught.value.http_status == 500
    assert len(fake.objects("payment_intent")) == 1


def test_a_server_error_before_the_act_leaves_the_key_free(api, fake):
    fake.fault("error", route=CREATE)
    with pytest.raises(sdk.APIError):
        api.payment_intents.create(INTENT, {"idempotency_key": "topup:1"})
    assert api.payment_intents.create(INTENT, {"idempotency_key": "topup:1"}).id


def test_calls_may_be_too_many_or_collide(api, fake):
    fake.fault("rate_limited", route=CREATE, count=2)
    for _ in range(2):
        with pytest.raises(sdk.RateLimitError):
            api.payment_intents.create(INTENT)
    fake.fault("conflict", route=CREATE)
    with pytest.raises(sdk.APIError) as caught:
        api.payment_intents.create(INTENT)
    assert caught.value.http_status == 409
    assert api.payment_intents.create(INTENT).id


@pytest.mark.parametrize("stage", ["before", "after"])
def test_an_answer_may_be_slow(api, fake, stage):
    fake.fault("latency", route=CREATE, stage=stage, seconds=0.2)
    begun = time.monotonic()
    api.payment_intents.create(INTENT)
    assert time.monotonic() - begun >= 0.2


def test_faults_of_one_route_leave_the_others_alone(api, fake):
    fake.fault("drop", route="POST /v1/refunds")
    assert api.payment_intents.create(INTENT).id


def test_nonsense_is_refused_with_a_reason(fake):
    with pytest.raises(ValueError, match="'melt' is not a valid Kind"):
        fake.fault("melt")
    with pytest.raises(ValueError, match="'eaten' is not a valid Manner"):
        fake.spoil_webhooks("eaten")
    with pytest.raises(ValueError, match="No such charge"):
        fake.dispute("ch_nothing")
    with pytest.raises(ValueError, match="'perhaps' is none of"):
        fake.settle_payment("pi_1", "perhaps")


def test_control_needs_the_key(fake):
    connection = http.client.HTTPConnection("127.0.0.1", fake.port, timeout=20)
    connection.request("POST", "/control/reset", body="{}", headers={"X-Control-Key": "other"})
    assert connection.getresponse().status == 403
    connection.close()


def test_a_killed_gateway_comes_back_as_it_was(tmp_path, session_params):
    with FakeStripe(store=tmp_path / "stripe.sqlite") as fake:
        client = connect(fake)
        session = client.checkout.sessions.create(session_params)
        intent = client.payment_intents.create(INTENT, {"idempotency_key": "a"})
        fake.make_fees("later")
        fake.advance(1000)
        url = fake.url
        fake.restart()
        assert fake.url == url
        assert client.payment_intents.create(INTENT, {"idempotency_key": "a"}).id == intent.id
        paid = fake.pay(session.id)
        found = client.payment_intents.retrieve(
            paid["payment_intent"], {"expand": ["latest_charge"]}
        )
        assert found.latest_charge.balance_transaction is None
        assert found.created >= time.time() + 990


def test_deliveries_survive_a_restart(tmp_path):
    with FakeStripe(store=tmp_path / "stripe.sqlite", webhook_url="http://127.0.0.1:1/") as fake:
        client = connect(fake)
        fake.hold()
        client.customers.create()
        fake.restart()
        assert [delivery["state"] for delivery in fake.deliveries()] == ["held"]
        assert fake.release() == 1
        fake.settle()
        assert fake.deliveries()[0]["attempts"] == [0]


def test_a_live_gateway_says_so_everywhere(tmp_path, session_params):
    with FakeStripe(store=tmp_path / "stripe.sqlite", mode="live") as fake:
        assert fake.key.startswith("sk_live_")
        client = connect(fake)
        session = client.checkout.sessions.create(session_params)
        assert session.id.startswith("cs_live_")
        fake.pay(session.id)
        assert {event["livemode"] for event in fake.events()} == {True}


def test_it_stops_when_told_and_listens_on_loopback_only(tmp_path):
    with _started(tmp_path) as (process, ready):
        assert ready["ready"] is True
        listening = _listening(ready["port"])
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 0
    assert listening == ["0100007F"]


def test_it_stops_however_often_it_is_told(tmp_path):
    """The kernel tells an orphan once for each thread that it has."""
    with _started(tmp_path) as (process, _ready):
        for _ in range(1000):
            os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 0


@contextmanager
def _started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    options = ["--store", str(tmp_path / "s.sqlite"), "--key", "sk_test_1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "smmpanel.fake_stripe", *options],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()
            process.wait()


def _listening(port: int) -> list[str]:
    """The addresses on which something listens at this port, as the kernel writes them."""
    table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
    rows = [line.split() for line in table[1:]]
    ends = [row[1].split(":") for row in rows if row[3] == "0A"]
    return [address for address, number in ends if int(number, 16) == port]
