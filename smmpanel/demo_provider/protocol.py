"""API v2 as the demo provider speaks it: fields in, one JSON text out."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal

from smmpanel.demo_provider import subscribing
from smmpanel.demo_provider.asking import (
    KEPT,
    Complaint,
    link_of,
    quantity_of,
    runs_of,
)
from smmpanel.demo_provider.asking import number_of as _number
from smmpanel.demo_provider.life import Order, Progress, progress
from smmpanel.demo_provider.offering import SERVICES
from smmpanel.demo_provider.store import Store

FUNDS_USD = Decimal(100_000)
LARGEST_BATCH = 100
OMITTED = ""
SUBSCRIPTIONS = "Subscriptions"


class Panel:
    """The actions of API v2 over one store."""

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
        number = self.store.create_order(
            service=offered.number,
            link=link_of(offered, fields),
            quantity=quantity_of(offered, fields),
            runs=runs_of(offered, fields),
            fields={name: fields[name] for name in KEPT if fields.get(name)},
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
        if SERVICES[order.service].type == SUBSCRIPTIONS and order.parent is None:
            return self._subscription_report(order)
        now = self._progress(order)
        report: dict[str, object] = {
            "charge": _amount(now.charge(order)),
            "start_count": None if now.start_count is None else str(now.start_count),
            "status": now.status,
            "remains": str(now.remains),
            "currency": "USD",
        }
        if order.runs > 1:
            report["runs"] = str(order.runs)
        if order.parent is not None:
            report["quantity"] = str(order.quantity)
        return report

    def _subscription_report(self, order: Order) -> dict[str, object]:
        """Its own four keys, and no money: that is in the orders it has made."""
        fields, at = self.store.fields_of(order.number), self.store.now()
        wanted = subscribing.wanted_posts(
            order, fields, at=at, seconds_per_post=self.seconds_per_order
        )
        self.store.create_posts(order, wanted)
        posts = self.store.posts_of(order.number)
        return {
            "status": subscribing.report(order, fields, posts=posts, at=at),
            "expiry": fields.get("expiry") or None,
            "posts": fields.get("posts", "0"),
            "orders": [post.number for post in posts],
        }

    def _balance(self, _: Mapping[str, str]) -> str:
        spent = sum((self._cost(order) for order in self.store.orders()), Decimal(0))
        return json.dumps({"balance": _amount(FUNDS_USD - spent), "currency": "USD"})

    def _cost(self, order: Order) -> Decimal:
        if SERVICES[order.service].type == SUBSCRIPTIONS and order.parent is None:
            return Decimal(0)
        return self._progress(order).charge(order)

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
        if not SERVICES[order.service].has_cancel or self._is_over(order):
            raise Complaint("Incorrect request")
        self.store.stop_order(order.number)
        return 1

    def _is_over(self, order: Order) -> bool:
        if SERVICES[order.service].type == SUBSCRIPTIONS and order.parent is None:
            return self._subscription_report(order)["status"] not in ("Active", "Paused")
        return self._progress(order).is_final

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


def _amount(amount: Decimal) -> str:
    """Plain decimal text without trailing zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
