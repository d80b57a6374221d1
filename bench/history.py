"""Pages and calls whose cost must not grow with what is behind them: on 1.4 M orders and as many
transfers, what customers, programs and staff ask for most, and what lies far down.

The 95th percentile of forty looks, the whole of Django's work included. `_prove_plans` runs every
query that these pages send with EXPLAIN ANALYZE: none reads a table from end to end, and none looks
at more rows than a page may, by whatever index.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus

from django.db import connection
from django.db.models import QuerySet
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from bench import orders, plans, programs
from bench.books import Measured
from bench.orders import PAGE_SECONDS, Page, client_of, p95
from bench.report import Section, table
from orders.models import Order
from wallet.models import Transfer

SWAP_SECONDS = 0.05
IDS = 100
_ADMIN = "admin@example.com"
_SWAP = {"HX-Request": "true"}


def measure(big: int) -> list[Measured]:
    """On the data of `bench.books`, `bench.following` and `bench.orders`."""
    customer = User.objects.get(pk=big)
    pages = [*_first_looks(customer), *_swaps(customer), *_staff()]
    lists = programs.of_customer(customer)
    with override_settings(API_RATE_PER_MINUTE=10**9):
        found = [*_calls(customer), *(page.measured() for page in [*lists, *pages])]
        of_staff = programs.of_staff(User.objects.get(email=_ADMIN), customer)
        _prove_plans(big, [*orders.pages(big), *lists, *of_staff, *pages])
    return found


def section(found: list[Measured]) -> Section:
    number, transfers = Order.objects.count(), Transfer.objects.count()
    words = (
        f"One customer with 60,000 of {number:,} orders, {transfers:,} transfers; the 95th"
        " percentile of\nforty looks. None of the queries behind these and the lists of orders"
        " reads a table from end to end,\nor looks at more than"
        f" {plans.MOST_ROWS:,} rows by an index: each is run with its plan in the same run."
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
    found = []
    for name, listed in asked.items():
        numbers = ",".join(str(pk) for pk in listed.values_list("pk", flat=True)[:IDS])
        address = f"/api/v2?key={key}&action=status&orders={numbers}"
        if len(json.loads(client.get(address).content)) != IDS:
            raise SystemExit(f"{name}: not all of them were told")
        found.append(Measured(name, p95(client, address), PAGE_SECONDS))
    return found


def _first_looks(customer: User) -> list[Page]:
    """With the last of his orders, and with the services of those."""
    client = client_of(customer)
    asked = {
        "the dashboard": reverse("orders:dashboard"),
        "the order form, empty": reverse("orders:order_new"),
    }
    return [Page(name, client, address) for name, address in asked.items()]


def _swaps(customer: User) -> list[Page]:
    client = client_of(customer, headers=_SWAP)
    oldest = Order.objects.visible_to(customer.pk).order_by("pk")[1000].pk
    one = Order.objects.visible_to(customer.pk).latest("pk")
    listed = reverse("orders:order_list")
    asked = {
        "swap: a tab of the orders": f"{listed}?tab=partial",
        "swap: what runs": f"{listed}?tab=in_progress",
        "swap: orders far down": f"{listed}?below={oldest}",
        "swap: one order": one.get_absolute_url(),
    }
    return [Page(name, client, address, SWAP_SECONDS) for name, address in asked.items()]


def _staff() -> list[Page]:
    person = User.objects.create(email=_ADMIN, password="!", is_staff=True, is_superuser=True)
    client = client_of(person)
    one = Order.objects.select_related("customer").latest("pk")
    listed = reverse("admin:orders_order_changelist")
    asked = {
        "admin: orders": listed,
        "admin: orders, the last page that is counted": f"{listed}?p=100",
        "admin: one order by its number": f"{listed}?q={one.pk}",
        "admin: orders of a link": f"{listed}?q={one.link}",
        "admin: orders of an e-mail address": f"{listed}?q={one.customer.email}",
        "admin: transfers": reverse("admin:wallet_transfer_changelist"),
    }
    return [Page(name, client, address) for name, address in asked.items()]


def _prove_plans(big: int, pages: Iterable[Page]) -> None:
    """Of the queries that the pages really send, and of what programs ask for."""
    mine = Order.objects.visible_to(big)
    numbers = list(mine.order_by("-pk").values_list("pk", flat=True)[:IDS])
    plans.prove("API", _sql(mine.filter(pk__in=numbers)))
    for page in pages:
        with CaptureQueriesContext(connection) as sent:
            if page.client.get(page.address).status_code != HTTPStatus.OK:
                raise SystemExit(f"{page.name}: no answer to {page.address}")
        for query in sent.captured_queries:
            plans.prove(page.name, query["sql"])


def _sql(query: QuerySet[Order]) -> str:
    with CaptureQueriesContext(connection) as sent:
        list(query)
    return str(sent.captured_queries[-1]["sql"])
