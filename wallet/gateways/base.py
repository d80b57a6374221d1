"""What every way of paying in offers. One module or folder here is one gateway; `registry` lists
them. A gateway starts a payment; what came of it is told to `wallet.topups.crediting`, and never by
the customer who returns: the page that he returns to credits nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from wallet.models import Deposit, Dispute
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


class PaymentState(StrEnum):
    """Where a payment stands at the gateway."""

    OPEN = "open"  # the customer has not paid
    PROCESSING = "processing"  # paid; the bank has not answered
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as it is at the gateway now. `received_coins` are the smallest coins of `currency`
    that came in. `fee_micros` is None until the gateway has booked it. `deposit_id` is what the
    gateway's copy of our number says: it finds the top-up and proves nothing. `trouble` says in
    words for the customer why it was not paid, `declined_at` when a card was last refused."""

    payment_id: str
    state: PaymentState
    received_coins: int = 0
    currency: str = "usd"
    deposit_id: int | None = None
    charge_id: str = ""
    fee_micros: int | None = None
    method_label: str = ""
    card_fingerprint: str = ""
    trouble: str = ""
    declined_at: datetime | None = None


class RefundState(StrEnum):
    PENDING = "pending"  # accepted; may still fail, days later
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    BY_HAND = "by_hand"  # this gateway cannot: a person pays and says so


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as it is at the gateway now. `reference` is the payout that asked for it
    ("payout:5"), "" for one that was made at the gateway; `charge_id` is the charge it is of."""

    refund_id: str
    state: RefundState
    amount_micros: int
    charge_id: str = ""
    payment_id: str = ""
    reference: str = ""
    trace_id: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class DisputeReport:
    """A dispute as it is at the gateway now; `status` is the gateway's own word.

    `taken_micros` is what it has withdrawn and not reinstated, `fee_micros` what it keeps for that;
    `entries` counts the bookings behind the two: it only grows, so that of two reports the one
    with fewer is the older.
    """

    dispute_id: str
    charge_id: str
    payment_id: str
    state: Dispute.State
    status: str
    reason: str
    amount_micros: int
    taken_micros: int = 0
    fee_micros: int = 0
    entries: int = 0
    evidence_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WarningReport:
    """An early warning of the card's bank. It is actionable until the charge is paid back or
    disputed, and never becomes so again."""

    warning_id: str
    charge_id: str
    payment_id: str
    kind: str
    is_actionable: bool


@dataclass(frozen=True, slots=True)
class Review:
    """A payment that the gateway asks a person to look at, as it stands now."""

    review_id: str
    is_open: bool
    payment_id: str
    reason: str


class GatewayUnavailable(Exception):
    """No answer, or none that says what happened: ask again later, with the same key."""


class GatewayRefused(Exception):
    """A definite no. The message is the gateway's reason without secrets, for staff."""


class Gateway(Protocol):
    """Every method but `is_on` may use the network and is never called inside a transaction; each
    raises GatewayUnavailable or GatewayRefused."""

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
        the customer comes back to, paid or not.
        """

    def close(self, *, deposit: Deposit) -> None:
        """Ends a payment that was begun, so that nobody pays it any more.

        Raises GatewayRefused when it is paid, or has ended by itself.
        """

    def look_up(self, deposit: Deposit) -> Payment | None:
        """The payment of a deposit as it is now; None if none was begun."""

    def refund(self, *, deposit: Deposit, reference: str, amount_micros: int) -> Refund:
        """Pays whole cents back to where the deposit's charge came from. The same `reference` is
        the same refund, however often it is asked for."""

    def find_refund(self, *, deposit: Deposit, reference: str) -> Refund | None:
        """The refund that `reference` made, if there is one: asked before a late repeat."""
