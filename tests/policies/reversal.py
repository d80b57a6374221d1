"""A formal dispute of one of two top-ups, with one order that is sent and one that is not."""

from __future__ import annotations

from accounts.models import Case, User
from orders.ending import suspending
from orders.followups import stopping
from orders.models import Order, Status
from tests.factories import MICROS
from tests.policies.world import START, World, after, dollars
from tests.wallet.disputing import books
from wallet.disputes import following as disputes
from wallet.gateways.base import DisputeReport
from wallet.models import Account, Deposit, Dispute

State = Dispute.State
FEE = 15 * MICROS


def reversed_payment(world: World) -> str:
    """50.00, of which 20.00 are in an order at a provider and 6.00 in one that waits, and 40.00.

    The 50.00 are reversed; the gateway takes a fee of 15.00 for that.
    """
    deposit = world.top_up(50, at=START)
    world.top_up(40, at=after(hours=1))
    sent = world.order(20, at=after(hours=2), link="https://example.com/p/sent")
    world.sent(sent, at=after(hours=3), as_=Status.IN_PROGRESS)
    waiting = world.order(6, at=after(hours=4), link="https://example.com/p/waiting")
    dispute = tell(deposit, State.FORMAL)
    sweep(dispute)
    return ", ".join([*_money(world, dispute), *_orders(sent, waiting)])


def lost(world: World) -> str:
    """The bank has decided for the customer: what becomes of the account."""
    deposit = Dispute.objects.get().deposit
    tell(deposit, State.LOST)
    return User.objects.get(pk=world.customer.pk).standing


def tell(deposit: Deposit, state: Dispute.State) -> Dispute:
    report = DisputeReport(
        dispute_id="du_1",
        charge_id=deposit.charge_id,
        payment_id=deposit.payment_id or "",
        state=state,
        status=str(state),
        reason="fraudulent",
        amount_micros=deposit.amount_micros,
        taken_micros=deposit.amount_micros,
        fee_micros=FEE,
        entries=1,
    )
    dispute = disputes.apply(report, gateway="stripe", at=after(days=1))
    assert dispute is not None
    return dispute


def sweep(dispute: Dispute) -> None:
    """What the worker does about it by and by."""
    suspending.cancel_reversed(at=after(days=1))
    stopping.call_back_reversed(at=after(days=1))
    for number in disputes.to_collect(at=after(days=1)):
        disputes.collect(dispute_id=number, at=after(days=1))
    dispute.refresh_from_db()


def _money(world: World, dispute: Dispute) -> list[str]:
    house = books()
    owed = Account.objects.filter(owner=world.customer, kind=Account.Kind.DEBT).first()
    facts = {
        "cash": world.cash,
        "owed": dollars(owed.balance_micros if owed else 0),
        "fee passed on": dollars(dispute.passed_fee_micros),
        "forfeited": f"{house.get(('forfeiture', 0), 0):.2f}",
        "borne by us": f"{-house.get(('chargeback_loss', 0), 0):.2f}",
    }
    standing = User.objects.get(pk=world.customer.pk).standing
    return [standing, *(f"{name} {sum_}" for name, sum_ in facts.items() if sum_ != "0.00")]


def _orders(sent: Order, waiting: Order) -> list[str]:
    found = Order.objects.in_bulk([sent.pk, waiting.pk])
    listed = Case.objects.filter(kind=Case.Kind.ORDER_REVIEW, detail__contains=str(sent.pk))
    asked = " and listed for staff" if listed.exists() else ""
    return [f"unsent order {found[waiting.pk].status}", f"sent order goes on{asked}"]
