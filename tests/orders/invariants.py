"""What holds after every act of any order's life (ARCHITECTURE.md, "Invariants")."""

from __future__ import annotations

from collections import Counter

from hypothesis.stateful import invariant

from accounts.models import User
from orders import lifecycle
from orders.models import FINAL, Order, OrderEvent, Status, Submission
from orders.verification import CHECKS
from wallet.balances import spendable_micros
from wallet.ledger import held_for
from wallet.verification import run
from wallet.verification.books import CHECKS as BOOKS

FUNDS = 100_000_000


class Invariants:
    customer: User

    def __init__(self) -> None:
        super().__init__()
        self.refunded: Counter[int] = Counter()

    @invariant()
    def the_books_are_clean(self) -> None:
        assert [check.name for check in (*BOOKS, *CHECKS) if not run(check).is_ok] == []

    @invariant()
    def what_orders_cost_is_what_the_customer_lacks(self) -> None:
        left = spendable_micros(customer_id=self.customer.pk)
        assert left >= 0
        if orders := list(Order.objects.all()):
            assert FUNDS - left == sum(order.net_charge_micros for order in orders)

    @invariant()
    def refunds_never_fall_and_never_exceed_the_charge(self) -> None:
        for order in Order.objects.all():
            assert self.refunded[order.pk] <= order.refunded_micros
            assert 0 <= order.refunded_micros == order.due_micros <= order.charge_micros
            assert 0 <= order.recovered_micros <= order.absorbed_micros <= order.refunded_micros
            assert held_for(reference=order.reference).escrow >= 0
            self.refunded[order.pk] = order.refunded_micros

    @invariant()
    def orders_move_only_along_the_table(self) -> None:
        last: dict[int, str] = {}
        for event in OrderEvent.objects.filter(kind=OrderEvent.Kind.STATUS).order_by("pk"):
            before, to = event.detail["from"], event.detail["to"]
            assert last.setdefault(event.order_id, before) == before
            assert to in lifecycle.TRANSITIONS[Status(before)]
            last[event.order_id] = to
        for order in Order.objects.filter(pk__in=last):
            assert order.status == last[order.pk]
            assert (order.finished_at is not None) == (order.status in FINAL)

    @invariant()
    def no_order_is_with_two_providers(self) -> None:
        live = Submission.objects.filter(state__in=Submission.LIVE)
        assert set(Counter(live.values_list("order_id", flat=True)).values()) <= {1}
        accepted = Order.objects.exclude(external_id=None)
        numbers = list(accepted.values_list("provider_id", "external_id"))
        assert len(set(numbers)) == len(numbers)

    @invariant()
    def what_a_provider_has_was_accepted_by_it_once(self) -> None:
        taken = Submission.objects.filter(state=Submission.State.ACCEPTED)
        times = Counter(taken.values_list("order_id", flat=True))
        for order in Order.objects.all():
            assert times[order.pk] == (order.external_id is not None)

    @invariant()
    def every_order_that_can_change_is_asked_about(self) -> None:
        followed = Order.objects.filter(
            status__in=[Status.PENDING, Status.IN_PROGRESS, Status.PROCESSING]
        )
        assert not followed.filter(clock__next_at=None).exists()
        owed = Order.objects.filter(absorbed_micros__gt=0, settled_at=None)
        assert not owed.filter(clock__next_at=None).exists()
