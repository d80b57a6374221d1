"""What programs list, of customers and of staff: every list at what it is asked for, at both ends
of a long history."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.test import Client
from django.utils import timezone

from accounts import api_keys, operator_keys
from accounts.models import ApiKey, User
from accounts.rest.paging import cursor_at
from bench.orders import Page
from orders.models import Order
from orders.rest.shops import ORDERS

# A key of staff has so many calls in a second.
_CALLS = 5


def of_customer(customer: User) -> list[Page]:
    """REST v3."""
    _row, key = api_keys.create(
        user=customer, name="bench v3", scope=ApiKey.Scope.READ, at=timezone.now()
    )
    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {key}"})
    mine = Order.objects.visible_to(customer.pk)
    first, last = mine.order_by("pk")[1000], mine.latest("pk")
    day = first.created_at + timedelta(days=1)
    since, until = (moment.isoformat() for moment in (first.created_at, day))
    asked: dict[str, dict[str, object]] = {
        "all": {},
        "far down": {"cursor": cursor_at(first.pk, of=ORDERS)},
        "a status": {"status": "partial"},
        "a status of several states": {"status": "pending"},
        "a service": {"service": last.service_id},
        "a service without orders": {"service": 999_999_999},
        "a link": {"link": last.link},
        "a day and a status": {"since": since, "until": until, "status": "partial"},
        "a day of long ago": {"until": since, "limit": 100},
    }
    requests = [
        Page(f"REST v3: {name}", client, f"/api/v3/{name}") for name in ("refills", "cancels")
    ]
    return requests + [
        Page(f"REST v3: orders, {name}", client, f"/api/v3/orders?{urlencode(query)}")
        for name, query in asked.items()
    ]


def of_staff(person: User, customer: User) -> list[Page]:
    """The Admin API, a few calls with each key: they are for one look each."""
    one = Order.objects.visible_to(customer.pk).order_by("pk")[1000]
    born = int(one.created_at.timestamp())
    his: dict[str, object] = {"user": customer.pk}
    asked: dict[str, dict[str, object]] = {
        "orders?": {},
        "orders? the oldest": {"sort": "date-asc"},
        "orders? the last offset": {"offset": 10_000, "order_status": "canceled"},
        "orders? one's": {**his, "before": one.pk},
        "orders? one's oldest": {**his, "sort": "date-asc", "after": one.pk},
        "orders? one's of a status": {**his, "order_status": "partial"},
        "orders? one's of a service": {**his, "service_ids": "999999999"},
        "orders? one's of a day": {**his, "created_from": born, "created_to": born + 86_400},
        "orders? a status": {"order_status": "held"},
        "orders? a status far down": {"order_status": "partial", "before": one.pk},
        "orders? by hand": {"mode": "manual"},
        "orders? a link": {"link": one.link},
        "payments? one's": his,
        "payments? a status": {"status": "expired"},
        "tickets? one's": his,
        "users? a status": {"status": "suspended"},
    }
    pages = []
    for number, (name, query) in enumerate(asked.items()):
        path, _question, about = name.partition("?")
        if number % _CALLS == 0:
            client = _client_of_staff(person, f"bench {number}")
        address = f"/adminapi/v2/{path}?{urlencode(query)}"
        pages.append(Page(f"Admin API: {path}{about}", client, address))
    return pages


def _client_of_staff(person: User, name: str) -> Client:
    _row, key = operator_keys.create(
        user=person,
        name=name,
        scopes=operator_keys.scopes_for(person),
        networks=[],
        expires_at=None,
        at=timezone.now(),
    )
    return Client(SERVER_NAME="127.0.0.1", headers={"X-Api-Key": key})
