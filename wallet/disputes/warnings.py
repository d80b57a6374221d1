"""Early warnings of a card's bank: that top-up's unspent money waits for a decision (FRD-06).

A warning takes nothing. Staff release the money, or ask for its way back to the card; a dispute,
or a refund of the charge, makes the warning moot. Source: docs/disputes.md.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import cases, mail
from accounts.acts import log_act
from accounts.models import Case, User
from wallet.gateways.base import WarningReport
from wallet.models import Deposit, FraudWarning
from wallet.topups import freezing
from wallet.topups.setting_aside import note_reversal


class AlreadyResolved(Exception):
    """Somebody has decided about this warning, or it is moot."""


def apply(report: WarningReport, *, gateway: str, at: datetime) -> FraudWarning | None:
    """Follows a warning to its present state: holds the money while one can act on it.

    None when the payment was credited to nobody: no money here can wait.
    """
    with transaction.atomic():
        deposit = freezing.lock_deposit(
            gateway=gateway, charge_id=report.charge_id, payment_id=report.payment_id
        )
        if deposit is None:
            note_reversal(gateway=gateway, payment_id=report.payment_id, at=at)
            return None
        warning, is_new = FraudWarning.objects.select_for_update().get_or_create(
            gateway=gateway,
            warning_id=report.warning_id,
            defaults={
                "deposit": deposit,
                "kind": report.kind[:60],
                "is_actionable": report.is_actionable,
                "created_at": at,
            },
        )
        is_moot = deposit.disputes.reversed().exists()
        if is_moot or not report.is_actionable or not warning.is_actionable:
            _end(warning, deposit, resolution=_("Paid back or disputed"), by=None, at=at)
        elif warning.resolved_at is None:
            freezing.freeze(deposit=deposit, reference=warning.reference, at=at)
            if is_new:
                _tell(warning, deposit, at=at)
    return warning


def collect(*, warning_id: int, at: datetime) -> None:
    """Freezes what orders have given back to a warned top-up since, while the warning is open."""
    with transaction.atomic():
        warning, deposit = _locked(warning_id)
        if warning.resolved_at is None:
            freezing.freeze(deposit=deposit, reference=warning.reference, at=at)


def release(*, warning_id: int, reason: str, by: User, at: datetime, ip: str | None = None) -> None:
    """Staff trust the payment: the money is free, and orders that waited for it go on.

    Raises AlreadyResolved.
    """
    with transaction.atomic():
        warning, deposit = _locked(warning_id)
        if warning.resolved_at is not None:
            raise AlreadyResolved
        _end(warning, deposit, resolution=reason, by=by, at=at)
        log_act(
            actor=by,
            act="release warned money",
            target=warning.reference,
            reason=reason,
            changes={"deposit": deposit.pk},
            ip=ip,
        )


def end_all(*, deposit: Deposit, at: datetime) -> None:
    """A formal dispute has made the warnings of its top-up moot. The caller holds the top-up."""
    for warning in FraudWarning.objects.open().filter(deposit=deposit).select_for_update():
        _end(warning, deposit, resolution=_("Disputed"), by=None, at=at)


def _locked(warning_id: int) -> tuple[FraudWarning, Deposit]:
    seen = FraudWarning.objects.get(pk=warning_id)
    deposit = Deposit.objects.select_for_update().get(pk=seen.deposit_id)
    return FraudWarning.objects.select_for_update().get(pk=warning_id), deposit


def _end(
    warning: FraudWarning, deposit: Deposit, *, resolution: str, by: User | None, at: datetime
) -> None:
    warning.is_actionable = warning.is_actionable and by is not None
    if warning.resolved_at is None:
        warning.resolved_at, warning.resolved_by = at, by
        freezing.thaw(deposit=deposit, reference=warning.reference, at=at)
        freezing.hand_over(deposit=deposit, reference=warning.reference, at=at)
        kind, key = Case.Kind.FRAUD_WARNING, warning.reference
        cases.resolve_case(kind=kind, key=key, resolution=resolution, at=at)
    warning.save(update_fields=["is_actionable", "resolved_at", "resolved_by"])


def _tell(warning: FraudWarning, deposit: Deposit, *, at: datetime) -> None:
    facts = {"number": deposit.pk, "customer": deposit.customer.email, "kind": warning.kind}
    cases.raise_case(
        kind=Case.Kind.FRAUD_WARNING,
        key=warning.reference,
        detail=_("Top-up %(number)s of %(customer)s, the bank says: %(kind)s.") % facts,
        at=at,
    )
    mail.enqueue(
        key=warning.reference,
        recipient=deposit.customer.email,
        template="fraud_warning",
        context={"number": deposit.pk},
        at=at,
    )
