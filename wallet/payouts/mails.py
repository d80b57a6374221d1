"""What a customer is told by mail about money on its way back: once each (WDR-13, WDR-15)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts import mail
from legal.terms import account_policy
from wallet.models import Payout, Withdrawal
from wallet.money import display
from wallet.payouts.payable import method_of


def tell_requested(withdrawal: Withdrawal, *, at: datetime) -> None:
    payouts = withdrawal.payouts.select_related("deposit").order_by("pk")
    _tell(
        withdrawal,
        key=f"{withdrawal}:requested",
        template="withdrawal_requested",
        context={
            "parts": [
                {
                    "amount": display(payout.amount_micros),
                    "number": payout.deposit_id,
                    "method": method_of(payout.deposit),
                }
                for payout in payouts
            ],
            "due_at": withdrawal.due_at,
        },
        at=at,
    )


def tell_released(withdrawal: Withdrawal, *, answer: str, at: datetime) -> None:
    """It was declined or cancelled, and the money is in the balance again."""
    _tell(
        withdrawal,
        key=f"{withdrawal}:released",
        template="withdrawal_released",
        context={"answer": answer},
        at=at,
    )


def tell_sent(payout: Payout, *, at: datetime) -> None:
    """The gateway has accepted it: amount and masked method (WDR-15)."""
    customer_id = payout.withdrawal.customer_id
    _tell(
        payout.withdrawal,
        key=f"{payout}:sent",
        template="payout_sent",
        context=_facts(payout)
        | {
            "refund_id": payout.refund_id,
            "trace_id": payout.trace_id,
            "takes": account_policy(user_id=customer_id, at=at).withdraw_payout_text,
        },
        at=at,
    )


def tell_failed(payout: Payout, *, at: datetime) -> None:
    """It could not be delivered: the money is in the balance again, without any time limit."""
    _tell(
        payout.withdrawal,
        key=f"{payout}:failed",
        template="payout_failed",
        context=_facts(payout),
        at=at,
    )


def _facts(payout: Payout) -> dict[str, object]:
    return {
        "net": display(payout.net_micros),
        "whole": display(payout.amount_micros),
        "fee": display(payout.fee_micros) if payout.fee_micros else "",
        "clawback": display(payout.clawback_micros) if payout.clawback_micros else "",
        "number": payout.deposit_id,
        "method": method_of(payout.deposit),
    }


def _tell(
    withdrawal: Withdrawal,
    *,
    key: str,
    template: str,
    context: Mapping[str, object],
    at: datetime,
) -> None:
    site = settings.SITE_URL.rstrip("/")
    values = {
        "amount": display(withdrawal.amount_micros),
        "url": site + reverse("wallet:payback"),
        **context,
    }
    mail.enqueue(
        key=key, recipient=withdrawal.customer.email, template=template, context=values, at=at
    )
