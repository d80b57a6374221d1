"""What every act of a random history is done with. Each is done twice at once: the second time must
move nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.models import User
from tests.wallet.histories import expires_after
from tests.wallet.ledger.invariants import Invariants
from wallet import ledger
from wallet.lots.fold import fold
from wallet.lots.history import movements_of
from wallet.lots.holdings import Holdings
from wallet.lots.movements import Bucket
from wallet.models import Transfer

RULE = expires_after(3)


class Acting(Invariants):
    """One customer, few top-ups and orders, so that verbs meet each other often. Decisions are
    taken on the lots, as the panel takes them."""

    customer: User
    at: datetime

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.deposits = 0
        self.causes = 0
        self.payouts: dict[str, str] = {}  # the last payout of each top-up
        self.disputes: dict[str, ledger.Cause] = {}
        self.forfeited: list[str] = []
        self.snapshot = Holdings()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.scope.__exit__(None, None, None)

    def cause(self, name: str) -> str:
        self.causes += 1
        return f"{name}:{self.causes}"

    def twice(self, act: Callable[[], object]) -> None:
        """It may refuse; then nothing of it is left."""
        try:
            with transaction.atomic():
                act()
        except ledger.LedgerError:
            return
        count = Transfer.objects.count()
        act()
        assert Transfer.objects.count() == count

    def lots(self, after_id: int = 0, start: Holdings | None = None) -> Holdings:
        later = movements_of(customer_id=self.customer.pk, after_id=after_id)
        return fold(later, expires_at=RULE, start=start)

    def left(self, deposit: str, bucket: Bucket) -> int:
        own = (lot for lot in self.lots().lots if lot.root == deposit and lot.bucket is bucket)
        return sum(lot.remaining_micros for lot in own)
