"""What every way of paying in offers. One module or folder here is one gateway; `registry` lists
them. A gateway starts a payment; what came of it is told to `wallet.deposits`, and never by the
customer who returns: the page that he returns to credits nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from wallet.models import Deposit
from wallet.money import MICROS_PER_UNIT, display

CENT = MICROS_PER_UNIT // 100


@dataclass(frozen=True, slots=True)
class Limits:
    """What one payment may amount to, in micros; `step_micros` is the gateway's smallest coin."""

    minimum_micros: int
    maximum_micros: int
    step_micros: int = CENT

    def refusal(self, amount_micros: int) -> str | None:
        """Why this amount cannot be paid, in words for the customer; None if it can."""
        least, most = display(self.minimum_micros), display(self.maximum_micros)
        if amount_micros < self.minimum_micros:
            return _("The smallest top-up is %(amount)s.") % {"amount": least}
        if amount_micros > self.maximum_micros:
            return _("The largest top-up is %(amount)s.") % {"amount": most}
        if amount_micros % self.step_micros:
            return _("Pay in whole cents: at most two digits after the point.")
        return None


class Gateway(Protocol):
    @property
    def code(self) -> str:
        """Stored with every deposit and naming the gateway's clearing account; never changes."""

    @property
    def label(self) -> str | Promise:
        """What customers read."""

    @property
    def limits(self) -> Limits: ...

    def is_on(self) -> bool:
        """Whether the settings offer it."""

    def start(self, *, deposit: Deposit, return_url: str) -> str:
        """Prepares the payment and returns the address of the page where the customer pays.

        A repeated call for one deposit leads to the same payment. `return_url` (absolute) is where
        the customer comes back to, paid or not. Never called inside a transaction: it may use the
        network.
        """
