"""An order of every service type, checked without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from orders.models import Order
from orders.placing import checking
from orders.placing.asking import OrderRequest
from orders.refusals import OrderRefused
from services import pricing
from services.models import Service
from services.types import SPECS, ServiceType

TODAY = date(2026, 11, 22)
LINK = "https://example.com/p/1"
RATE = 2_000_000
# What a customer gives, what the provider gets besides the link, what is counted, what it costs.
QUANTITY = {"quantity": "100"}
ORDERS: Mapping[ServiceType, tuple[dict[str, str], dict[str, str], int, int]] = {
    ServiceType.DEFAULT: ({}, QUANTITY, 100, 200_000),
    ServiceType.PACKAGE: ({}, {}, 1, RATE),
    ServiceType.SEO: (
        {"keywords": "one, two\nthree"},
        {"keywords": "one\ntwo\nthree", **QUANTITY},
        100,
        200_000,
    ),
    ServiceType.CUSTOM_COMMENTS: (
        {"comments": "nice\n\n great \r\nwow"},
        {"comments": "nice\ngreat\nwow"},
        3,
        6_000,
    ),
    ServiceType.CUSTOM_COMMENTS_PACKAGE: (
        {"comments": "nice\ngreat"},
        {"comments": "nice\ngreat"},
        1,
        RATE,
    ),
    ServiceType.MENTIONS: (
        {"usernames": "@one\ntwo"},
        {"usernames": "one\ntwo", **QUANTITY},
        100,
        200_000,
    ),
    ServiceType.MENTIONS_WITH_HASHTAGS: (
        {"usernames": "one\ntwo", "hashtags": "#a\n#b"},
        {"usernames": "one\ntwo", "hashtags": "#a\n#b", **QUANTITY},
        100,
        200_000,
    ),
    ServiceType.MENTIONS_CUSTOM_LIST: (
        {"usernames": "one\ntwo\nthree\nfour"},
        {"usernames": "one\ntwo\nthree\nfour"},
        4,
        8_000,
    ),
    ServiceType.MENTIONS_HASHTAG: (
        {"hashtag": "#one"},
        {"hashtag": "#one", **QUANTITY},
        100,
        200_000,
    ),
    ServiceType.MENTIONS_USER_FOLLOWERS: (
        {"username": "example.com/name"},
        {"username": "https://example.com/name", **QUANTITY},
        100,
        200_000,
    ),
    ServiceType.MENTIONS_MEDIA_LIKERS: (
        {"media": "https://example.com/p/2"},
        {"media": "https://example.com/p/2", **QUANTITY},
        100,
        200_000,
    ),
    ServiceType.COMMENT_LIKES: (
        {"username": "@one"},
        {"username": "one", **QUANTITY},
        100,
        200_000,
    ),
    ServiceType.COMMENT_REPLIES: (
        {"username": "one", "comments": "yes\nno"},
        {"username": "one", "comments": "yes\nno"},
        2,
        4_000,
    ),
    ServiceType.POLL: ({"answer_number": "7"}, {"answer_number": "7", **QUANTITY}, 100, 200_000),
    ServiceType.INVITES_FROM_GROUPS: (
        {"groups": "https://example.com/g/1\nexample.com/g/2"},
        {"groups": "https://example.com/g/1\nexample.com/g/2", **QUANTITY},
        100,
        200_000,
    ),
    ServiceType.SUBSCRIPTIONS: (
        {
            "username": "@one",
            "min": "50",
            "max": "60",
            "posts": "5",
            "old_posts": "1",
            "delay": "0",
        },
        {"username": "one", "min": "50", "max": "60", "posts": "5", "old_posts": "1", "delay": "0"},
        60,
        720_000,
    ),
    ServiceType.WEB_TRAFFIC: (
        {"country": "WW", "device": "5", "type_of_traffic": "1", "google_keyword": "a word"},
        {
            "country": "WW",
            "device": "5",
            "type_of_traffic": "1",
            "google_keyword": "a word",
            **QUANTITY,
        },
        100,
        200_000,
    ),
}
TYPES = list(ServiceType)
NEEDED = [
    (type_, parameter)
    for type_, spec in SPECS.items()
    for parameter in spec.parameters
    if parameter.name in ORDERS[type_][0]
]


def sold(type_: ServiceType, **fields: Any) -> Service:
    facts = {"min_quantity": 1, "max_quantity": 10_000, "rate_micros": RATE, "can_cancel": True}
    return Service(pk=1, type=type_, **facts | fields)


def asked(type_: ServiceType, **fields: Any) -> OrderRequest:
    facts: dict[str, Any] = {
        "service_id": 1,
        "link": LINK,
        "quantity": 100,
        "channel": Order.Channel.API,
        "texts": ORDERS[type_][0],
    }
    return OrderRequest(**facts | fields)


def checked(type_: ServiceType, service: Service | None = None, **fields: Any) -> checking.Wanted:
    return checking.check(
        service=service or sold(type_), request=asked(type_, **fields), today=TODAY
    )


def refused(type_: ServiceType, service: Service | None = None, **fields: Any) -> OrderRefused:
    with pytest.raises(OrderRefused) as caught:
        checked(type_, service, **fields)
    return caught.value


def ordered(type_: ServiceType, **fields: Any) -> Order:
    service = sold(type_)
    wanted = checked(type_, service, **fields)
    quote = pricing.quote(
        service=service, own_rate_micros=None, quantity=wanted.quantity, runs=wanted.runs
    )
    return Order(
        link=wanted.link.url,
        quantity=quote.quantity,
        runs=quote.runs,
        interval_minutes=wanted.interval_minutes,
        role=wanted.role,
        parameters=wanted.values,
        charge_micros=quote.charge_micros,
        snapshot=service.snapshot(),
    )
