"""What the transfers of one order add up to, and the movements that a target asks for: pure, so
that one order and a hundred are booked by the same sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from wallet.ledger.posting import Leg, Pot, RefundExceedsCharge
from wallet.models import AccountKind as Kind
from wallet.models import TransferKind


@dataclass(frozen=True, slots=True)
class Held:
    """What was taken for one order and where it is now, in micros.

    `absorbed` is the part of what returned that the house paid, `recovered` what it got of that.
    """

    cash_taken: int = 0
    bonus_taken: int = 0
    cash_returned: int = 0
    bonus_returned: int = 0
    absorbed: int = 0
    recovered: int = 0
    recognised: int = 0
    recognised_gross: int = 0
    is_cash_last: bool = False

    @classmethod
    def of(cls, sums: Mapping[tuple[str, str], int]) -> Self:
        """By `posting.sums_of`: by kind of transfer and of the customer's account, in the order of
        the first."""
        gross = sums.get((TransferKind.ORDER_REVENUE, ""), 0)
        cash_absorbed = sums.get((TransferKind.ORDER_ABSORB, Kind.CASH), 0)
        bonus_absorbed = sums.get((TransferKind.ORDER_ABSORB, Kind.BONUS), 0)
        taken = [account for kind, account in sums if kind == TransferKind.ORDER_CHARGE]
        return cls(
            cash_taken=sums.get((TransferKind.ORDER_CHARGE, Kind.CASH), 0),
            bonus_taken=sums.get((TransferKind.ORDER_CHARGE, Kind.BONUS), 0),
            cash_returned=sums.get((TransferKind.ORDER_REFUND, Kind.CASH), 0) + cash_absorbed,
            bonus_returned=sums.get((TransferKind.ORDER_REFUND, Kind.BONUS), 0) + bonus_absorbed,
            absorbed=cash_absorbed + bonus_absorbed,
            recovered=sums.get((TransferKind.ORDER_RECOVER, ""), 0),
            recognised=gross - sums.get((TransferKind.ORDER_UNRECOGNISE, ""), 0),
            recognised_gross=gross,
            is_cash_last=taken[-1:] == [Kind.CASH],
        )

    @property
    def charged(self) -> int:
        return self.cash_taken + self.bonus_taken

    @property
    def refunded(self) -> int:
        return self.cash_returned + self.bonus_returned

    @property
    def released(self) -> int:
        """What left escrow because it was not delivered: to the customer or to the house."""
        return self.refunded - self.absorbed + self.recovered

    @property
    def escrow(self) -> int:
        return self.charged - self.released - self.recognised

    def returns(self, amount_micros: int) -> tuple[int, int]:
        """How much of a refund goes to cash and how much to bonus: last taken, first returned."""
        if self.is_cash_last:
            to_cash = min(amount_micros, self.cash_taken - self.cash_returned)
            return to_cash, amount_micros - to_cash
        to_bonus = min(amount_micros, self.bonus_taken - self.bonus_returned)
        return amount_micros - to_bonus, to_bonus

    def lacking(self, *, reference: str, due_micros: int) -> int:
        """Micros that the customer lacks of a target, 0 if none. Raises RefundExceedsCharge."""
        if due_micros > self.charged:
            raise RefundExceedsCharge(f"{reference}: {due_micros} of {self.charged}")
        return max(0, due_micros - self.refunded)

    def refunded_to(self, due_micros: int) -> Self:
        """The same after a refund up to a target that the charge covers."""
        lacking = max(0, due_micros - self.refunded)
        to_cash, to_bonus = self.returns(lacking)
        return replace(
            self,
            cash_returned=self.cash_returned + to_cash,
            bonus_returned=self.bonus_returned + to_bonus,
            recognised=self.recognised - max(0, lacking - self.escrow),
        )


def refund_legs(*, held: Held, customer_id: int, due_micros: int) -> list[Leg]:
    """escrow -> bonus and cash up to a target; revenue that was recognised too early goes back to
    escrow first."""
    lacking = max(0, due_micros - held.refunded)
    back = unrecognise_leg(lacking - held.escrow, name=f"unrecognise:{due_micros}")
    return [back, *return_legs(
        customer_id=customer_id,
        split=held.returns(lacking),
        source=Kind.ESCROW,
        kind=TransferKind.ORDER_REFUND,
        name=f"refund:{due_micros}",
    )]  # fmt: skip


def return_legs(
    *, customer_id: int, split: tuple[int, int], source: str, kind: str, name: str
) -> list[Leg]:
    """To a customer's (cash, bonus): what was taken last returns first."""
    to_cash, to_bonus = split
    return [
        Leg(Pot(source), Pot(Kind.BONUS, customer_id), to_bonus, kind, f"{name}:bonus"),
        Leg(Pot(source), Pot(Kind.CASH, customer_id), to_cash, kind, name),
    ]


def unrecognise_leg(amount_micros: int, *, name: str) -> Leg:
    return Leg(
        Pot(Kind.REVENUE), Pot(Kind.ESCROW), amount_micros, TransferKind.ORDER_UNRECOGNISE, name
    )


def revenue_leg(held: Held) -> Leg:
    """escrow -> revenue: all that is left."""
    name = f"revenue:{held.recognised_gross + held.escrow}"
    return Leg(Pot(Kind.ESCROW), Pot(Kind.REVENUE), held.escrow, TransferKind.ORDER_REVENUE, name)
