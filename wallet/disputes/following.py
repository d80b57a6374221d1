"""Disputed payments, brought up to what they are at the gateway *now*.

News come in any order and more than once, and each is applied as a state, never as an event: what
is older than what is known already changes nothing. Locks: the top-up's row, the dispute's, then
whatever the acts below take, the customer's cash row last. Money is `wallet.disputes.reversing`'s.
Sources: docs/disputes.md; rows CHB-01 to CHB-08."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import cases, standing
from accounts.models import Case, User
from legal.terms import policy_of
from wallet.disputes import card_bans, reversing, warnings
from wallet.disputes import mails as dispute_mails
from wallet.gateways.base import DisputeReport
from wallet.models import Account, Deposit, Dispute
from wallet.money import display
from wallet.payouts import withdrawals
from wallet.topups import freezing
from wallet.topups.setting_aside import note_reversal

State = Dispute.State
Standing = User.Standing

# Of two reports with as many bookings behind them the further one is the newer.
_PROGRESS = {State.INQUIRY: 0, State.FORMAL: 1, State.CLOSED: 2, State.WON: 2, State.LOST: 2}
# For so long after the end, what orders give back still goes to what was reversed.
FOLLOWED_FOR = timedelta(days=120)


def apply(report: DisputeReport, *, gateway: str, at: datetime) -> Dispute | None:
    """Follows a dispute to its present state: money, standing, case and mails.

    Returns None, with a case for staff, when the payment was credited to nobody: then there is no
    money here that could be taken.
    """
    with transaction.atomic():
        deposit = freezing.lock_deposit(
            gateway=gateway, charge_id=report.charge_id, payment_id=report.payment_id
        )
        if deposit is None:
            note_reversal(gateway=gateway, payment_id=report.payment_id, at=at)
            _raise_strange(report, gateway=gateway, at=at)
            return None
        dispute, is_new = _stored(report, deposit, at=at)
        if not _is_old(report, dispute):
            _follow(dispute, report, is_new=is_new, at=at)
    return dispute


def collect(*, dispute_id: int, at: datetime) -> None:
    """What came back to the wallet since goes where the dispute's state says: onto hold, or to what
    is still missing of a reversed payment. Without such money nothing moves."""
    with transaction.atomic():
        seen = Dispute.objects.get(pk=dispute_id)
        deposit = Deposit.objects.select_for_update().get(pk=seen.deposit_id)
        dispute = Dispute.objects.select_for_update().get(pk=dispute_id)
        dispute.deposit = deposit
        reversing.follow(dispute=dispute, at=at)
        dispute.save(update_fields=["passed_fee_micros"])


def to_collect(*, at: datetime) -> list[int]:
    """Numbers of the disputes whose customers have money that may belong to them."""
    of_late = Q(state=State.LOST, closed_at__gt=at - FOLLOWED_FOR)
    has_money = Q(
        deposit__customer__ledger_accounts__kind__in=(Account.Kind.CASH, Account.Kind.BONUS),
        deposit__customer__ledger_accounts__balance_micros__gt=0,
    )
    found = Dispute.objects.filter(Q(state__in=Dispute.OPEN) | of_late, has_money)
    return list(found.order_by("pk").distinct().values_list("pk", flat=True))


def _stored(report: DisputeReport, deposit: Deposit, *, at: datetime) -> tuple[Dispute, bool]:
    dispute, is_new = Dispute.objects.select_for_update().get_or_create(
        gateway=deposit.gateway,
        dispute_id=report.dispute_id,
        defaults={
            "deposit": deposit,
            "state": State.INQUIRY,
            "gateway_status": report.status[:40],
            "amount_micros": report.amount_micros,
            "opened_at": at,
        },
    )
    dispute.deposit = deposit
    return dispute, is_new


def _is_old(report: DisputeReport, dispute: Dispute) -> bool:
    """Whether more is known already: bookings are never taken back, and no end becomes open."""
    known = (dispute.entries, _PROGRESS[State(dispute.state)])
    return (report.entries, _PROGRESS[report.state]) < known


def _follow(dispute: Dispute, report: DisputeReport, *, is_new: bool, at: datetime) -> None:
    has_moved_on = is_new or dispute.state != report.state
    becomes_formal = report.state in Dispute.REVERSED and dispute.formal_at is None
    _note(dispute, report, at=at)
    if becomes_formal:
        dispute.formal_at = at
        _stop_customer(dispute, at=at)
    reversing.book_fee(dispute=dispute, fee_micros=report.fee_micros, at=at)
    reversing.follow(dispute=dispute, at=at)
    dispute.save()
    if has_moved_on:
        _keep_case(dispute, at=at)
        if dispute.state == State.LOST:
            _ban(dispute, at=at)
        dispute_mails.tell(dispute, at=at)


def _note(dispute: Dispute, report: DisputeReport, *, at: datetime) -> None:
    dispute.state = report.state
    dispute.gateway_status = report.status[:40]
    dispute.reason = report.reason[:60]
    dispute.amount_micros = report.amount_micros
    dispute.taken_micros = report.taken_micros
    dispute.entries = report.entries
    dispute.evidence_due_at = report.evidence_due_at
    is_over = report.state not in Dispute.OPEN
    dispute.closed_at = (dispute.closed_at or at) if is_over else None


def _stop_customer(dispute: Dispute, *, at: datetime) -> None:
    """CHB-01: web and API at once; and money of this top-up that waits, waits for this alone."""
    deposit = dispute.deposit
    reason = _("The payment of top-up %(number)s was reversed by your bank.") % {
        "number": deposit.pk
    }
    is_asked_for = policy_of(deposit.publication_id).chargeback_suspend
    if is_asked_for and deposit.customer.standing == Standing.ACTIVE:
        _set_standing(dispute, Standing.SUSPENDED, reason=reason, at=at)
    withdrawals.cancel_for_deposit(deposit_id=deposit.pk, reason=reason, at=at)
    warnings.end_all(deposit=deposit, at=at)


def _ban(dispute: Dispute, *, at: datetime) -> None:
    """CHB-04, ACC-07: where the terms of the top-up say so, losing is final."""
    deposit = dispute.deposit
    if policy_of(deposit.publication_id).chargeback_blacklist != "on_lost":
        return
    reason = _("The reversal of top-up %(number)s was upheld.") % {"number": deposit.pk}
    _set_standing(dispute, Standing.BLACKLISTED, reason=reason, at=at)
    card_bans.ban_cards_of(customer=deposit.customer, reason=reason, at=at)


def _set_standing(dispute: Dispute, to: User.Standing, *, reason: str, at: datetime) -> None:
    standing.change_standing(
        user=dispute.deposit.customer, standing=to, reason=reason, actor=None, at=at
    )


def _keep_case(dispute: Dispute, *, at: datetime) -> None:
    """One open case while something is to be decided: the evidence, then the standing."""
    key, customer = dispute.reference, dispute.deposit.customer
    if dispute.state not in Dispute.OPEN:
        resolution = str(State(dispute.state).label)
        cases.resolve_case(kind=Case.Kind.DISPUTE, key=key, resolution=resolution, at=at)
    facts = {
        "amount": display(dispute.amount_micros),
        "number": dispute.deposit_id,
        "customer": customer.email,
    }
    if dispute.state in Dispute.OPEN:
        detail = _("%(amount)s of top-up %(number)s of %(customer)s are questioned.") % facts
        due_at = dispute.evidence_due_at
        cases.raise_case(kind=Case.Kind.DISPUTE, key=key, detail=detail, at=at, due_at=due_at)
    elif question := _left_to_staff(dispute):
        cases.raise_case(kind=Case.Kind.DISPUTE, key=key, detail=question % facts, at=at)


def _left_to_staff(dispute: Dispute) -> str:
    """What they are asked about the account when the dispute is over (CHB-04, CHB-08)."""
    customer = dispute.deposit.customer
    if dispute.state == State.WON and not customer.is_active:
        return _("Won: decide whether %(customer)s may come back.")
    is_final = policy_of(dispute.deposit.publication_id).chargeback_blacklist == "on_lost"
    if dispute.state == State.LOST and not is_final and customer.standing != Standing.BLACKLISTED:
        return _("Lost: decide whether the account of %(customer)s is closed for good.")
    return ""


def strange_key(*, gateway: str, dispute_id: str) -> str:
    """The key of the case of a dispute about a payment that was credited to nobody."""
    return f"{gateway}:{dispute_id}"


def _raise_strange(report: DisputeReport, *, gateway: str, at: datetime) -> None:
    cases.raise_case(
        kind=Case.Kind.DISPUTE,
        key=strange_key(gateway=gateway, dispute_id=report.dispute_id),
        detail=_("A payment that was credited to nobody is disputed: %(charge)s.")
        % {"charge": report.charge_id or report.payment_id},
        at=at,
        due_at=report.evidence_due_at,
    )
