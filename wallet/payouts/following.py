"""What came of a payout: sent, arrived or failed, as the gateway says it is now.

Whoever learns it (the worker that asked, a notification, the sweep, staff who pay by hand) ends
here. The top-up's row is locked, then the payout's, then the customer's cash row; telling the same
again changes nothing. A refund that nobody here asked for is `wallet.payouts.foreign_refunds`'.
Sources: docs/withdrawals.md; rows WDR-06, WDR-13, WDR-18; stripe.md, sections 3 and 4.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import cases
from accounts.models import Case
from legal.terms import policy_of
from wallet import ledger
from wallet.gateways.base import Refund, RefundState
from wallet.models import Deposit, Payout
from wallet.money import display
from wallet.payouts import foreign_refunds
from wallet.payouts import mails as payout_mails

State = Payout.State
# Only what the gateway was asked for can come back from it.
_ASKED = (State.SENDING, State.SENT, State.SUCCEEDED, State.FAILED)
_PREFIX = "payout:"
_LONGEST_NUMBER = 15
# The clearing account of payments by bank, which is what people pay from by hand.
BANK = "manual"


def apply_refund(refund: Refund, *, gateway: str, at: datetime) -> None:
    """Brings the books up to a refund's present state at a gateway, whoever has made it.

    Raises GatewayUnavailable while the top-up itself is not credited yet: tell it again later.
    """
    with transaction.atomic():
        payout = _own_payout(refund, gateway=gateway)
        if payout is None:
            foreign_refunds.apply(refund, gateway=gateway, at=at)
        else:
            _follow(payout, refund, at=at)


def locked(payout_id: int) -> Payout:
    """The payout with its rows locked in the order that holds everywhere."""
    deposit_id = Payout.objects.values_list("deposit_id", flat=True).get(pk=payout_id)
    Deposit.objects.select_for_update().get(pk=deposit_id)
    rows = Payout.objects.select_for_update(of=("self",)).select_related("deposit", "withdrawal")
    return rows.get(pk=payout_id)


def mark_sent(payout: Payout, *, refund_id: str, trace_id: str = "", at: datetime) -> None:
    """The gateway, or a person at the bank, has sent it: the hold ends and the money is gone."""
    payout.state, payout.sent_at, payout.trouble = State.SENT, at, ""
    payout.refund_id = refund_id
    payout.trace_id = trace_id or payout.trace_id
    _book(payout, at=at)
    _save(payout)
    payout_mails.tell_sent(payout, at=at)


def mark_arrived(payout: Payout, *, at: datetime) -> None:
    payout.state, payout.settled_at = State.SUCCEEDED, at
    _save(payout)


def fail(payout: Payout, *, trouble: str, at: datetime) -> None:
    """It cannot be delivered: everything returns once, without a window from now on (WDR-18).

    One that the gateway refuses at once is booked as one that came back: what failed has no time
    limit, however soon it failed.
    """
    if payout.sent_at is None:
        _book(payout, at=at)
    deposit = payout.deposit
    ledger.return_payout(
        customer_id=deposit.customer_id,
        gateway=clearing_of(payout),
        reference=payout.reference,
        deposit=deposit.reference,
        at=at,
    )
    payout.state, payout.trouble, payout.settled_at = State.FAILED, trouble[:200], at
    _save(payout)
    payout_mails.tell_failed(payout, at=at)
    _raise_failed(payout, at=at)


def _raise_failed(payout: Payout, *, at: datetime) -> None:
    """Staff see every failure; where the terms allow no other way there is nothing to decide: the
    money is in the balance, and the customer was told (WDR-06)."""
    kind, key = Case.Kind.PAYOUT_FAILED, payout.reference
    detail = f"{display(payout.net_micros)}, {payout.deposit.reference}: {payout.trouble}"
    cases.raise_case(kind=kind, key=key, detail=detail, at=at)
    if policy_of(payout.deposit.publication_id).withdraw_alt_method == "never":
        resolution = _("Only the original method is allowed: the money is in the balance.")
        cases.resolve_case(kind=kind, key=key, resolution=resolution, at=at)


def clearing_of(payout: Payout) -> str:
    """The clearing account that pays it: another way than the original is the bank's (WDR-06)."""
    return BANK if payout.is_by_hand else payout.deposit.gateway


def _own_payout(refund: Refund, *, gateway: str) -> Payout | None:
    """The payout that asked for this refund, locked. Its number alone proves nothing: the refund
    must be of its top-up's charge, and the one that it has been told before, if any."""
    if not refund.reference.startswith(_PREFIX):
        return None
    number = refund.reference.removeprefix(_PREFIX)
    if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER):
        return None
    found = Payout.objects.filter(pk=int(number), state__in=_ASKED, deposit__gateway=gateway)
    if not found.exists():
        return None
    payout = locked(int(number))
    return payout if _fits(payout, refund) else None


def _fits(payout: Payout, refund: Refund) -> bool:
    named = {refund.charge_id, refund.payment_id} - {""}
    is_of_its_charge = not named or named & {payout.deposit.charge_id, payout.deposit.payment_id}
    is_the_same = payout.refund_id in ("", refund.refund_id)
    has_its_amount = payout.net_micros == refund.amount_micros
    # Failed by an answer to us and yet made: the money has come back here, so the books treat it
    # as a refund that nobody here asked for.
    was_refused = payout.state == State.FAILED and not payout.refund_id
    fits = is_of_its_charge and is_the_same and has_its_amount and payout.state in _ASKED
    return bool(fits and not was_refused)


def _follow(payout: Payout, refund: Refund, *, at: datetime) -> None:
    if payout.state == State.FAILED:
        return
    if payout.state == State.SENDING and refund.state != RefundState.BY_HAND:
        mark_sent(payout, refund_id=refund.refund_id, trace_id=refund.trace_id, at=at)
    if refund.trace_id and refund.trace_id != payout.trace_id:
        payout.trace_id = refund.trace_id
        _save(payout)
    if refund.state == RefundState.FAILED:
        fail(payout, trouble=refund.trouble or "failed", at=at)
    elif refund.state == RefundState.SUCCEEDED and payout.state == State.SENT:
        mark_arrived(payout, at=at)


def _book(payout: Payout, *, at: datetime) -> None:
    deposit = payout.deposit
    ledger.pay_out(
        customer_id=deposit.customer_id,
        gateway=clearing_of(payout),
        reference=payout.reference,
        deposit=deposit.reference,
        fee_micros=payout.fee_micros,
        clawback_micros=payout.clawback_micros,
        at=at,
    )


def _save(payout: Payout) -> None:
    payout.save(
        update_fields=["state", "refund_id", "trace_id", "trouble", "sent_at", "settled_at"]
    )
