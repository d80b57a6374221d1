"""The signature of a webhook: `t=<unix seconds>,v1=<HMAC-SHA256 of "t.body">`."""

import hashlib
import hmac


def header(body: bytes, *, secret: str, at: int) -> str:
    """The value of Stripe-Signature."""
    signed = f"{at}.".encode() + body
    return f"t={at},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
