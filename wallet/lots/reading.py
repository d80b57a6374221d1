"""A customer's holdings as they are now, read from the books."""

from __future__ import annotations

from collections.abc import Callable

from legal.terms import policy_of
from wallet.lots.fold import BrokenHistory, fold
from wallet.lots.history import movements_of
from wallet.lots.holdings import Holdings
from wallet.lots.payback import PaybackTerms
from wallet.lots.terms import terms_of
from wallet.models import Deposit, LotSnapshot


def read_holdings(*, customer_id: int) -> Holdings:
    """Every lot of a customer after the last transfer that is visible.

    Who moves money by the answer has called `ledger.lock` before, in the same transaction.
    """
    rule = terms_of(customer_ids=[customer_id])[customer_id].expires_at
    start = read_snapshot(customer_id=customer_id)
    later = movements_of(customer_id=customer_id, after_id=start.last_id)
    try:
        return fold(later, expires_at=rule, start=start)
    except BrokenHistory:
        # A refund of an order that the snapshot has forgotten; without a snapshot it is no excuse.
        return read_history(customer_id=customer_id)


def read_history(*, customer_id: int) -> Holdings:
    """The same from the first transfer on: with what orders took, however long ago."""
    rule = terms_of(customer_ids=[customer_id])[customer_id].expires_at
    return fold(movements_of(customer_id=customer_id), expires_at=rule)


def read_snapshot(*, customer_id: int) -> Holdings:
    """The stored holdings; none if there are none, or of another version of this code: then all
    transfers are folded."""
    state = LotSnapshot.objects.filter(customer_id=customer_id).values_list("state", flat=True)
    found = state.first()
    try:
        return Holdings() if found is None else Holdings.from_json(found)
    except ValueError:
        return Holdings()


def payback_terms(*, customer_id: int) -> Callable[[str], PaybackTerms]:
    """The terms of each top-up ("deposit:5") of a customer, as `wallet.lots.payback` asks them."""
    publications = _publications_of(customer_id)

    def promised(deposit: str) -> PaybackTerms:
        policy = policy_of(publications[deposit])
        return PaybackTerms(
            is_offered=policy.withdraw_enabled,
            window_days=policy.withdraw_window_days,
            is_order_money_exempt=policy.withdraw_order_refunds_exempt,
        )

    return promised


def _publications_of(customer_id: int) -> dict[str, int]:
    rows = Deposit.objects.filter(customer_id=customer_id).values_list("id", "publication_id")
    return {f"deposit:{pk}": publication_id for pk, publication_id in rows}
