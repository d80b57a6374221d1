"""One customer under one preset, and the acts that the probes are made of.

Everything goes through the acts that the panel itself uses; only the gateway's and the provider's
answers are written here. Sums are dollars, as people read them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from accounts.models import User
from legal.models import Publication
from legal.policy import Policy
from legal.publishing import publish
from orders.following import reporting
from orders.models import Order, Status
from orders.placing.placement import OrderRequest, place_order
from orders.sending import forwarding
from services.models import Service
from services.providers.dialect import ReportState
from services.providers.reports import Report
from tests.factories import MICROS
from wallet.balances import balances_of
from wallet.currencies import MICROS_PER_CENT
from wallet.decisions import deciding as decisions
from wallet.gateways.base import Payment, PaymentState, Refund, RefundState
from wallet.models import Decision, Deposit, Payout, Withdrawal
from wallet.payouts import requesting, withdrawals
from wallet.payouts import sending as paying_out
from wallet.topups import crediting, deposits

IN_FORCE = datetime(2025, 1, 1, tzinfo=UTC)
# A Thursday.
START = datetime(2025, 11, 27, 12, tzinfo=UTC)
FEE = 1.75


def dollars(micros: int) -> str:
    return f"{micros / MICROS:.2f}"


def micros(amount: float) -> int:
    return round(amount * MICROS)


@dataclass
class Gate:
    """A gateway that pays back whatever it is asked for, and remembers it."""

    code: str = "stripe"
    label: str = "Card"
    paid_back: list[int] = field(default_factory=list)

    def refund(self, *, deposit: Deposit, reference: str, amount_micros: int) -> Refund:
        self.paid_back.append(amount_micros)
        return Refund(
            f"re_{reference}",
            RefundState.SUCCEEDED,
            amount_micros,
            charge_id=deposit.charge_id,
            reference=reference,
        )

    def find_refund(self, *, deposit: Deposit, reference: str) -> Refund | None:
        return None


@dataclass(frozen=True)
class World:
    """`service` costs a cent apiece; `staff` and `second` are of finance."""

    preset: str
    customer: User
    staff: User
    second: User
    service: Service
    gate: Gate

    @property
    def cash(self) -> str:
        return dollars(balances_of(customer_id=self.customer.pk).cash_micros)

    @property
    def bonus(self) -> str:
        return dollars(balances_of(customer_id=self.customer.pk).bonus_micros)

    def top_up(self, amount: float = 50, *, at: datetime = START) -> Deposit:
        """Asked for and paid, with the fee that the gateway took."""
        deposit = deposits.open_deposit(
            customer_id=self.customer.pk, gateway="stripe", amount_micros=micros(amount), at=at
        )
        payment = Payment(
            payment_id=f"pi_{deposit.pk}",
            state=PaymentState.SUCCEEDED,
            received_coins=micros(amount) // MICROS_PER_CENT,
            deposit_id=deposit.pk,
            charge_id=f"ch_{deposit.pk}",
            fee_micros=micros(FEE),
            card_fingerprint=f"fp_{deposit.pk}",
        )
        credited = crediting.apply(payment, gateway="stripe", at=at)
        assert credited is not None
        return credited

    def order(
        self,
        amount: float = 10,
        *,
        at: datetime = START,
        link: str = "https://example.com/p/1",
        accepts_duplicate: bool = False,
    ) -> Order:
        wanted = OrderRequest(
            service_id=self.service.pk,
            link=link,
            quantity=round(amount * 100),
            channel=Order.Channel.WEB,
            accepts_duplicate=accepts_duplicate,
        )
        placed = place_order(customer_id=self.customer.pk, request=wanted, at=at)
        return Order.objects.get(pk=placed.order_id)

    def sent(self, order: Order, *, at: datetime, as_: Status = Status.PENDING) -> Order:
        """The provider takes the order, and says how it stands if that is more than Pending."""
        attempt = forwarding.begin(order_id=order.pk, at=at)
        assert attempt is not None
        taken = forwarding.Accepted(f"upstream-{order.pk}")
        forwarding.finish(attempt=attempt, outcome=taken, at=at)
        if as_ != Status.PENDING:
            self.report(order, as_, at=at)
        return Order.objects.get(pk=order.pk)

    def report(
        self, order: Order, state: Status, *, remains: int | None = None, at: datetime
    ) -> Order:
        known = ReportState(str(state))
        text = None if remains is None else str(remains)
        said = Report(state=known, word=str(state), remains=remains, remains_text=text)
        reporting.apply_report(order_id=order.pk, report=said, at=at)
        return Order.objects.get(pk=order.pk)

    def ask(self, deposit: Deposit, amount: float, *, at: datetime) -> Withdrawal:
        return requesting.request(
            customer=self.customer,
            amounts={deposit.pk: micros(amount)},
            note="",
            idempotency_key=f"press-{Withdrawal.objects.count()}",
            at=at,
        )

    def withdraw(self, deposit: Deposit, amount: float, *, at: datetime) -> str:
        """Asked for, approved and sent: what arrives and what is kept back, or why nothing is."""
        try:
            withdrawal = self.ask(deposit, amount, at=at)
        except requesting.NotForThisAccount:
            return "refused: for orders only"
        except withdrawals.WithdrawalRefused as refusal:
            return f"refused: {refusal.message}"
        return self.pay_out(withdrawal, at=at)

    def approve(self, withdrawal: Withdrawal, *, at: datetime) -> Decision:
        """What one person of the staff can do alone."""
        decision = Decision(
            kind=Decision.Kind.APPROVE_WITHDRAWAL,
            subject=str(withdrawal),
            customer=self.customer,
            amount_micros=withdrawal.amount_micros,
            reason=Decision.Reason.REQUEST,
        )
        return decisions.propose(decision=decision, by=self.staff, at=at)

    def pay_out(self, withdrawal: Withdrawal, *, at: datetime) -> str:
        self.approve(withdrawal, at=at)
        payout = Payout.objects.get(withdrawal=withdrawal)
        paying_out.pay(payout_id=payout.pk, at=at)
        payout.refresh_from_db()
        assert payout.state == Payout.State.SUCCEEDED
        assert self.gate.paid_back[-1] == payout.net_micros
        return f"sent {dollars(payout.net_micros)}, kept back {dollars(payout.fee_micros)}"

    def publish(self, policy: Policy, *, at: datetime) -> Publication:
        return publish(policy=policy, versions=[], published_by=None, at=at)


def after(*, days: float = 0, **more: float) -> datetime:
    """So long after the first top-up."""
    return START + timedelta(days=days, **more)
