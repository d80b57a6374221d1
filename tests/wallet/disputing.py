"""Disputed payments as tests tell them, and the books as one value that can be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import User
from legal import publishing
from legal.models import Publication
from legal.presets import STARTER
from tests.factories import MICROS
from tests.wallet.payments import paid
from wallet import ledger
from wallet.disputes import following as disputes
from wallet.disputes import warnings
from wallet.gateways.base import DisputeReport, WarningReport
from wallet.lots.reading import read_holdings
from wallet.models import BonusGrant, Deposit, Dispute, FraudWarning

State = Dispute.State
FEE = 15 * MICROS

BALANCES = """
    SELECT a.kind, coalesce(a.owner_id, 0), sum(leg.amount)::bigint FROM (
        SELECT credit_account_id AS account_id, amount_micros AS amount FROM wallet_transfer
        UNION ALL SELECT debit_account_id, -amount_micros FROM wallet_transfer) leg
    JOIN wallet_account a ON a.id = leg.account_id GROUP BY 1, 2 HAVING sum(leg.amount) <> 0
"""


def publish(**values: Any) -> None:
    """From now on top-ups are made under these settings, beside the usual ones of a chargeback:
    recourse to the whole balance, no forfeiture, unsent orders canceled."""
    usual: dict[str, Any] = {
        "chargeback_recourse": "whole_balance",
        "chargeback_forfeit": False,
        "chargeback_cancel_orders": "unsent",
    }
    policy = replace(STARTER, **usual | values)
    if policy == Publication.objects.current().get_policy():
        return
    publishing.publish(policy=policy, versions=[], published_by=None, at=timezone.now())


def topped_up(customer: User, dollars: int, *, bonus: int = 0) -> Deposit:
    """A paid top-up with a charge of its own, and a bonus tied to it."""
    deposit = paid(customer, dollars * MICROS)
    deposit.charge_id = f"ch_{deposit.pk}"
    deposit.card_fingerprint = f"fp_{deposit.pk}"
    deposit.save()
    if bonus:
        _give_bonus(deposit, bonus * MICROS)
    return deposit


def _give_bonus(deposit: Deposit, amount_micros: int) -> None:
    grant = BonusGrant.objects.create(
        customer=deposit.customer,
        kind=BonusGrant.Kind.PROMOTION,
        amount_micros=amount_micros,
        deposit=deposit,
    )
    ledger.grant_bonus(
        customer_id=deposit.customer_id,
        amount_micros=amount_micros,
        reference=grant.reference,
        deposit=deposit.reference,
        at=timezone.now(),
    )


def spend(customer: User, dollars: float, *, order: int = 1) -> None:
    ledger.hold_for_order(
        customer_id=customer.pk,
        charge_micros=round(dollars * MICROS),
        reference=f"order:{order}",
        at=timezone.now(),
    )


def report(deposit: Deposit, state: Dispute.State, **members: Any) -> DisputeReport:
    """A dispute of the whole top-up; `taken`, `fee` and `amount` are dollars."""
    dollars = {name: members.pop(name) * MICROS for name in ("taken", "fee") if name in members}
    return DisputeReport(
        dispute_id=members.pop("dispute_id", f"du_{deposit.pk}"),
        charge_id=deposit.charge_id,
        payment_id=deposit.payment_id or "",
        state=state,
        status=str(state),
        reason="fraudulent",
        amount_micros=members.pop("amount", deposit.amount_micros // MICROS) * MICROS,
        taken_micros=dollars.get("taken", 0),
        fee_micros=dollars.get("fee", 0),
        **members,
    )


def disputed(deposit: Deposit, state: Dispute.State = State.FORMAL, **members: Any) -> Dispute:
    """The gateway says so now. A formal dispute has taken the whole top-up unless told else."""
    if state in Dispute.REVERSED:
        taken = deposit.amount_micros // MICROS
        members = {"taken": taken, "entries": 1} | members
    told = report(deposit, state, **members)
    dispute = disputes.apply(told, gateway=deposit.gateway, at=timezone.now())
    assert dispute is not None
    return dispute


def warned(deposit: Deposit, *, is_actionable: bool = True) -> FraudWarning:
    told = WarningReport(
        warning_id=f"issfr_{deposit.pk}",
        charge_id=deposit.charge_id,
        payment_id="",
        kind="made_with_stolen_card",
        is_actionable=is_actionable,
    )
    warning = warnings.apply(told, gateway=deposit.gateway, at=timezone.now())
    assert warning is not None
    return warning


def books() -> dict[tuple[str, int], float]:
    """Every account that is not at zero, in dollars: credits less debits."""
    with connection.cursor() as cursor:
        cursor.execute(BALANCES)
        return {(kind, owner): micros / MICROS for kind, owner, micros in cursor.fetchall()}


def own(customer: User) -> dict[str, float]:
    """The customer's accounts that are not at zero, in dollars."""
    return {kind: sum_ for (kind, owner), sum_ in books().items() if owner == customer.pk}


def lots(customer: User) -> list[tuple[str, str, float, float]]:
    """Root, bucket, what can be spent and what is frozen, of every lot that is not empty."""
    return sorted(
        (lot.root, str(lot.bucket), lot.remaining_micros / MICROS, lot.frozen_micros / MICROS)
        for lot in read_holdings(customer_id=customer.pk).lots
        if lot.remaining_micros or lot.frozen_micros
    )
