"""Secrets of endpoints: made here, kept encrypted, and opened for signing alone (S-27).

The number of the endpoint is sealed in with its secret: copied to another row it opens nothing.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from orders.models import WebhookEndpoint

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """256 random bits as Standard Webhooks spells them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def sealed(*, endpoint_id: int, secret: str) -> str:
    """What the column holds, which encrypts it."""
    return f"{endpoint_id}:{secret}"


def secrets_of(endpoint: WebhookEndpoint, *, at: datetime) -> list[str]:
    """Those that sign now, the newest first. Empty where none can be read."""
    is_overlapping = endpoint.old_secret_until is not None and endpoint.old_secret_until > at
    kept = [endpoint.secret, endpoint.old_secret if is_overlapping else ""]
    own = sealed(endpoint_id=endpoint.pk, secret="")
    return [text.removeprefix(own) for text in kept if text.startswith(own)]
