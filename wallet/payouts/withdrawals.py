"""How a request for money back ends: approved, declined, taken back, or cancelled by a question.

Nothing leaves here; what is approved, `wallet.payouts.sending` sends. What is not sent goes back to
the very lots that it came from.

Order of locks: the top-up, decisions that wait about the request, the request, its payouts, then
the customer's cash row. Sources: docs/withdrawals.md; rows WDR-11, WDR-14, WDR-16, WDR-18.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts import cases
from accounts.acts import log_act
from accounts.models import Case, User
from legal.models import Publication
from legal.terms import policy_of
from wallet import ledger
from wallet.models import Decision, Payout, Withdrawal
from wallet.models.withdrawals import PayoutQuerySet
from wallet.money import display
from wallet.payouts import mails as payout_mails

State = Withdrawal.State
COUNTED_FOR = timedelta(days=30)
LONGEST_NOTE = 500
LONGEST_TROUBLE = 200


class WithdrawalRefused(Exception):
    """A request that cannot be made or decided. `message` says why; nothing was moved.

    `deposit_id` names the top-up whose amount is at fault, if it is one.
    """

    def __init__(self, message: str, *, deposit_id: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.deposit_id = deposit_id


def check_account(*, customer_id: int) -> None:
    """Raises WithdrawalRefused where nothing may leave the account now."""
    customer = User.objects.get(pk=customer_id)
    if not customer.is_active:
        raise WithdrawalRefused(
            _("The account is not active: nothing is paid back from it (WDR-16).")
        )
    if customer.frozen_at is not None:
        raise WithdrawalRefused(
            _("The account is frozen: nothing is paid back until that is lifted (ACC-11).")
        )


def check_decidable(withdrawal: Withdrawal) -> None:
    """Raises WithdrawalRefused for a request that staff cannot approve now."""
    if withdrawal.state != State.REQUESTED:
        raise WithdrawalRefused(_("This request is no longer under review."))
    check_account(customer_id=withdrawal.customer_id)


def approve(*, withdrawal_id: int, at: datetime) -> Withdrawal:
    """The yes of staff, from `wallet.decisions.deciding`: its payouts are due now.

    Raises WithdrawalRefused.
    """
    with transaction.atomic():
        withdrawal = _locked(withdrawal_id)
        check_decidable(withdrawal)
        _decide(withdrawal, State.APPROVED, answer="", at=at)
        held = withdrawal.payouts.filter(state=Payout.State.HELD)
        held.update(state=Payout.State.APPROVED, next_attempt_at=at)
    return withdrawal


def decline(*, withdrawal_id: int, reason: str, by: User, at: datetime, ip: str | None) -> None:
    """The no of staff, also to what was approved and not sent yet: all goes back to the balance.

    `reason` is for the customer. Raises WithdrawalRefused.
    """
    with transaction.atomic():
        withdrawal = _locked_with_decision(withdrawal_id)
        if not _release_all(withdrawal, State.REJECTED, answer=reason, at=at):
            raise WithdrawalRefused(_("Nothing of this request can be held back any more."))
        payout_mails.tell_released(withdrawal, answer=reason, at=at)
        log_act(
            actor=by,
            act="decline withdrawal",
            target=f"withdrawal:{withdrawal.pk}",
            reason=reason,
            changes={"amount_micros": withdrawal.amount_micros},
            ip=ip,
        )


def take_back(*, withdrawal_id: int, at: datetime) -> None:
    """The customer has changed his mind. Raises WithdrawalRefused once it is decided."""
    with transaction.atomic():
        withdrawal = _locked_with_decision(withdrawal_id)
        if withdrawal.state == State.CANCELED:
            return
        if withdrawal.state != State.REQUESTED:
            raise WithdrawalRefused(_("This request has been decided already."))
        _release_all(withdrawal, State.CANCELED, answer=_("You took it back."), at=at)


def cancel_for_deposit(*, deposit_id: int, reason: str, at: datetime) -> int:
    """Ends the requests that a top-up is part of, because its payment is in question; otherwise as
    `cancel_for_deposits`."""
    return cancel_for_deposits(deposit_ids=[deposit_id], reason=reason, at=at)


def cancel_for_deposits(*, deposit_ids: Collection[int], reason: str, at: datetime) -> int:
    """Ends the requests that one customer's top-ups are part of: what was not sent goes back to the
    balance. Returns how many requests; `reason` is for the customer.

    The caller holds the top-ups' rows, and does not hold the customer's cash row yet: all requests
    are locked before the first of them needs it.
    """
    concerned = Payout.objects.unsent().filter(deposit_id__in=deposit_ids)
    numbers = sorted(set(concerned.values_list("withdrawal_id", flat=True)))
    with transaction.atomic():
        requests = [_locked_with_decision(number) for number in numbers]
        ended = [
            withdrawal
            for withdrawal in requests
            if _release_all(withdrawal, State.CANCELED, answer=reason, at=at)
        ]
        for withdrawal in ended:
            payout_mails.tell_released(withdrawal, answer=reason, at=at)
    return len(ended)


def drop(*, payout_id: int, reason: str, at: datetime) -> None:
    """Ends one payout that cannot be sent, before anybody has asked the gateway for it."""
    withdrawal_id = Payout.objects.values_list("withdrawal_id", flat=True).get(pk=payout_id)
    with transaction.atomic():
        withdrawal = _locked_with_decision(withdrawal_id)
        only = withdrawal.payouts.unsent().filter(pk=payout_id)
        if _release(withdrawal, only, State.CANCELED, answer=reason, at=at):
            payout_mails.tell_released(withdrawal, answer=reason, at=at)


def raise_overdue(*, at: datetime) -> int:
    """Opens a case for each request whose review is late (WDR-11); returns how many are."""
    late = list(Withdrawal.objects.to_review().filter(due_at__lt=at))
    for withdrawal in late:
        cases.raise_case(
            kind=Case.Kind.WITHDRAWAL_LATE,
            key=str(withdrawal),
            detail=_("%(amount)s were to be reviewed by %(due)s.")
            % {
                "amount": display(withdrawal.amount_micros),
                "due": f"{withdrawal.due_at:%F %R} UTC",
            },
            at=at,
            due_at=withdrawal.due_at,
        )
    return len(late)


def needs_second(*, amount_micros: int, customer_id: int, by: User, at: datetime) -> bool:
    """WDR-14: from this amount on a second person approves. What `by` approved alone for this
    customer within 30 days is counted together, so that the limit is not passed in small steps.

    To decide by the answer, hold the lock of `by`'s row: two windows would not see each other.
    """
    policy = policy_of(Publication.objects.current().pk)
    alone = Decision.objects.filter(
        kind=Decision.Kind.APPROVE_WITHDRAWAL,
        customer_id=customer_id,
        proposed_by=by,
        needs_second=False,
        proposed_at__gt=at - COUNTED_FOR,
    )
    before_micros = alone.aggregate(sum=Sum("amount_micros"))["sum"] or 0
    is_above: bool = before_micros + amount_micros >= policy.withdraw_second_approver_from
    return is_above


def _locked(withdrawal_id: int) -> Withdrawal:
    return Withdrawal.objects.select_for_update().get(pk=withdrawal_id)


def _locked_with_decision(withdrawal_id: int) -> Withdrawal:
    """With the decision that waits about it, which is locked first: who agrees holds it, too."""
    about = Decision.objects.filter(
        kind=Decision.Kind.APPROVE_WITHDRAWAL, subject=f"withdrawal:{withdrawal_id}"
    )
    list(about.select_for_update())
    return _locked(withdrawal_id)


def _release_all(withdrawal: Withdrawal, state: State, *, answer: str, at: datetime) -> bool:
    return _release(withdrawal, withdrawal.payouts.unsent(), state, answer=answer, at=at)


def _release(
    withdrawal: Withdrawal, which: PayoutQuerySet, state: State, *, answer: str, at: datetime
) -> bool:
    """Gives payouts that nobody has sent back to the lots they came from (WDR-18); False when there
    is none. The request ends, but stays approved if a part of it is on its way."""
    unsent = list(which.select_for_update(of=("self",)).select_related("deposit").order_by("pk"))
    for payout in unsent:
        ledger.release(
            customer_id=withdrawal.customer_id,
            reference=payout.reference,
            deposit=payout.deposit.reference,
            at=at,
        )
        payout.state, payout.settled_at = Payout.State.RELEASED, at
        payout.trouble = answer[:LONGEST_TROUBLE]
        payout.save(update_fields=["state", "trouble", "settled_at"])
    if unsent and not withdrawal.payouts.live().exists():
        _decide(withdrawal, state, answer=answer, at=at)
    return bool(unsent)


def _decide(withdrawal: Withdrawal, state: State, *, answer: str, at: datetime) -> None:
    withdrawal.state, withdrawal.decided_at = state, at
    withdrawal.answer = answer[:LONGEST_NOTE]
    withdrawal.save(update_fields=["state", "decided_at", "answer"])
    if state != State.APPROVED:
        waiting = Decision.objects.waiting().filter(
            kind=Decision.Kind.APPROVE_WITHDRAWAL, subject=str(withdrawal)
        )
        waiting.update(outcome=Decision.Outcome.DECLINED, decided_at=at)
    cases.resolve_case(
        kind=Case.Kind.WITHDRAWAL_LATE,
        key=str(withdrawal),
        resolution=str(State(state).label),
        at=at,
    )
