"""API v2 as the demo provider speaks it: fields in, one JSON text out."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal

from smmpanel.demo_provider.life import Order, Progress, progress
from smmpanel.demo_provider.offering import SERVICES
from smmpanel.demo_provider.store import Store

FUNDS_USD = Decimal(100_000)
LARGEST_BATCH = 100
OMITTED = ""


class Complaint(Exception):
    """Answered as {"error": text}."""


class Panel:
    """The six actions over one store."""

    def __init__(self, store: Store, *, seconds_per_order: float) -> None:
        self.store = store
        self.seconds_per_order = seconds_per_order
        self._actions: Mapping[str, Callable[[Mapping[str, str]], str]] = {
            "services": self._services,
            "add": self._add,
            "status": self._status,
            "balance": self._balance,
            "refill": self._refill,
            "refill_status": self._refill_status,
            "cancel": self._cancel,
        }

    def answer(self, fields: Mapping[str, str]) -> str:
        """The JSON text for one call whose key was already checked."""
        action = self._actions.get(fields.get("action", "").lower())
        if action is None:
            return json.dumps({"error": "This action is Invalid"})
        try:
            return action(fields)
        except Complaint as complaint:
            return json.dumps({"error": str(complaint)})

    def _services(self, _: Mapping[str, str]) -> str:
        return json.dumps([offered.as_item() for offered in SERVICES.values()])

    def _add(self, fields: Mapping[str, str]) -> str:
        offered = SERVICES.get(_number(fields.get("service", "")))
        if offered is None:
            raise Complaint("Incorrect service ID")
        if not fields.get("link", "").startswith(("http://", "https://")):
            raise Complaint("Bad Link")
        quantity = _number(fields.get("quantity", ""))
        if quantity < offered.smallest:
            raise Complaint("neworder.error.min_quantity")
        if quantity > offered.largest:
            raise Complaint("neworder.error.max_quantity")
        number = self.store.create_order(
            service=offered.number, link=fields["link"], quantity=quantity
        )
        return json.dumps({"order": number})

    def _status(self, fields: Mapping[str, str]) -> str:
        if not fields.get("orders"):
            return self._report(fields.get("order", "")) or "{}"
        reports = {name: self._report(name) for name in _batch(fields["orders"])}
        members = (f"{json.dumps(name)}: {text}" for name, text in reports.items() if text)
        return "{" + ", ".join(members) + "}"

    def _report(self, name: str) -> str:
        """The report of one order as JSON text, `OMITTED` when it is told to keep silent."""
        order = self.store.order(_number(name))
        if order is None:
            return json.dumps({"error": "Incorrect order ID"})
        forced = self.store.report(order.number)
        if forced is not None:
            return forced
        return json.dumps(self.natural_report(order))

    def natural_report(self, order: Order) -> dict[str, object]:
        """What the order says of itself now."""
        now = self._progress(order)
        return {
            "charge": _amount(now.charge(order)),
            "start_count": None if now.start_count is None else str(now.start_count),
            "status": now.status,
            "remains": str(now.remains),
            "currency": "USD",
        }

    def _balance(self, _: Mapping[str, str]) -> str:
        spent = sum(
            (self._progress(order).charge(order) for order in self.store.orders()), Decimal(0)
        )
        return json.dumps({"balance": _amount(FUNDS_USD - spent), "currency": "USD"})

    def _refill(self, fields: Mapping[str, str]) -> str:
        if not fields.get("orders"):
            return json.dumps({"refill": str(self._refill_one(fields.get("order", "")))})
        return json.dumps(
            [
                {"order": _number(name), "refill": _or_error(self._refill_one, name)}
                for name in _batch(fields["orders"])
            ]
        )

    def _refill_one(self, name: str) -> int:
        order = self._known_order(name)
        is_completed = self._progress(order).status == "Completed"
        if not (SERVICES[order.service].has_refill and is_completed):
            raise Complaint("Order not eligible for refill.")
        return self.store.create_refill(order.number)

    def _refill_status(self, fields: Mapping[str, str]) -> str:
        if not fields.get("refills"):
            return json.dumps({"status": self._refill_state(fields.get("refill", ""))})
        return json.dumps(
            [
                {"refill": _number(name), "status": _or_error(self._refill_state, name)}
                for name in _batch(fields["refills"])
            ]
        )

    def _refill_state(self, name: str) -> str:
        age_seconds = self.store.refill_age_seconds(_number(name))
        if age_seconds is None:
            raise Complaint("Refill not found")
        return "Completed" if age_seconds >= self.seconds_per_order else "In progress"

    def _cancel(self, fields: Mapping[str, str]) -> str:
        names = _batch(fields.get("orders") or fields.get("order", ""))
        return json.dumps(
            [
                {"order": _number(name), "cancel": _or_error(self._cancel_one, name)}
                for name in names
            ]
        )

    def _cancel_one(self, name: str) -> int:
        order = self._known_order(name)
        if not SERVICES[order.service].has_cancel or self._progress(order).is_final:
            raise Complaint("Incorrect request")
        self.store.stop_order(order.number)
        return 1

    def _known_order(self, name: str) -> Order:
        order = self.store.order(_number(name))
        if order is None:
            raise Complaint("Incorrect order ID")
        return order

    def _progress(self, order: Order) -> Progress:
        return progress(order, at=self.store.now(), seconds_per_order=self.seconds_per_order)


def _or_error(act: Callable[[str], object], name: str) -> object:
    try:
        return act(name)
    except Complaint as complaint:
        return {"error": str(complaint)}


def _batch(names: str) -> list[str]:
    batch = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    if len(batch) > LARGEST_BATCH:
        raise Complaint(f"Maximum {LARGEST_BATCH} orders")
    return batch


def _number(text: str) -> int:
    """A number from ASCII digits, else 0, which nothing here is called."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _amount(amount: Decimal) -> str:
    """Plain decimal text without trailing zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
