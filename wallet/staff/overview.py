"""What waits about money, for the desk where staff begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Model, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Case, User
from accounts.queues import Queue
from wallet.gateways.manual.gateway import CODE as BANK
from wallet.models import Decision, Deposit, Dispute, FraudWarning, UnmatchedPayment, Withdrawal

MONEY_CASES = (
    Case.Kind.PAYMENT_UNMATCHED,
    Case.Kind.PAYMENT_MISSED,
    Case.Kind.EVENT_FAILED,
    Case.Kind.REFUND_AT_GATEWAY,
    Case.Kind.WITHDRAWAL_LATE,
    Case.Kind.PAYOUT_FAILED,
    Case.Kind.DISPUTE,
    Case.Kind.FRAUD_WARNING,
    Case.Kind.PROMOTION_ABUSE,
    Case.Kind.BOOKS,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A queue as data: its rows at a moment, since when each waits, where they are dealt with."""

    permission: str
    title: str | Promise
    rows: Callable[[datetime], QuerySet[Any]]
    since: str
    view: str
    action: str | Promise
    query: str = ""


def queues_of(person: User, *, at: datetime) -> list[Queue]:
    """The queues that this person may work on."""
    return [_read(kind, at) for kind in _KINDS if person.has_perm(kind.permission)]


def _read(kind: _Kind, at: datetime) -> Queue:
    rows: QuerySet[Model] = kind.rows(at).order_by()
    found = rows.aggregate(count=Count("pk"), oldest=Min(kind.since))
    return Queue(
        title=kind.title,
        count=found["count"],
        oldest_at=found["oldest"],
        url=reverse(kind.view) + kind.query,
        action=kind.action,
    )


def _open_cases(*kinds: Case.Kind) -> Callable[[datetime], QuerySet[Case]]:
    return lambda _at: Case.objects.open().filter(kind__in=kinds)


_REPORTS = "wallet.view_reports"
_KINDS: Sequence[_Kind] = (
    _Kind(
        "wallet.confirm_deposit",
        _("Bank payments to confirm"),
        lambda _at: Deposit.objects.filter(gateway=BANK, state=Deposit.State.PROCESSING),
        "created_at",
        "wallet_staff:bank_payments",
        _("See what came"),
    ),
    _Kind(
        "wallet.approve_withdrawal",
        _("Requests for money back"),
        lambda _at: Withdrawal.objects.to_review(),
        "created_at",
        "wallet_staff:withdrawals",
        _("Review them"),
    ),
    _Kind(
        "wallet.approve_withdrawal",
        _("Of these overdue"),
        lambda at: Withdrawal.objects.to_review().filter(due_at__lt=at),
        "created_at",
        "wallet_staff:withdrawals",
        _("Review them"),
    ),
    _Kind(
        "wallet.decide_money",
        _("Decisions waiting for a second person"),
        lambda _at: Decision.objects.waiting(),
        "proposed_at",
        "wallet_staff:decisions",
        _("Decide"),
    ),
    _Kind(
        _REPORTS,
        _("Unmatched payments"),
        lambda _at: UnmatchedPayment.objects.open(),
        "seen_at",
        "wallet_staff:unmatched",
        _("Find out whose they are"),
    ),
    _Kind(
        _REPORTS,
        _("Open disputes"),
        lambda _at: Dispute.objects.open(),
        "opened_at",
        "wallet_staff:disputes",
        _("See the due dates"),
    ),
    _Kind(
        _REPORTS,
        _("Fraud warnings"),
        lambda _at: FraudWarning.objects.open(),
        "created_at",
        "wallet_staff:disputes",
        _("See them"),
    ),
    _Kind(
        "accounts.view_case",
        _("Payouts that failed"),
        _open_cases(Case.Kind.PAYOUT_FAILED),
        "opened_at",
        "wallet_staff:withdrawals",
        _("See them"),
    ),
    _Kind(
        "accounts.view_case",
        _("Open cases about money"),
        _open_cases(*MONEY_CASES),
        "opened_at",
        "admin:accounts_case_changelist",
        _("Open the cases"),
        query="?kind__in=" + ",".join(MONEY_CASES),
    ),
)
