"""One try to give an order to a provider, and the ways in which it can end."""

from __future__ import annotations

from dataclasses import dataclass

from services.providers import client
from services.providers.dialect import Dialect
from services.providers.errors import NotSent, OutcomeUnknown, Refused


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is needed to send, read before the transaction closed. Nothing of the customer.

    `send_not_after` is the fence, an instant of time.monotonic(). `is_on_trial`: the lane had
    failed before, so a yes or a no is news to its breaker.
    """

    submission_id: int
    order_id: int
    provider_id: int
    endpoint: client.Endpoint
    dialect: Dialect
    service: str
    fields: dict[str, str]
    send_not_after: float
    is_on_trial: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    external_id: str


Outcome = Accepted | Refused | NotSent | OutcomeUnknown
