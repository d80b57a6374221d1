"""One customer's money on one page: what is there, where it came from, what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import StaffRequest, staff_page
from accounts.models import User
from wallet import statement
from wallet.lots.holdings import Lot
from wallet.lots.payback import Payback, explain
from wallet.lots.reading import payback_terms, read_holdings
from wallet.models import Decision, Deposit, Dispute, Withdrawal
from wallet.pots import holds_of, pots_of

MOST_ROWS = 25


@dataclass(frozen=True, slots=True)
class Credited:
    """A paid top-up with what its lots say; `lots` are those with something left."""

    deposit: Deposit
    payback: Payback
    lots: list[Lot]


@require_safe
@staff_page("wallet.view_reports")
def customer(request: StaffRequest, customer_id: int) -> HttpResponseBase:
    person = get_object_or_404(User, pk=customer_id)
    decided = Decision.objects.filter(customer=person).select_related("proposed_by")
    context = {
        "customer": person,
        "pots": pots_of(customer_id=person.pk),
        "holds": holds_of(customer_id=person.pk),
        "credited": _credited(customer_id=person.pk, at=timezone.now()),
        "withdrawals": Withdrawal.objects.visible_to(person.pk).order_by("-pk")[:MOST_ROWS],
        "disputes": Dispute.objects.filter(deposit__customer=person).order_by("-pk")[:MOST_ROWS],
        "decisions": decided.order_by("-pk")[:MOST_ROWS],
        "lines": statement.read_page(customer_id=person.pk).lines,
        "most_rows": MOST_ROWS,
    }
    return render(request, "wallet/staff/customer.html", context)


def _credited(*, customer_id: int, at: datetime) -> list[Credited]:
    """The newest top-ups, each with what is left of it."""
    holdings = read_holdings(customer_id=customer_id)
    paybacks = explain(holdings, terms_of=payback_terms(customer_id=customer_id), at=at)
    shown = {int(one.deposit.partition(":")[2]): one for one in paybacks[:MOST_ROWS]}
    deposits = Deposit.objects.in_bulk(shown)
    left = [lot for lot in holdings.lots if lot.remaining_micros or lot.frozen_micros]
    return [
        Credited(
            deposit=deposits[pk],
            payback=payback,
            lots=[lot for lot in left if lot.root == payback.deposit],
        )
        for pk, payback in shown.items()
    ]
