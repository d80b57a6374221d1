"""A customer's holdings as they are now, read from the books."""

from __future__ import annotations

from collections.abc import Callable

from legal.terms import policy_of
from wallet.lots.fold import ExpiryRule, fold
from wallet.lots.history import movements_of
from wallet.lots.holdings import Holdings
from wallet.lots.payback import PaybackTerms
from wallet.lots.terms import terms_of
from wallet.models import Deposit, LotSnapshot


def read_holdings(*, customer_id: int) -> Holdings:
    """Every lot of a customer after the last transfer that is visible.

    Who moves money by the answer has called `ledger.lock` before, in the same transaction.
    """
    start = read_snapshot(customer_id=customer_id)
    return fold(
        movements_of(customer_id=customer_id, after_id=start.last_id),
        expires_at=expiry_rule(customer_id=customer_id),
        start=start,
    )


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


def expiry_rule(*, customer_id: int) -> ExpiryRule:
    """When a new lot of this customer expires (WAL-03)."""
    return terms_of(customer_ids=[customer_id])[customer_id].expires_at


def _publications_of(customer_id: int) -> dict[str, int]:
    rows = Deposit.objects.filter(customer_id=customer_id).values_list("id", "publication_id")
    return {f"deposit:{pk}": publication_id for pk, publication_id in rows}
