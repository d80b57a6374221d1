"""Whatever is posted to the gateway's door is answered 2xx or 4xx, signed or not."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from wallet.models import Transfer

pytestmark = pytest.mark.django_db
ADDRESS = "/webhooks/stripe/"
USUAL = examples(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "id": SCALARS,
        "type": SCALARS | st.sampled_from(["payment_intent.succeeded", "charge.updated"]),
        "livemode": SCALARS,
        "data": st.fixed_dictionaries({}, optional={"object": VALUES}) | VALUES,
    },
)


@pytest.fixture(scope="module")
def door() -> Client:
    return Client(raise_request_exception=False)


def deliver(door: Client, body: bytes, header: str) -> int:
    answer = door.post(ADDRESS, body, "application/json", headers={"Stripe-Signature": header})
    return answer.status_code


def signed(text: str) -> str:
    secret = settings.STRIPE_WEBHOOK_SECRETS[0]
    header: str = stripe.WebhookSignature.generate_signature_header(
        text, secret, timestamp=int(time.time())
    )
    return header


@USUAL
@given(value=VALUES | EVENTS)
def test_any_json_that_is_signed(door: Client, value: Any) -> None:
    text = json.dumps(value)
    assert deliver(door, text.encode(), signed(text)) in (200, 400)
    assert not Transfer.objects.exists()


@USUAL
@given(body=st.binary(max_size=200), header=st.text(max_size=80))
def test_any_bytes_under_any_header(door: Client, body: bytes, header: str) -> None:
    assert deliver(door, body, header) == 400
