"""What a customer can have paid back now: of each top-up how much, less what, and why not more.

The sum of a top-up comes from its lots (docs/lots.md). On top of that an open dispute or a fraud
warning stops a top-up, and some reasons stop the whole request. Sources: docs/withdrawals.md; rows
WDR-01 to WDR-04, WDR-07, WDR-16, WDR-17, WAL-04, WAL-05.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import freezing, switches
from accounts.models import KillSwitch, User
from legal.models import Publication
from legal.terms import account_policy, policy_of
from wallet.balances import balances_of
from wallet.gateways import registry
from wallet.lots.holdings import Holdings
from wallet.lots.payback import Payback, Reason, explain
from wallet.lots.reading import payback_terms, read_holdings
from wallet.models import Deposit, Dispute, FraudWarning
from wallet.money import display
from wallet.payouts.deductions import Deductions, deductions_of, whole_cents


class Stop(StrEnum):
    """What the books do not show and what stops a top-up's way back all the same."""

    DISPUTED = "disputed"
    WARNED = "warned"
    ALL_FEE = "all_fee"


_WORDS: Mapping[Reason | Stop, str | Promise] = {
    Reason.IN_WINDOW: gettext_lazy("All that is left of it can go back."),
    Reason.ORDER_MONEY: gettext_lazy(
        "Its time is over. What orders gave back has no such limit and can go back."
    ),
    Reason.NOT_OFFERED: gettext_lazy("It was made under terms that pay nothing back."),
    Reason.IN_DEBT: gettext_lazy("You owe us money: nothing is paid back before that is settled."),
    Reason.WINDOW_CLOSED: gettext_lazy("Its time is over. You can spend what is left on orders."),
    Reason.ON_HOLD: gettext_lazy("What is left of it is on hold, for a request or a question."),
    Reason.DISPUTED: gettext_lazy("Your bank has taken this payment back."),
    Reason.PAID_OUT: gettext_lazy("It has gone back already."),
    Reason.NOTHING_LEFT: gettext_lazy("Nothing of it is left: it went into orders."),
    Stop.DISPUTED: gettext_lazy("Your bank is asking about this payment: it stays until then."),
    Stop.WARNED: gettext_lazy("We are checking this payment: nothing of it moves until then."),
    Stop.ALL_FEE: gettext_lazy("What is left is no more than what would be deducted."),
}


@dataclass(frozen=True, slots=True)
class Payable:
    """One top-up. `payable_micros` is whole cents; `deductions` are those of all of it, and
    `bonus_micros` the unspent bonus that a request would put on hold (WDR-09)."""

    deposit: Deposit
    payback: Payback
    payable_micros: int
    deductions: Deductions
    bonus_micros: int
    stop: Stop | None

    @property
    def words(self) -> str:
        """Why this much."""
        return words_of(self.stop or self.payback.reason)

    @property
    def method(self) -> str:
        return method_of(self.deposit)

    @property
    def arrives_micros(self) -> int:
        """What would reach the customer of all that is payable."""
        return max(0, self.payable_micros - self.deductions.sum_micros)


def words_of(why: Reason | Stop) -> str:
    return str(_WORDS[why])


def method_of(deposit: Deposit) -> str:
    """Where a top-up came from and goes back to, as its owner knows it: "Visa •••• 4242"."""
    return deposit.method_label or str(registry.label_of(deposit.gateway))


def is_offered(*, customer_id: int, at: datetime) -> bool:
    """Whether anything is ever paid back to this customer: the terms that he accepted say so, or
    those of one of his top-ups (WAL-04, WAL-05). Never before anything is published."""
    with suppress(Publication.DoesNotExist):
        if account_policy(user_id=customer_id, at=at).withdraw_enabled:
            return True
    publications = _paid(customer_id).values_list("publication_id", flat=True).distinct()
    return any(policy_of(publication).withdraw_enabled for publication in publications)


def read_payable(*, customer_id: int, at: datetime) -> list[Payable]:
    """Every credited top-up, the newest first: the order in which "everything" is paid (WDR-19).

    Who moves money by the answer has called `ledger.lock` before, in the same transaction.
    """
    holdings = read_holdings(customer_id=customer_id)
    paybacks = explain(holdings, terms_of=payback_terms(customer_id=customer_id), at=at)
    deposits = {deposit.reference: deposit for deposit in _paid(customer_id)}
    stopped = _stopped(customer_id)
    return [_payable(deposits[payback.deposit], payback, holdings, stopped) for payback in paybacks]


def everything(payables: list[Payable]) -> dict[int, int]:
    """All that can go back, in micros by top-up, in the order in which it is paid (WDR-19)."""
    return {one.deposit.pk: one.payable_micros for one in payables if one.payable_micros}


def refusal(*, customer: User, at: datetime) -> str:
    """Why this customer can ask for nothing at all now, in words; "" if he can."""
    if reason := switches.reason_off(KillSwitch.Part.WITHDRAWALS):
        return _("Paying money back is switched off at the moment: %(reason)s") % {"reason": reason}
    if freezing.is_frozen(user_id=customer.pk):
        return _("Your account is frozen: nothing is paid back until our staff lift that.")
    least = account_policy(user_id=customer.pk, at=at).withdraw_min_cash_balance
    cash = balances_of(customer_id=customer.pk).cash_micros
    if cash < least:
        return _(
            "Money is paid back from a balance of %(least)s without bonuses; yours is %(cash)s."
        ) % {"least": display(least), "cash": display(cash)}
    return ""


def _paid(customer_id: int) -> QuerySet[Deposit]:
    return Deposit.objects.visible_to(customer_id).filter(state=Deposit.State.PAID)


def stop_of(deposit: Deposit) -> Stop | None:
    """Whether a dispute or a warning stops this top-up now."""
    return _stopped(deposit.customer_id).get(deposit.pk)


def _stopped(customer_id: int) -> dict[int, Stop]:
    warnings = FraudWarning.objects.filter(
        deposit__customer_id=customer_id, is_actionable=True, resolved_at=None
    )
    disputes = Dispute.objects.open().filter(deposit__customer_id=customer_id)
    found = dict.fromkeys(warnings.values_list("deposit_id", flat=True), Stop.WARNED)
    return found | dict.fromkeys(disputes.values_list("deposit_id", flat=True), Stop.DISPUTED)


def _payable(
    deposit: Deposit, payback: Payback, holdings: Holdings, stopped: Mapping[int, Stop]
) -> Payable:
    amount = whole_cents(payback.payable_micros)
    deductions = Deductions(fee_micros=0, clawback_micros=0)
    if amount:  # most top-ups of a long life have nothing left: no questions about them
        deductions = deductions_of(deposit=deposit, amount_micros=amount, holdings=holdings)
    stop = stopped.get(deposit.pk)
    if stop is None and amount and amount <= deductions.sum_micros:
        stop = Stop.ALL_FEE
    cancels = policy_of(deposit.publication_id).withdraw_cancel_bonus
    return Payable(
        deposit=deposit,
        payback=payback,
        payable_micros=0 if stop else amount,
        deductions=deductions,
        bonus_micros=payback.bonus_micros if cancels else 0,
        stop=stop,
    )
