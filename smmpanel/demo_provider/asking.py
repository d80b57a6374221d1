"""Reading an `add`: what a type asks for must be there and make sense, or nothing is ordered."""

from collections.abc import Mapping

from smmpanel.demo_provider.offering import KINDS, Offered

LONGEST_INTERVAL_MINUTES = 7 * 24 * 60
# What an order is remembered with, besides link and quantity.
KEPT = tuple(
    sorted(
        {name for kind in KINDS.values() for name in kind.needs}
        | {"posts", "old_posts", "expiry", "runs", "interval", "google_keyword", "referring_url"}
    )
)


class Complaint(Exception):
    """Answered as {"error": text}."""


def link_of(offered: Offered, fields: Mapping[str, str]) -> str:
    """Where to deliver; a subscription is about a user name. Raises Complaint."""
    if not offered.kind.has_link:
        return fields.get("username", "")
    if not fields.get("link", "").startswith(("http://", "https://")):
        raise Complaint("Bad Link")
    return fields["link"]


def quantity_of(offered: Offered, fields: Mapping[str, str]) -> int:
    """How many, per run or at most per post. Raises Complaint."""
    kind = offered.kind
    if not all(fields.get(name, "").strip() for name in kind.needs):
        raise Complaint("There are missing required parameters. Please check your API Manual")
    if kind.is_package:
        return 1
    if offered.type == "Subscriptions":
        _check(offered, number_of(fields["min"]))
        if number_of(fields["max"]) < number_of(fields["min"]):
            raise Complaint("Incorrect request")
        return _check(offered, number_of(fields["max"]))
    if kind.counted:
        return _check(offered, sum(bool(line.strip()) for line in fields[kind.counted].split("\n")))
    return _check(offered, number_of(fields.get("quantity", "")))


def runs_of(offered: Offered, fields: Mapping[str, str]) -> int:
    """Runs of a drip-feed, 1 without one. Raises Complaint where it cannot be done."""
    runs = number_of(fields.get("runs", ""))
    if runs <= 1:
        return 1
    minutes = number_of(fields.get("interval", ""))
    if not offered.has_dripfeed or not 1 <= minutes <= LONGEST_INTERVAL_MINUTES:
        raise Complaint("Incorrect request")
    return runs


def number_of(text: str) -> int:
    """A number from ASCII digits, else 0, which nothing here is called."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _check(offered: Offered, quantity: int) -> int:
    if quantity < offered.smallest:
        raise Complaint("neworder.error.min_quantity")
    if quantity > offered.largest:
        raise Complaint("neworder.error.max_quantity")
    return quantity
