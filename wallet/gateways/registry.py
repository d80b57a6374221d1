"""The gateways that this panel has; each says itself whether the settings offer it."""

from __future__ import annotations

from django.utils.functional import Promise

from wallet.gateways.base import Gateway
from wallet.gateways.manual.gateway import ManualGateway
from wallet.gateways.stripe.gateway import StripeGateway

STRIPE = StripeGateway()
MANUAL = ManualGateway()
_ALL: dict[str, Gateway] = {gateway.code: gateway for gateway in (STRIPE, MANUAL)}


class UnknownGateway(LookupError):
    """No gateway of this code is on offer."""


def offered() -> list[Gateway]:
    """The gateways that customers can choose now, the usual one first."""
    return [gateway for gateway in _ALL.values() if gateway.is_on()]


def offered_gateway(code: str) -> Gateway:
    """Raises UnknownGateway."""
    gateway = _ALL.get(code)
    if gateway is None or not gateway.is_on():
        raise UnknownGateway(code)
    return gateway


def gateway_of(code: str) -> Gateway:
    """Also one that takes no payments any more: what it took may have to go back.

    Raises UnknownGateway.
    """
    if code not in _ALL:
        raise UnknownGateway(code)
    return _ALL[code]


def label_of(code: str) -> str | Promise:
    """What customers read for a gateway, also for one that is no longer offered."""
    return _ALL[code].label if code in _ALL else code
