"""The withdrawal function: what the terms let a customer take back is taken back in two steps, with
a receipt that has the date and the time; without a log-in by a link that is mailed.

It gives no other right than the button that cancels: both are the same act (`asking.ask`), so where
the terms grant none the page says so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from django.core import signing
from django.db import transaction

from accounts import mail
from orders.followups import asking
from orders.models import FollowUp, Order, OrderQuerySet
from wallet.money import display

LINK_LIFE = timedelta(hours=1)
# Whoever knows a number and an address can ask: for each order so often a mail goes, no more.
LINK_EVERY = timedelta(minutes=15)
_SALT = "orders.withdrawal"
# What became of the order: it is over, it is asked to be stopped, or no further run of it begins.
Outcome = Literal["canceled", "asked", "stopped"]


class UnknownLink(Exception):
    """The link is none of ours or too old, or the order's account has another address now or is
    not active."""


def withdraw(*, order_id: int, customer_id: int, at: datetime) -> asking.Answer:
    """Takes the order back and sends the receipt, both or neither; a second press sends no second
    one. Raises asking.CannotAsk, Order.DoesNotExist."""
    with transaction.atomic():
        answer = asking.ask(
            order_id=order_id, customer_id=customer_id, kind=FollowUp.Kind.CANCEL, at=at
        )
        outcome: Outcome = "canceled" if answer.is_canceled else "asked"
        send_receipt(order_id=order_id, outcome=outcome, at=at)
    return answer


def send_receipt(*, order_id: int, outcome: Outcome, at: datetime) -> None:
    """One mail for one order, with the date and the time; call it in the act's transaction."""
    order = Order.objects.select_related("customer").get(pk=order_id)
    mail.enqueue(
        key=f"{order.reference}:withdrawn",
        recipient=order.customer.email,
        template="order_withdrawn",
        context={
            "number": order.pk,
            "name": order.snapshot.get("name", ""),
            "received_at": f"{at:%F %T} UTC",
            "outcome": outcome,
            "amount": display(order.refunded_micros),
            "path": order.get_absolute_url(),
        },
        at=at,
    )


def mail_link(*, number: int, email: str, path: str, at: datetime) -> None:
    """Mails a link to the confirmation, if the order is of the active account with this address.
    The caller answers the same either way: nobody learns which orders or addresses there are.

    `path` is the page's address with "TOKEN" where the token goes.
    """
    found = _of_active().filter(pk=number, customer__email__iexact=email.strip()).first()
    if found is None:
        return
    mail.enqueue(
        key=f"{found.reference}:withdrawal:{at.timestamp() // LINK_EVERY.total_seconds():.0f}",
        recipient=found.customer.email,
        template="withdrawal_link",
        context={"number": found.pk, "path": path.replace("TOKEN", token_for(found))},
        is_secret=True,
        at=at,
    )


def token_for(order: Order) -> str:
    return signing.dumps([order.pk, order.customer.email], salt=_SALT)


def order_of(token: str) -> Order:
    """The order that a mailed link is about. It is of use once: an order that was taken back cannot
    be taken back again. Raises UnknownLink."""
    try:
        number, email = signing.loads(token, salt=_SALT, max_age=LINK_LIFE)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise UnknownLink from error
    found = _of_active().filter(pk=number, customer__email=email).first()
    if found is None:
        raise UnknownLink
    return found


def _of_active() -> OrderQuerySet:
    """A mailed link opens nothing that a log-in would not: what waits stays, unsent and paid, while
    its account is suspended or closed (FRD-05)."""
    return Order.objects.asked_for().filter(customer__is_active=True).select_related("customer")
