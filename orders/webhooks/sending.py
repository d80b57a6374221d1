"""One POST to a customer's server: signed, guarded, without redirects, over before it annoys.

Everything that can happen is an Outcome, not an exception. Signature: Standard Webhooks 1.0, with
each of the secrets that are valid at the moment.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from standardwebhooks import Webhook

from orders.webhooks.addresses import target_of
from services.providers.answers import Answer
from services.providers.errors import NotSent
from services.providers.transport import Limits, Request, exchange

USER_AGENT = "Webhooks/1.0"
GONE = 410
LONGEST_EXCERPT = 200
# A receiver should note the message and answer: its work can wait, our threads cannot.
LIMITS = Limits(deadline_seconds=8.0, connect_timeout_seconds=4.0, body_bytes=4096)


@dataclass(frozen=True, slots=True)
class Call:
    """What is needed to send, read before the transaction closed."""

    endpoint_id: int
    message_id: int
    attempt: int
    webhook_id: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    body: str
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """`http_status` is None where no answer came; `error` is then a code for why."""

    http_status: int | None
    error: str
    took_ms: int
    excerpt: str = ""
    retry_after_seconds: int | None = None

    @property
    def is_delivered(self) -> bool:
        """A receiver that has said 2xx has it, whatever becomes of the rest of its answer."""
        return self.http_status is not None and 200 <= self.http_status < 300


def send(call: Call) -> Outcome:
    """Within `LIMITS`; never raises for what a receiver, a network or an address does."""
    began = time.monotonic()
    answer, error = _exchange(call)
    took_ms = round((time.monotonic() - began) * 1000)
    if answer is None or not answer.status:
        return Outcome(http_status=None, error=error, took_ms=took_ms)
    return Outcome(
        http_status=answer.status,
        error="",
        took_ms=took_ms,
        excerpt=answer.excerpt()[:LONGEST_EXCERPT],
        retry_after_seconds=answer.retry_after_seconds,
    )


def _exchange(call: Call) -> tuple[Answer | None, str]:
    if not call.secrets:
        return None, "secret"
    try:
        target = target_of(call.url)
        headers = headers_of(call, at=datetime.now(tz=UTC))
        request = Request(method="POST", path=target.path, headers=headers, body=call.body.encode())
        answer = exchange(target, request=request, limits=LIMITS)
    except NotSent as error:
        return None, error.reason
    return answer, answer.fault or ""


def headers_of(call: Call, *, at: datetime) -> dict[str, str]:
    """The signed headers of an attempt at this time."""
    signatures = [
        Webhook(secret).sign(msg_id=call.webhook_id, timestamp=at, data=call.body)
        for secret in call.secrets
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "webhook-id": call.webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
