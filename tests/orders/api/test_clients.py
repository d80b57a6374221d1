"""Published clients of the trade and requests as PHP writes them, unchanged, against the running
panel: whatever they ask for, they get what they understand (API-04)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import smm
import smmpy
from safesmm import SafeSMM, SafeSMMError

from tests.orders.api.outside import Outside

# What the class in PHP that half of the trade copies calls itself.
OLD_PHP = {"User-Agent": "Mozilla/4.0 (compatible; MSIE 5.01; Windows NT 5.0)"}
LINK = "https://example.com/{}"


@pytest.fixture(scope="module")
def services(outside: Outside) -> list[dict[str, Any]]:
    return list(SafeSMM(outside.key, outside.url).services())


def sold(services: list[dict[str, Any]], type_: str = "Default", **flags: bool) -> int:
    """The number of a service that a strict client can order."""
    found = next(
        one
        for one in services
        if one["type"] == type_ and all(one[name] == flag for name, flag in flags.items())
    )
    assert float(found["rate"]) > 0
    assert int(found["min"]) <= int(found["max"])
    return int(found["service"])


def test_babismm(outside: Outside, services: list[dict[str, Any]]) -> None:
    # A trailing slash, which the client takes off.
    client = smm.SMM(f"{outside.url}/", outside.key)
    assert client.get_services() == services
    refillable = sold(services, refill=True)
    one = client.add_order(refillable, LINK.format("babi-1"), 1000)["order"]
    comments = sold(services, "Custom Comments")
    two = client.add_order(comments, LINK.format("babi-2"), comments="\n".join("abcdefghijkl"))
    posts = sold(services, "Subscriptions")
    client.add_order(posts, username="babi_3", min=100, max=100, posts=1, delay=0, expiry="")
    three = client.add_order(sold(services, cancel=True), LINK.format("babi-4"), 1000)["order"]
    asked = client.get_multi_status([one, two["order"], 8_000_001])
    assert client.get_status(one) == asked[str(one)]
    assert asked["8000001"] == {"error": "Incorrect order ID"}
    assert client.cancel_orders([three, 8_000_001])[0] == {"order": three, "cancel": 1}
    outside.let_pass([one])
    assert client.get_status(one)["status"] == "Completed"
    refill = client.create_refill(one)["refill"]
    assert client.get_refill_status(refill)["status"] in ("Pending", "In progress")
    assert client.get_multi_refill_status([refill, 8_000_001])[1]["refill"] == 8_000_001
    assert "error" in client.create_multi_refill([one])[0]["refill"]
    assert float(client.get_balance()["balance"]) > 0
    with pytest.raises(smm.SMMAPIError, match=r"^Incorrect service ID$"):
        client.add_order(8_000_001, LINK.format("babi-5"), 1000)


def test_safesmm(outside: Outside, services: list[dict[str, Any]]) -> None:
    client = SafeSMM(outside.key, outside.url)
    number = client.add_order(sold(services, cancel=True), LINK.format("safe-1"), 1000)["order"]
    drip = sold(services, dripfeed=True)
    parts = client.add_order(drip, LINK.format("safe-2"), 100, runs=5, interval=60)["order"]
    assert client.multi_status([number, parts])[str(number)] == client.status(number)
    assert client.status(parts)["runs"] == "5"
    assert client.cancel(number) == [{"order": number, "cancel": 1}]
    assert client.balance()["currency"] == "USD"
    with pytest.raises(SafeSMMError, match=r"^You have active order with this link\."):
        client.add_order(drip, LINK.format("safe-2"), 100, runs=5, interval=60)
    with pytest.raises(SafeSMMError, match=r"^Invalid API key$"):
        SafeSMM("panel_of_nobody", outside.url).balance()


def test_smmpy(outside: Outside, services: list[dict[str, Any]]) -> None:
    client = smmpy.smm(outside.url, outside.key)
    assert client.get_services() == services
    number = client.add_order(sold(services), LINK.format("smmpy-1"), 1000)["order"]
    assert client.get_multi_status([number])[str(number)] == client.get_status(number)
    assert client.get_balance()["currency"] == "USD"
    with pytest.raises(Exception, match=r"^Quantity less than minimal "):
        client.add_order(sold(services), LINK.format("smmpy-2"), 1)


def test_requests_as_php_writes_them(outside: Outside, services: list[dict[str, Any]]) -> None:
    """A form of http_build_query, with every name that the class knows; an array of POSTFIELDS,
    which is multipart; everything in the address; and JSON, with its type and without."""
    chosen = sold(services)
    blank = {"runs": "", "interval": "", "comments": "", "expiry": "", "username": ""}
    answers = []
    for shape in range(6):
        fields = {"key": outside.key, "action": "add", "service": chosen, "quantity": 1000, **blank}
        fields["link"] = LINK.format(f"php-{shape}")
        answers.append(send(outside.url, fields, shape=shape))
    numbers = [answer.json()["order"] for answer in answers]
    assert len(set(numbers)) == len(numbers)
    assert {answer.headers["Content-Type"] for answer in answers} == {"application/json"}
    assert not any("Access-Control-Allow-Origin" in answer.headers for answer in answers)


def send(url: str, fields: dict[str, Any], *, shape: int) -> requests.Response:
    form = urlencode(fields)
    written = json.dumps(fields)
    typed = OLD_PHP | {"Content-Type": "application/x-www-form-urlencoded"}
    match shape:
        case 0:
            return requests.post(url, form, headers=typed, timeout=30)
        case 1:
            parts = {name: (None, str(value)) for name, value in fields.items()}
            return requests.post(url, files=parts, headers=OLD_PHP, timeout=30)
        case 2:
            return requests.get(f"{url}/?{form}", headers=OLD_PHP, timeout=30)
        case 3:
            return requests.post(url, json=fields, headers=OLD_PHP, timeout=30)
        case 4:
            return requests.post(url, written, headers=typed, timeout=30)
        case _:
            rest, link = form.rsplit("&", 1)
            return requests.post(f"{url}?{link}", rest, headers=typed, timeout=30)
