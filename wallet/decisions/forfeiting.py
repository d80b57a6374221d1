"""The end of a whole balance, on a decision of two people (CHB-03, FRD-01, FRD-02).

What waits comes back first: requests for money back end as far as nothing was sent of them, holds
of inquiries and warnings are released. Then cash and bonus go, each to its own account. A payout
that is already on its way stays what it is. Order of locks: the top-ups by number, then every
request about one of them by number, then the customer's cash row.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from legal.terms import policy_of
from wallet import ledger
from wallet.models import Deposit, Dispute
from wallet.payouts import withdrawals
from wallet.pots import holds_of

_PAYOUT = "payout:"


def forfeit(*, customer_id: int, reference: str, reason: str, at: datetime) -> tuple[int, int]:
    """Takes all cash and bonus; returns both sums in micros. `reason` tells the customer why a
    request for money back has ended. Once for each `reference`."""
    with transaction.atomic():
        numbers = _locked_deposits(customer_id)
        withdrawals.cancel_for_deposits(deposit_ids=numbers, reason=reason, at=at)
        ledger.lock(customer_id)
        for hold in holds_of(customer_id=customer_id):
            if not hold.reference.startswith(_PAYOUT):
                ledger.release(
                    customer_id=customer_id, reference=hold.reference, deposit=hold.deposit, at=at
                )
        return ledger.forfeit(customer_id=customer_id, reference=reference, at=at)


def may_forfeit_after_chargeback(*, customer_id: int) -> bool:
    """Whether a reversed payment of this customer was made under terms that end the balance with
    it (`chargeback.forfeit`)."""
    reversed_ = Dispute.objects.filter(
        deposit__customer_id=customer_id, state__in=(Dispute.State.FORMAL, Dispute.State.LOST)
    )
    terms = reversed_.values_list("deposit__publication_id", flat=True).distinct()
    return any(policy_of(publication_id).chargeback_forfeit for publication_id in terms)


def _locked_deposits(customer_id: int) -> list[int]:
    own = Deposit.objects.visible_to(customer_id).order_by("pk").select_for_update()
    return list(own.values_list("pk", flat=True))
