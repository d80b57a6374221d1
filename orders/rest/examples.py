"""What callers may copy: a test holds each example to the description."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

_LINK = "https://example.com/p/1"
PLAIN = {"service": 1, "link": _LINK, "quantity": 1000}
ORDERS = [
    OpenApiExample("An order", PLAIN, request_only=True),
    OpenApiExample(
        "Comments of your own",
        {"service": 2, "link": _LINK, "comments": ["first comment", "second comment"]},
        request_only=True,
    ),
    OpenApiExample(
        "A drip-feed: 5 runs of 100, an hour between them",
        {"service": 1, "link": _LINK, "quantity": 100, "runs": 5, "interval": 60},
        request_only=True,
    ),
    OpenApiExample(
        "A subscription to somebody's new posts",
        {"service": 3, "username": "name_one", "min": 100, "max": 200, "posts": 5, "delay": 0},
        request_only=True,
    ),
    OpenApiExample(
        "The order",
        {
            "id": 23501,
            "status": "partial",
            "service": 1,
            "service_name": "Views",
            "type": "default",
            "link": _LINK,
            "quantity": 1000,
            "runs": None,
            "interval": None,
            "parameters": {},
            "charge": "0.9",
            "refunded": "0.1413",
            "net_charge": "0.7587",
            "currency": "USD",
            "start_count": 3572,
            "delivered": 843,
            "remains": 157,
            "role": "single",
            "parent": None,
            "idempotency_key": "my-order-1",
            "created_at": "2030-01-31T12:00:00Z",
            "started_at": "2030-01-31T12:04:00Z",
            "finished_at": "2030-01-31T14:30:00Z",
        },
        response_only=True,
        status_codes=["200", "201"],
    ),
]
BATCH = [
    OpenApiExample(
        "Two orders",
        {
            "orders": [
                {**PLAIN, "idempotency_key": "my-order-1"},
                {**PLAIN, "link": "https://example.com/p/2", "idempotency_key": "my-order-2"},
            ]
        },
        request_only=True,
    )
]
QUOTE = [OpenApiExample("An order", PLAIN, request_only=True)]
