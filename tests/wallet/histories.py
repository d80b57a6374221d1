"""Histories of one customer, written in dollars, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from wallet.lots.expiry import months_after
from wallet.lots.fold import Credit, ExpiryRule, fold
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Movement
from wallet.lots.payback import PaybackTerms, explain

USD = 1_000_000
START = datetime(2026, 3, 2, 10, 5, 30, tzinfo=UTC)
TERMS = PaybackTerms(is_offered=True, window_days=14, is_order_money_exempt=True)


def expires_after(months: int | None) -> ExpiryRule:
    """One term for all money, counted from its credit; None: it never expires."""

    def rule(credit: Credit) -> datetime | None:
        return None if months is None else months_after(credit.at, months)

    return rule


def withdrawable(holdings: Holdings, deposit: str, *, terms: PaybackTerms, at: datetime) -> int:
    """Micros of this deposit that can be paid back, all deposits being under the same terms."""
    paybacks = explain(holdings, terms_of=lambda _deposit: terms, at=at)
    return next(payback.payable_micros for payback in paybacks if payback.deposit == deposit)


class History:
    """Transfers in the order of effect. The clock stands still until `wait` moves it."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self.movements: list[Movement] = []

    def wait(self, **length: float) -> History:
        self.at += timedelta(**length)
        return self

    def move(
        self, kind: str, dollars: float, route: str, reference: str, origin: str | None = None
    ) -> History:
        """`route` is "cash > escrow": the pots on both sides."""
        source, _arrow, target = route.split(" ")
        self.movements.append(
            Movement(
                id=len(self.movements) + 1,
                kind=kind,
                amount_micros=round(dollars * USD),
                from_pot=source,
                to_pot=target,
                reference=reference,
                origin=origin,
                at=self.at,
            )
        )
        return self

    def deposit(self, number: int, dollars: float) -> History:
        name = f"deposit:{number}"
        return self.move("deposit", dollars, "gateway_clearing > cash", name, name)

    def bonus(self, number: int, dollars: float, *, tied_to: int | None = None) -> History:
        origin = f"deposit:{tied_to}" if tied_to else None
        return self.move("bonus_grant", dollars, "promotion > bonus", f"bonus:{number}", origin)

    def charge(self, number: int, dollars: float, *, pot: str = "cash") -> History:
        return self.move("order_charge", dollars, f"{pot} > escrow", f"order:{number}")

    def refund(self, number: int, dollars: float, *, pot: str = "cash") -> History:
        return self.move("order_refund", dollars, f"escrow > {pot}", f"order:{number}")

    def hold(self, cause: str, dollars: float, *, deposit: int, pot: str = "cash") -> History:
        return self.move("hold", dollars, f"{pot} > {pot}_hold", cause, f"deposit:{deposit}")

    def release(self, cause: str, dollars: float, *, deposit: int, pot: str = "cash") -> History:
        return self.move("release", dollars, f"{pot}_hold > {pot}", cause, f"deposit:{deposit}")

    def withdraw(self, number: int, dollars: float, *, deposit: int) -> History:
        """Asked for and sent."""
        cause, origin = f"withdrawal:{number}", f"deposit:{deposit}"
        self.hold(cause, dollars, deposit=deposit)
        return self.move("withdrawal", dollars, "cash_hold > gateway_clearing", cause, origin)

    def dispute(self, number: int, dollars: float, *, deposit: int, pot: str = "cash") -> History:
        route, cause = f"{pot} > gateway_clearing", f"dispute:{number}"
        return self.move("dispute", dollars, route, cause, f"deposit:{deposit}")

    def dispute_won(
        self, number: int, dollars: float, *, deposit: int, pot: str = "cash"
    ) -> History:
        route, cause = f"gateway_clearing > {pot}", f"dispute:{number}"
        return self.move("dispute_return", dollars, route, cause, f"deposit:{deposit}")

    def holdings(self, rule: ExpiryRule | None = None) -> Holdings:
        return fold(self.movements, expires_at=rule or expires_after(None))

    def payable(self, deposit: int, terms: PaybackTerms = TERMS) -> float:
        """Dollars that can be paid back now."""
        name = f"deposit:{deposit}"
        return withdrawable(self.holdings(), name, terms=terms, at=self.at) / USD


def lots_of(holdings: Holdings) -> list[tuple[str, str, float]]:
    """Root, kind and what is left in dollars, of every lot that is not empty."""
    return [
        (lot.root, str(lot.kind), lot.remaining_micros / USD)
        for lot in holdings.lots
        if lot.remaining_micros
    ]
