"""What a session is to be paid for."""

from smmpanel.fake_stripe import money
from smmpanel.fake_stripe.account import random_text
from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.shapes import currency, list_of, metadata, record, text, whole
from smmpanel.fake_stripe.store import Body


def lines(asked: list[Body]) -> list[Body]:
    """The line items. Raises Refused for none, or for prices in several currencies."""
    items = [_line(item) for item in asked]
    if len({item["currency"] for item in items}) != 1:
        raise Refused("All prices must use the same currency.", param="line_items")
    return items


def total(items: list[Body]) -> int:
    """What they cost together. Raises Refused for less than may be charged."""
    cost = sum(item["amount_total"] for item in items)
    unit = items[0]["currency"]
    least = money.CURRENCIES[unit].least
    if cost < least:
        raise Refused(
            "The Checkout Session's total amount due must add up to at least "
            f"{money.written(least, unit)}",
            code="amount_too_small",
        )
    return int(cost)


def _line(item: Body) -> Body:
    price = item["price_data"]
    cost = item["quantity"] * price["unit_amount"]
    return {
        "id": f"li_{random_text(24)}",
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": cost,
        "amount_tax": 0,
        "amount_total": cost,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "quantity": item["quantity"],
    }


PRICE = record(
    {
        "currency": currency,
        "unit_amount": whole(0),
        "product_data": record(
            {"name": text(250), "description": text(), "metadata": metadata}, ("name",)
        ),
    },
    ("currency", "unit_amount", "product_data"),
)
ITEM = record({"price_data": PRICE, "quantity": whole(1)}, ("price_data", "quantity"))
READ = list_of(ITEM)
