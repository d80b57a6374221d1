"""What the tests of withdrawals begin with: terms, credited top-ups, spending, requests."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from legal.models import Document, DocumentVersion, Publication
from legal.policy import Policy
from legal.presets import DEPOSIT_WINDOW, STARTER
from legal.publishing import publish
from tests.factories import MICROS
from wallet import ledger
from wallet.balances import balances_of
from wallet.models import BonusGrant, Deposit, Payout, Withdrawal
from wallet.payouts import payable, requesting, withdrawals
from wallet.payouts.payable import Payable

IN_FORCE = datetime(2025, 1, 1, tzinfo=UTC)
# A Thursday.
AT = datetime(2025, 11, 27, 12, tzinfo=UTC)
FEE = 1_750_000
WITHDRAW_KEYS = tuple(name for name in Policy.__annotations__ if name.startswith("withdraw_"))
_numbers = itertools.count(1)


def policy(**values: Any) -> Policy:
    """What a new panel begins with, with the money back of `deposit_window`."""
    of_preset = {name: getattr(DEPOSIT_WINDOW, name) for name in WITHDRAW_KEYS}
    return replace(STARTER, **of_preset | values)


def terms_with(**values: Any) -> Publication:
    """New terms from `AT` on: what is credited later is governed by them."""
    document = Document.objects.get(slug="terms")
    draft = DocumentVersion.objects.create(
        document=document, language="en", title="Terms", body=f"## 1. New\n\n{next(_numbers)}."
    )
    return publish(policy=policy(**values), versions=[draft], published_by=None, at=AT)


def credited(
    customer: User,
    amount_micros: int = 50 * MICROS,
    *,
    at: datetime = AT,
    fee_micros: int | None = FEE,
    bonus_micros: int = 0,
    gateway: str = "stripe",
) -> Deposit:
    """A top-up as its gateway's notice leaves it, under the terms in force."""
    number = next(_numbers)
    deposit = Deposit.objects.create(
        customer=customer,
        publication=Publication.objects.order_by("-number")[0],
        gateway=gateway,
        asked_micros=amount_micros,
        amount_micros=amount_micros,
        state=Deposit.State.PAID,
        payment_id=f"pi_{number}",
        charge_id=f"ch_{number}",
        fee_micros=fee_micros,
        method_label="Visa •••• 4242",
        created_at=at,
        credited_at=at,
    )
    ledger.deposit(
        customer_id=customer.pk,
        gateway=gateway,
        amount_micros=amount_micros,
        reference=deposit.reference,
        at=at,
    )
    if fee_micros:
        ledger.book_gateway_fee(
            gateway=gateway, amount_micros=fee_micros, reference=deposit.reference, at=at
        )
    if bonus_micros:
        give_bonus(deposit, bonus_micros, at=at)
    return deposit


def give_bonus(deposit: Deposit, amount_micros: int, *, at: datetime = AT) -> None:
    """What a promotion adds to a top-up."""
    grant = BonusGrant.objects.create(
        customer_id=deposit.customer_id,
        kind=BonusGrant.Kind.PROMOTION,
        amount_micros=amount_micros,
        deposit=deposit,
        created_at=at,
    )
    ledger.grant_bonus(
        customer_id=deposit.customer_id,
        amount_micros=amount_micros,
        reference=grant.reference,
        deposit=deposit.reference,
        at=at,
    )


def spend(
    customer: User, amount_micros: int, *, at: datetime = AT, spend_order: str = "cash_first"
) -> str:
    """An order's charge; returns its reference."""
    reference = f"order:{next(_numbers)}"
    ledger.hold_for_order(
        customer_id=customer.pk,
        charge_micros=amount_micros,
        reference=reference,
        at=at,
        spend_order=spend_order,
    )
    return reference


def give_back(customer: User, reference: str, amount_micros: int, *, at: datetime = AT) -> None:
    """What an order did not deliver."""
    ledger.refund(customer_id=customer.pk, reference=reference, due_micros=amount_micros, at=at)


def payables(customer: User, *, at: datetime = AT) -> dict[int, Payable]:
    found = payable.read_payable(customer_id=customer.pk, at=at)
    return {one.deposit.pk: one for one in found}


def ask(
    customer: User,
    amounts: Mapping[Deposit, int],
    *,
    key: str = "",
    at: datetime = AT,
) -> Withdrawal:
    """A request for micros of top-ups."""
    return requesting.request(
        customer=customer,
        amounts={deposit.pk: micros for deposit, micros in amounts.items()},
        note="",
        idempotency_key=key or f"press-{next(_numbers)}",
        at=at,
    )


def approved(customer: User, deposit: Deposit, micros: int, *, at: datetime = AT) -> Payout:
    """A request for one top-up with the yes of staff."""
    withdrawal = ask(customer, {deposit: micros}, at=at)
    withdrawals.approve(withdrawal_id=withdrawal.pk, at=at)
    return Payout.objects.get(withdrawal=withdrawal)


def days(number: float) -> timedelta:
    return timedelta(days=number)


def cash(customer: User) -> int:
    return balances_of(customer_id=customer.pk).cash_micros
