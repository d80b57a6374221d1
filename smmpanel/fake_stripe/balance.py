"""Balance transactions: every movement of the account's own money, in the settlement currency."""

from smmpanel.fake_stripe import money
from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.route import reading
from smmpanel.fake_stripe.shapes import currency, text
from smmpanel.fake_stripe.store import Body

SECONDS_UNTIL_AVAILABLE = 2 * 86_400


def book(
    account: Account,
    *,
    source: Body,
    amount: int,
    kind: str,
    category: str,
    fee_cents: int = 0,
    fee_is: str = "",
) -> Body:
    """A movement of `amount` of the source's currency, negative when money leaves."""
    cents = money.settled(amount, source["currency"])
    detail = {
        "amount": fee_cents,
        "application": None,
        "currency": money.SETTLED_IN,
        "description": fee_is,
        "type": "stripe_fee",
    }
    return account.create(
        "balance_transaction",
        {
            "amount": cents,
            "available_on": account.now() + SECONDS_UNTIL_AVAILABLE,
            "balance_type": "payments",
            "currency": money.SETTLED_IN,
            "description": source.get("description"),
            "exchange_rate": money.rate(source["currency"]),
            "fee": fee_cents,
            "fee_details": [detail] if fee_cents else [],
            "net": cents - fee_cents,
            "reporting_category": category,
            "source": source["id"],
            "status": "pending",
            "type": kind,
        },
    )


ROUTES = reading(
    "balance_transaction",
    "/v1/balance_transactions",
    currency=currency,
    source=text(),
    type=text(),
)
