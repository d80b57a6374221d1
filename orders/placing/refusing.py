"""What the database's refusals mean: the races and limits that only it can decide."""

from __future__ import annotations

from django.db import Error
from django.utils.translation import gettext as _

from orders.placing.locating import not_sold_there
from orders.refusals import OrderRefused, RefusalCode
from services.pricing import Quote
from wallet import ledger, money
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


def refusal_from(error: Error, *, customer_id: int, quote: Quote) -> Exception:
    """What the database's refusal means; any other failure comes back as it was."""
    match getattr(error.__cause__, "pgcode", None):
        case "OR001":
            message = _("Price or limits have just changed. Look again and order.")
            return OrderRefused(RefusalCode.PRICE_CHANGED, message)
        case "OR002":
            return inactive()
        case "OR004":
            return too_many_open()
        case "OR005":
            return not_sold_there()
        case "OR006":
            return frozen()
    return _money_refusal(error, customer_id=customer_id, quote=quote) or error


def _money_refusal(error: Error, *, customer_id: int, quote: Quote) -> OrderRefused | None:
    refusal = ledger.error_from(error)
    if isinstance(refusal, ledger.InDebt):
        message = _("This account owes money from a reversed payment. A top-up settles it first.")
        return OrderRefused(RefusalCode.IN_DEBT, message)
    if isinstance(refusal, ledger.InsufficientFunds):
        return not_enough_funds(quote.charge_micros - spendable_micros(customer_id=customer_id))
    return None
