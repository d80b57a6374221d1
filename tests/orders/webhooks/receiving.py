"""Endpoints as tests make them, and a customer's server that behaves as it is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import User
from orders.models import WebhookEndpoint, WebhookMessage
from orders.webhooks import endpoints, wording
from tests.services.providers.raw_server import RawServer, answer, saying

ACCEPTED = saying(answer(b"", status="204 No Content"))
BROKEN = saying(answer(b"<b>Oh no</b>", status="500 Internal Server Error"))
WHERE = "https://shop.example/hooks/"
_NUMBERS = count(1)


def endpoint(
    customer: User,
    url: str = "",
    *,
    types: Sequence[str] = endpoints.TYPES,
    at: datetime | None = None,
) -> tuple[WebhookEndpoint, str]:
    """A live one and its secret. Without an address it is WHERE, and then one below it."""
    has_some = WebhookEndpoint.objects.of(customer.pk).exists()
    where = f"{WHERE}{next(_NUMBERS)}" if has_some else WHERE
    return endpoints.create(
        customer_id=customer.pk, name="Shop", url=url or where, types=types, at=at or timezone.now()
    )


def committed() -> list[dict[str, Any]]:
    """What has been written down for servers when the test's transaction would end now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return [contents(message) for message in WebhookMessage.objects.order_by("pk")]


def contents(message: WebhookMessage) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(wording.body_of(message))
    return found


def told(messages: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Type and status of each."""
    return [(message["type"], message["data"]["status"]) for message in messages]


def heard(server: RawServer) -> list[tuple[dict[str, str], str]]:
    """The headers and the body of each request that arrived."""
    return [_parts(request) for request in server.requests]


def _parts(request: bytes) -> tuple[dict[str, str], str]:
    head, _, body = request.decode().partition("\r\n\r\n")
    lines = head.split("\r\n")[1:]
    return {name: value for name, _, value in (line.partition(": ") for line in lines)}, body
