"""Payments that were credited to nobody, taken off their list by staff: with a word about what
became of them, or (a decision, see `wallet.decisions.decided`) credited to a top-up that was never
paid."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import cases
from accounts.acts import log_act
from accounts.models import Case, User
from wallet.currencies import LEDGER_CURRENCY, MICROS_PER_CENT
from wallet.models import Deposit, UnmatchedPayment


class CannotCredit(Exception):
    """This payment cannot go to that top-up; `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ResolvedAlready(Exception):
    """Somebody else has dealt with it."""


def reference_of(unmatched: UnmatchedPayment) -> str:
    """How decisions name it."""
    return f"unmatched:{unmatched.pk}"


def amount_micros(unmatched: UnmatchedPayment) -> int:
    """Of a payment in the ledger's currency."""
    return unmatched.amount_coins * MICROS_PER_CENT


def check_creditable(unmatched: UnmatchedPayment, deposit: Deposit) -> None:
    """Only an unpaid top-up of the same gateway can take a payment, in the ledger's currency.

    Raises CannotCredit.
    """
    if unmatched.resolved_at is not None:
        raise CannotCredit(_("This payment has been dealt with already."))
    if unmatched.currency != LEDGER_CURRENCY:
        raise CannotCredit(_("Only US dollars can be credited: pay it back at the gateway."))
    if unmatched.reversed_at is not None:
        raise CannotCredit(
            _("It was paid back at the gateway, or its bank questions it: it cannot be credited.")
        )
    if deposit.gateway != unmatched.gateway:
        raise CannotCredit(_("That top-up is of another gateway."))
    if deposit.state in (Deposit.State.PAID, Deposit.State.QUARANTINED):
        raise CannotCredit(_("That top-up has a payment already."))
    others = Deposit.objects.filter(gateway=unmatched.gateway, payment_id=unmatched.payment_id)
    if other := others.exclude(pk=deposit.pk).first():
        raise CannotCredit(
            _("It is the payment of top-up %(number)s, which is under review: pay it back.")
            % {"number": other.pk}
        )


def close(
    *, unmatched_id: int, resolution: str, by: User, at: datetime, ip: str | None = None
) -> None:
    """What became of it outside these books, in words. Nothing moves. Raises ResolvedAlready."""
    with transaction.atomic():
        unmatched = UnmatchedPayment.objects.select_for_update().get(pk=unmatched_id)
        if unmatched.resolved_at is not None:
            raise ResolvedAlready
        resolve(unmatched, by=by, resolution=resolution, at=at)
        log_act(
            actor=by,
            act="close unmatched payment",
            target=reference_of(unmatched),
            reason=resolution,
            changes={"payment": unmatched.payment_id, "amount_coins": unmatched.amount_coins},
            ip=ip,
        )


def resolve(unmatched: UnmatchedPayment, *, by: User | None, resolution: str, at: datetime) -> None:
    """Takes a locked row off the list, and ends its case."""
    unmatched.resolved_at, unmatched.resolved_by = at, by
    unmatched.resolution = resolution[:200]
    unmatched.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    cases.resolve_case(
        kind=Case.Kind.PAYMENT_UNMATCHED, key=str(unmatched), resolution=resolution, at=at
    )
