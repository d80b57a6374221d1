"""What the database's refusals mean: the races and limits that only it can decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from orders.placing.locating import not_sold_there
from orders.refusals import OrderRefused, RefusalCode
from services.pricing import Quote
from wallet import money
from wallet.balances import spendable_micros


def price_changed(quote: Quote) -> OrderRefused:
    message = _("The price is now %(price)s. Look at it and order again.")
    return OrderRefused(
        RefusalCode.PRICE_CHANGED,
        message % {"price": money.display(quote.charge_micros)},
        fact=quote.charge_micros,
    )


def key_reused() -> OrderRefused:
    message = _("This order form was already used for another order. Open a new one.")
    return OrderRefused(RefusalCode.KEY_REUSED, message)


def inactive() -> OrderRefused:
    return OrderRefused(RefusalCode.CUSTOMER_INACTIVE, _("This account may not order."))


def frozen() -> OrderRefused:
    message = _(
        "This account is frozen, because its owner reported that others may use it. Our "
        "staff answer in the ticket."
    )
    return OrderRefused(RefusalCode.FROZEN, message)


def too_many_open() -> OrderRefused:
    message = _("You have as many running orders as an account may have. Wait until some are over.")
    return OrderRefused(RefusalCode.TOO_MANY_OPEN, message)


def not_enough_funds(missing_micros: int) -> OrderRefused:
    message = _("Not enough funds: %(missing)s more is needed.")
    return OrderRefused(
        RefusalCode.NOT_ENOUGH_FUNDS,
        message % {"missing": money.display(missing_micros)},
        fact=missing_micros,
    )


def in_debt() -> OrderRefused:
    message = _("This account owes money from a reversed payment. A top-up settles it first.")
    return OrderRefused(RefusalCode.IN_DEBT, message)


def outdated() -> OrderRefused:
    message = _("Price or limits have just changed. Look again and order.")
    return OrderRefused(RefusalCode.PRICE_CHANGED, message)


# By the codes of orders/sql/place_orders.sql.
_REFUSALS: Mapping[str, Callable[[], OrderRefused]] = {
    "OR001": outdated,
    "OR002": inactive,
    "OR004": too_many_open,
    "OR005": not_sold_there,
    "OR006": frozen,
    "LG004": in_debt,
}


def refusal_from(code: str, *, customer_id: int, quote: Quote) -> OrderRefused:
    """What the database's refusal means."""
    if code == "LG003":
        missing = quote.charge_micros - spendable_micros(customer_id=customer_id)
        return not_enough_funds(missing)
    return _REFUSALS[code]()
