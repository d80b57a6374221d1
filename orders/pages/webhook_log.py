"""The last messages of an endpoint, by keyset: a page costs the same however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from orders.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from orders.pages.webhook_words import Standing, outcome, standing

PAGE = 25


@dataclass(frozen=True, slots=True)
class Row:
    message: WebhookMessage
    order_id: int | None
    standing: Standing
    # What the last try said; empty before the first.
    said: str


@dataclass(frozen=True, slots=True)
class Log:
    rows: Sequence[Row]
    is_narrowed: bool
    older_below: int | None


def read(*, endpoint: WebhookEndpoint, below: str) -> Log:
    """The newest ones, or those before the number `below`, as it came in the address."""
    found = endpoint.messages.order_by("-pk")
    number = int(below) if below.isascii() and below.isdigit() and len(below) < 19 else None
    if number is not None:
        found = found.filter(pk__lt=number)
    tries = Prefetch("tries", WebhookAttempt.objects.order_by("pk"))
    messages = list(found.prefetch_related(tries)[: PAGE + 1])
    return Log(
        rows=[_row(message) for message in messages[:PAGE]],
        is_narrowed=number is not None,
        older_below=messages[PAGE - 1].pk if len(messages) > PAGE else None,
    )


def _row(message: WebhookMessage) -> Row:
    last = next(reversed(message.tries.all()), None)
    return Row(
        message=message,
        order_id=message.facts.get("id"),
        standing=standing(message, last=last),
        said=outcome(last) if last else "",
    )
