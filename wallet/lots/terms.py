"""When money ends, by the terms it came in under (WAL-03).

A top-up has its publication; a bonus has its own end, and what an order gives back of it a new term
of the same length; other money follows the terms in force when it came in. None of these ever
changes, so holdings that were made by them stay valid for ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from legal.models import Publication
from legal.terms import policy_of
from wallet.lots.expiry import months_after
from wallet.lots.fold import Credit
from wallet.lots.movements import Bucket, LotKind
from wallet.models import BonusGrant, Deposit


@dataclass(frozen=True, slots=True)
class Promise:
    """The end of one bonus as it was granted, and how long it was to last."""

    expires_at: datetime | None
    length: timedelta | None

    def end_of(self, credit: Credit) -> datetime | None:
        if self.length is None or credit.kind in (LotKind.BONUS, LotKind.GOODWILL):
            return self.expires_at
        return credit.at + self.length


@dataclass(frozen=True, slots=True)
class Terms:
    """What says when the money of one customer ends. `publications` and `promises` are by root."""

    publications: Mapping[str, int]
    promises: Mapping[str, Promise]
    # The newest first.
    in_force: Sequence[tuple[datetime, int]]

    def expires_at(self, credit: Credit) -> datetime | None:
        """The rule that `wallet.lots.fold` asks for every new lot."""
        if credit.bucket is Bucket.BONUS and credit.root in self.promises:
            return self.promises[credit.root].end_of(credit)
        publication = self.publications.get(credit.root)
        if publication is None:
            publication = next((pk for since, pk in self.in_force if since <= credit.at), None)
        months = None if publication is None else policy_of(publication).wallet_expiry_months
        return None if months is None else months_after(credit.at, months)


def terms_of(*, customer_ids: Iterable[int]) -> Mapping[int, Terms]:
    """The terms of several customers, in three queries."""
    owners = list(customer_ids)
    publications: dict[int, dict[str, int]] = defaultdict(dict)
    deposits = Deposit.objects.filter(customer_id__in=owners)
    for owner, pk, publication in deposits.values_list("customer_id", "id", "publication_id"):
        publications[owner][f"deposit:{pk}"] = publication
    promises: dict[int, dict[str, Promise]] = defaultdict(dict)
    for grant in BonusGrant.objects.filter(customer_id__in=owners):
        root = f"deposit:{grant.deposit_id}" if grant.deposit_id else grant.reference
        length = grant.expires_at - grant.created_at if grant.expires_at else None
        promises[grant.customer_id][root] = Promise(grant.expires_at, length)
    in_force = list(Publication.objects.order_by("-number").values_list("published_at", "id"))
    return {owner: Terms(publications[owner], promises[owner], in_force) for owner in owners}
