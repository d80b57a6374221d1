"""Money that came back to the wallet after it was asked for: what orders return pays what is owed,
waits with the rest of a top-up that a bank asks about, or ends with a bonus that was paid back.

Nobody calls this when an order is refunded: it looks by itself, and finds nothing to move when it
looks again.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import sweeps
from wallet import ledger
from wallet.disputes import card_bans, warnings
from wallet.disputes import following as disputes
from wallet.models import Account, FraudWarning
from wallet.payouts import late_bonus


def collect(*, at: datetime) -> None:
    """One look at everybody who owes money, whose money is questioned or whose top-up is paid back,
    and at the cards of who may not come back."""
    card_bans.ban_missing(at=at)
    sweeps.each("debt of user", _in_debt(), lambda number: _settle(number, at=at))
    sweeps.each("dispute", disputes.to_collect(at=at), lambda number: _follow(number, at=at))
    open_warnings = FraudWarning.objects.open().values_list("pk", flat=True)
    sweeps.each("warning", open_warnings, lambda number: _freeze(number, at=at))
    sweeps.each("top-up", late_bonus.to_collect(at=at), lambda number: _end_bonus(number, at=at))


def _in_debt() -> list[int]:
    """Who owes money and has cash."""
    owing = Account.objects.filter(kind=Account.Kind.DEBT, balance_micros__gt=0)
    with_cash = Account.objects.filter(kind=Account.Kind.CASH, balance_micros__gt=0)
    both = owing.filter(owner__in=with_cash.values("owner"))
    return [pk for pk in both.values_list("owner_id", flat=True) if pk is not None]


def _settle(customer_id: int, *, at: datetime) -> None:
    with transaction.atomic():
        ledger.settle_debt(customer_id=customer_id, at=at)


def _follow(dispute_id: int, *, at: datetime) -> None:
    disputes.collect(dispute_id=dispute_id, at=at)


def _freeze(warning_id: int, *, at: datetime) -> None:
    warnings.collect(warning_id=warning_id, at=at)


def _end_bonus(deposit_id: int, *, at: datetime) -> None:
    late_bonus.collect(deposit_id=deposit_id, at=at)
