"""The body of a message: the same words and types as the APIs tell of the same order (`telling`).

Nothing of the provider is among the facts (DEL-01).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orders import telling
from orders.models import Order, WebhookMessage, WebhookType
from wallet import money

_COLUMNS = (
    "id",
    "status",
    "role",
    "quantity",
    "runs",
    "charge_micros",
    "refunded_micros",
    "start_count",
    "remains",
)


def body_of(message: WebhookMessage) -> str:
    """JSON with `type`, `timestamp` and `data`, as Standard Webhooks suggests."""
    return json.dumps(content_of(message), separators=(",", ":"))


def content_of(message: WebhookMessage) -> dict[str, object]:
    return {
        "type": message.type,
        "timestamp": _timestamp(message.occurred_at),
        "data": _data(message),
    }


def _timestamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _data(message: WebhookMessage) -> dict[str, object]:
    facts: Mapping[str, Any] = message.facts
    match message.type:
        case WebhookType.TEST:
            return {"endpoint": message.endpoint_id}
        case WebhookType.REFILL_STATUS:
            return {"refill": facts.get("request"), **_request(message.sequence, facts)}
        case WebhookType.CANCEL_STATUS:
            return {"cancel": facts.get("request"), **_request(message.sequence, facts)}
    return _order(message.sequence, facts)


def _request(sequence: int | None, facts: Mapping[str, Any]) -> dict[str, object]:
    return {
        "order": facts["id"],
        "status": telling.REQUEST_WORDS[facts["state"]],
        "sequence": sequence,
    }


def _order(sequence: int | None, facts: Mapping[str, Any]) -> dict[str, object]:
    order = Order(**{name: facts[name] for name in _COLUMNS if name in facts})
    told = {
        "order": order.pk,
        "parent": facts.get("parent_id"),
        "service": facts["service_id"],
        **telling.report(order),
        **telling.of_plan(order, state=facts.get("plan")),
        "refunded": money.plain(order.refunded_micros),
        "sequence": sequence,
    }
    if "amount_micros" in facts:
        told["amount"] = money.plain(facts["amount_micros"])
    return told
