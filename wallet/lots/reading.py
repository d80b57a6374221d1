"""A customer's holdings as they are now, read from the books.

When money expires is a promise of the terms it came in under: each lot's root says which. A top-up
has its publication, a bonus its own end; other money follows the terms in force when it came in.
All of these never change, so a snapshot stays valid for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from legal.models import Publication
from legal.terms import policy_of
from wallet.lots.expiry import months_after
from wallet.lots.fold import Credit, ExpiryRule, fold
from wallet.lots.history import movements_of
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Bucket
from wallet.lots.payback import PaybackTerms
from wallet.models import BonusGrant, Deposit, LotSnapshot


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

    def terms_of(deposit: str) -> PaybackTerms:
        policy = policy_of(publications[deposit])
        return PaybackTerms(
            is_offered=policy.withdraw_enabled,
            window_days=policy.withdraw_window_days,
            is_order_money_exempt=policy.withdraw_order_refunds_exempt,
        )

    return terms_of


def expiry_rule(*, customer_id: int) -> ExpiryRule:
    """When a new lot of this customer expires (WAL-03)."""
    publications = _publications_of(customer_id)
    grants = BonusGrant.objects.filter(customer_id=customer_id)
    ends = {grant.reference: grant.expires_at for grant in grants}
    in_force = list(Publication.objects.order_by("-number").values_list("published_at", "id"))

    def rule(credit: Credit) -> datetime | None:
        if credit.bucket is Bucket.BONUS and credit.reference in ends:
            return ends[credit.reference]
        publication = publications.get(credit.root)
        if publication is None:
            publication = next((pk for since, pk in in_force if since <= credit.at), None)
        if publication is None:
            return None
        months = policy_of(publication).wallet_expiry_months
        return None if months is None else months_after(credit.at, months)

    return rule


def _publications_of(customer_id: int) -> dict[str, int]:
    rows = Deposit.objects.filter(customer_id=customer_id).values_list("id", "publication_id")
    return {f"deposit:{pk}": publication_id for pk, publication_id in rows}
