"""The price that a customer sees before he orders: the quote that `place_order` would charge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orders.placing.placement import quote_for
from services.pricing import Quote
from wallet.balances import spendable_micros
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

    @property
    def shown_for(self) -> str:
        """What the price was shown for; a form that names something else has not seen its price."""
        return name_of(service_id=self.quote.service_id, quantity=self.quote.quantity)


def name_of(*, service_id: int, quantity: int) -> str:
    return f"{service_id}x{quantity}"


def price_box(
    *,
    customer_id: int,
    service_id: int,
    quantity: int | None,
    texts: Mapping[str, str] | None = None,
    runs: int | None = None,
) -> PriceBox:
    """Arguments as of `quote_for`. Raises OrderRefused when there is no price: not on sale,
    outside the limits, or not enough filled in."""
    quote = quote_for(
        customer_id=customer_id,
        service_id=service_id,
        quantity=quantity,
        texts=texts,
        runs=runs,
    )
    return PriceBox(quote=quote, balance_micros=spendable_micros(customer_id=customer_id))
