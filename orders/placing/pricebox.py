"""The price that a customer sees before he orders: the quote that `place_order` would charge."""

from __future__ import annotations

from dataclasses import dataclass

from services.pricing import Quote
from wallet.gateways import registry


@dataclass(frozen=True, slots=True)
class PriceBox:
    """A quote beside the balance that it would be taken from. All amounts in micros."""

    quote: Quote
    balance_micros: int

    @property
    def after_micros(self) -> int:
        return self.balance_micros - self.quote.charge_micros

    @property
    def missing_micros(self) -> int:
        return max(0, -self.after_micros)

    @property
    def top_up_micros(self) -> int:
        """The smallest payment that covers what is missing, as the usual gateway takes it."""
        for gateway in registry.offered()[:1]:
            limits = gateway.limits
            steps = -(-self.missing_micros // limits.step_micros)
            return max(limits.minimum_micros, steps * limits.step_micros)
        return self.missing_micros
