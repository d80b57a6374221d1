"""What an order costs, line by line, and which money it takes: the box above every button that
charges something. All of it is computed here, from the quote that would be charged."""

from __future__ import annotations

from dataclasses import dataclass

from orders.placing.pricebox import PriceBox
from services import pricing
from services.models import Service
from services.pricing import Quote
from services.types import Counting, spec_of
from wallet.balances import Balances


@dataclass(frozen=True, slots=True)
class Sum:
    """All amounts in micros. `list_charge_micros` is what the list price would make it;
    `post_micros` what one post of a subscription costs at most."""

    quote: Quote
    box: PriceBox
    is_package: bool
    is_per_post: bool
    list_rate_micros: int
    list_charge_micros: int
    post_micros: int
    from_cash_micros: int
    from_bonus_micros: int

    @property
    def discount_micros(self) -> int:
        """What the customer's own price saves him; 0 where it is the list price."""
        return max(0, self.list_charge_micros - self.quote.charge_micros)

    @property
    def first_rate_micros(self) -> int:
        """The rate of the first line, from which a discount is taken."""
        return self.list_rate_micros if self.discount_micros else self.quote.rate_micros

    @property
    def first_micros(self) -> int:
        return self.list_charge_micros if self.discount_micros else self.quote.charge_micros


def sum_of(*, service: Service, quote: Quote, balances: Balances, spend_order: str) -> Sum:
    """`spend_order` is the policy's wallet.spend_order."""
    spec = spec_of(service.type)
    from_cash, from_bonus = split(quote.charge_micros, balances, spend_order=spend_order)
    return Sum(
        quote=quote,
        box=PriceBox(quote=quote, balance_micros=balances.spendable_micros),
        is_package=spec.is_package,
        is_per_post=spec.counting == Counting.PER_POST,
        list_rate_micros=service.rate_micros,
        list_charge_micros=pricing.charge_of(
            type_name=service.type,
            rate_micros=service.rate_micros,
            quantity=quote.quantity,
            runs=quote.runs,
        ),
        post_micros=pricing.charge_of(
            type_name=service.type, rate_micros=quote.rate_micros, quantity=quote.quantity, runs=1
        ),
        from_cash_micros=from_cash,
        from_bonus_micros=from_bonus,
    )


def split(charge_micros: int, balances: Balances, *, spend_order: str) -> tuple[int, int]:
    """Cash and bonus that a charge takes: the split of `ledger_hold` in wallet/sql/hold.sql.
    Nothing of either where both together are not enough."""
    if balances.spendable_micros < charge_micros:
        return 0, 0
    if spend_order == "bonus_first":
        from_bonus = min(balances.bonus_micros, charge_micros)
    else:
        from_bonus = charge_micros - min(balances.cash_micros, charge_micros)
    return charge_micros - from_bonus, from_bonus
