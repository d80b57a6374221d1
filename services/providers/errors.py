"""The three ways a call to a provider can fail (docs/forwarding.md, "What the answer means").

Every caller decides about money by the class alone, so the classes are exhaustive and disjoint:
nothing was created (`Refused`), nothing was sent (`NotSent`), nobody knows (`OutcomeUnknown`).
All texts arrive here already masked: no message, attribute or repr contains the provider key.
"""

EXCERPT_LIMIT = 500


class ProviderError(Exception):
    """A call to a provider that gave no usable answer."""


class Refused(ProviderError):
    """The provider says no in a text of its definitive list: nothing was created.

    `text` is what it said, masked and at most 500 characters.
    """

    def __init__(self, text: str) -> None:
        super().__init__(f"refused: {text}")
        self.text = text


class NotSent(ProviderError):
    """Proof that nothing was created, so the same request may be sent again later.

    `reason` is one of dialect, key, url, address, dns, connect, connect_timeout, tls, deadline,
    fence, request (no byte left) and rate_limited, account (the provider turned the request away
    unread).
    `retry_after_seconds` is the provider's own wish, 0 to 900, or None.
    """

    def __init__(self, reason: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(f"not sent: {reason}")
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds


class AccountRefused(NotSent):
    """The provider refuses our account (wrong key, no funds): pause it, keep the order queued."""

    def __init__(self, text: str) -> None:
        super().__init__("account")
        self.text = text

    def __str__(self) -> str:
        return f"account refused: {self.text}"


class OutcomeUnknown(ProviderError):
    """The request may have been carried out: never send it again, never refund it blindly.

    `reason` is a stable word for logs and filters, `candidate_id` the upstream id if the answer
    named one, `excerpt` at most 500 masked characters of the answer as evidence for staff.
    """

    def __init__(self, reason: str, *, candidate_id: str | None = None, excerpt: str = "") -> None:
        super().__init__(f"outcome unknown: {reason}")
        self.reason = reason
        self.candidate_id = candidate_id
        self.excerpt = excerpt[:EXCERPT_LIMIT]
