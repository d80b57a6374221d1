"""Pages and calls whose cost must not grow with what is behind them: on 1.4 M orders and as many
transfers, what customers, programs and staff ask for most, and what lies far down.

The 95th percentile of twenty looks, the whole of Django's work included. `plan_of` proves of the
queries behind them that none reads a table from end to end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from bench.books import Measured
from bench.orders import PAGE_SECONDS, client_of, p95
from bench.report import Section, table
from orders.models import Order
from wallet.models import Transfer

SWAP_SECONDS = 0.05
IDS = 100
_SWAP = {"HX-Request": "true"}
# Above this many rows nothing is read from end to end for a page.
_FEW = 10_000


def measure(big: int) -> list[Measured]:
    """On the data of `bench.books` and `bench.following`."""
    customer = User.objects.get(pk=big)
    found = [*_calls(customer), *_swaps(customer), *_staff()]
    _prove_plans(big)
    return found


def section(found: list[Measured]) -> Section:
    orders, transfers = Order.objects.count(), Transfer.objects.count()
    words = (
        f"One customer with 60,000 of {orders:,} orders, {transfers:,} transfers; the 95th"
        " percentile of\ntwenty looks. None of the queries behind them reads a table from end to"
        " end: their plans are checked\nin the same run."
    )
    return Section("History", words, table(found))


def _calls(customer: User) -> list[Measured]:
    _row, key = api_keys.create(
        user=customer, name="bench", scope=ApiKey.Scope.READ, at=timezone.now()
    )
    mine = Order.objects.visible_to(customer.pk)
    asked = {
        f"API: status of {IDS} own orders": mine.order_by("-pk"),
        f"API: status of {IDS} of the oldest": mine.order_by("pk"),
    }
    client = Client(SERVER_NAME="127.0.0.1")
    with override_settings(API_RATE_PER_MINUTE=10**9):
        found = []
        for name, orders in asked.items():
            numbers = ",".join(str(pk) for pk in orders.values_list("pk", flat=True)[:IDS])
            address = f"/api/v2?key={key}&action=status&orders={numbers}"
            if len(json.loads(client.get(address).content)) != IDS:
                raise SystemExit(f"{name}: not all of them were told")
            found.append(Measured(name, p95(client, address), PAGE_SECONDS))
    return found


def _swaps(customer: User) -> list[Measured]:
    client = client_of(customer, headers=_SWAP)
    oldest = Order.objects.visible_to(customer.pk).order_by("pk")[1000].pk
    one = Order.objects.visible_to(customer.pk).latest("pk")
    asked = {
        "swap: a tab of the orders": reverse("orders:order_list") + "?tab=partial",
        "swap: orders far down": reverse("orders:order_list") + f"?below={oldest}",
        "swap: one order": one.get_absolute_url(),
    }
    return [Measured(name, p95(client, address), SWAP_SECONDS) for name, address in asked.items()]


def _staff() -> list[Measured]:
    person = User.objects.create(
        email="admin@example.com", password="!", is_staff=True, is_superuser=True
    )
    client = client_of(person)
    one = Order.objects.latest("pk")
    asked: Mapping[str, str] = {
        "admin: orders": reverse("admin:orders_order_changelist"),
        "admin: orders, the last page that is counted": reverse("admin:orders_order_changelist")
        + "?p=100",
        "admin: one order by its number": reverse("admin:orders_order_changelist") + f"?q={one.pk}",
        "admin: transfers": reverse("admin:wallet_transfer_changelist"),
    }
    return [Measured(name, p95(client, address), PAGE_SECONDS) for name, address in asked.items()]


def _prove_plans(big: int) -> None:
    mine = Order.objects.visible_to(big).order_by("-pk")
    numbers = list(mine.values_list("pk", flat=True)[:IDS])
    for query in (
        mine[:50],
        mine.filter(pk__lt=numbers[-1])[:50],
        mine.filter(status="partial")[:50],
        mine.filter(pk__in=numbers),
        Order.objects.order_by("-pk")[:50],
        Transfer.objects.order_by("-pk")[:50],
    ):
        plan = query.explain(format="json")
        if widest := _read_whole(json.loads(plan)[0]["Plan"]):
            raise SystemExit(f"{widest} is read from end to end: {query.query}")


def _read_whole(plan: dict[str, object]) -> str:
    """The table that a plan reads whole although it is long; "" for none."""
    if plan["Node Type"] == "Seq Scan" and _rows_of(str(plan["Relation Name"])) > _FEW:
        return str(plan["Relation Name"])
    below = plan.get("Plans")
    parts = below if isinstance(below, list) else []
    return next(filter(None, map(_read_whole, parts)), "")


def _rows_of(relation: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = %s", [relation])
        return int(cursor.fetchone()[0])
