"""The fake gateway in a test: where it is, what it signs, and all of `Remote`."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path

from smmpanel.fake_stripe import signing
from smmpanel.fake_stripe.store import Body
from tests.fake_stripe.remote import Remote

TEST = "test"
LIVE = "live"


class FakeStripe(Remote):
    """`with FakeStripe(store=tmp_path / "stripe.sqlite") as stripe:` runs it on loopback.

    `key`, `webhook_secret` and `url` are for the SDK; the rest is in `Remote`.
    """

    module = "smmpanel.fake_stripe"

    def __init__(self, *, store: Path, webhook_url: str = "", mode: str = TEST) -> None:
        super().__init__(store=store, key=f"sk_{mode}_{secrets.token_hex(16)}")
        self.webhook_secret = f"whsec_{secrets.token_hex(16)}"
        self._mode = mode
        self._webhook_url = webhook_url

    def options(self) -> list[str]:
        options = super().options()
        options += ["--webhook-secret", self.webhook_secret, "--webhook-url", self._webhook_url]
        return [*options, "--live"] if self._mode == LIVE else options

    @property
    def url(self) -> str:
        """The API's base address."""
        return f"http://127.0.0.1:{self.port}"

    def deliver_to(self, url: str) -> None:
        """Send events to this address from now on; nowhere when it is empty."""
        self._webhook_url = url
        self._tell("webhook_url", url=url)

    def signed(
        self, event: Body, *, age_seconds: int = 0, secret: str | None = None
    ) -> tuple[bytes, str]:
        """The body and the Stripe-Signature of an event, to be posted by the test itself.

        A negative age is a signature from the future; another secret makes a forgery.
        """
        chosen = self.webhook_secret if secret is None else secret
        body = json.dumps(event, indent=2).encode()
        at = int(time.time()) - age_seconds
        return body, signing.header(body, secret=chosen, at=at)
