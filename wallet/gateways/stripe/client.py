"""The way to Stripe's API: the official SDK, one version, short waits, errors of two kinds.

Every call that writes carries an idempotency key of ours, so that the SDK may repeat it once after
a broken connection without doing it twice. What is still unknown then is asked again later by
whoever called, with the same key.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Protocol

import stripe
from django.conf import settings
from stripe import V1Services

from wallet.gateways.base import GatewayRefused, GatewayUnavailable

logger = logging.getLogger(__name__)

CODE = "stripe"
API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS, READ_SECONDS = 5, 15
RETRIES = 1
LONGEST_REASON = 200


class Named(Protocol):
    """Any of Stripe's objects."""

    @property
    def id(self) -> str: ...


# Nobody measures how long our calls take but us.
stripe.enable_telemetry = False


def api() -> V1Services:
    """The API under the key of the settings. Call it inside `gateway_errors`."""
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE).v1


@contextmanager
def gateway_errors() -> Iterator[None]:
    """Turns the SDK's errors into the gateways': unavailable (ask again) or refused (a no)."""
    try:
        yield
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise GatewayRefused(_reason(error)) from error
    except stripe.IdempotencyError as error:
        if error.code == "idempotency_key_in_use":
            raise GatewayUnavailable(_reason(error)) from error
        raise GatewayRefused(_reason(error)) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        # Nothing was done, and everything will be once the key is right: for people, not a no.
        logger.error("stripe refuses STRIPE_SECRET_KEY: %s", type(error).__name__)
        raise GatewayUnavailable("the secret key is not accepted") from error
    except stripe.StripeError as error:
        raise GatewayUnavailable(_reason(error)) from error


def id_of(about: Named | str | None) -> str:
    """What another object names, by its id or whole; "" for nothing."""
    return about if isinstance(about, str) else about.id if about is not None else ""


def note_of(metadata: Mapping[str, str] | stripe.StripeObject | None, name: str) -> str:
    """What an object's metadata say under a name, "" for nothing: anybody may have written them."""
    kept = metadata.to_dict() if isinstance(metadata, stripe.StripeObject) else metadata or {}
    return str(kept.get(name, ""))


@lru_cache(maxsize=4)
def _client(key: str, base: str) -> stripe.StripeClient:
    """One for all threads: the SDK keeps a connection for each."""
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else {},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
    )


def _reason(error: stripe.StripeError) -> str:
    """Stripe's words, which name objects and parameters; keys it masks itself."""
    kind = error.code or type(error).__name__
    return f"{kind}: {error.user_message or 'no answer'}"[:LONGEST_REASON]
