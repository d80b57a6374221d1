"""A business error is an answer: status 200, a sentence of the trade, a code, and no charge."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import switches
from accounts.models import KillSwitch, User
from orders.api import errors
from orders.models import Order
from orders.refusals import RefusalCode
from services.models import Service
from services.providers.dialect import API_V2, contains
from tests.factories import MICROS
from tests.orders.api.program import Program, Transport
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"service": 999_999}, "Incorrect service ID", "unknown_service"),
    ({"service": "abc"}, "Incorrect service ID", "unknown_service"),
    ({"service": ""}, "Incorrect request", "incorrect_request"),
    ({"link": ""}, "Incorrect request", "incorrect_request"),
    ({"link": "not a link"}, "Bad Link", "invalid_link"),
    ({"quantity": ""}, "Incorrect request", "incorrect_request"),
    ({"quantity": "many"}, "Incorrect request", "incorrect_request"),
    ({"quantity": 9}, "Quantity less than minimal 10", "below_minimum"),
    ({"quantity": 10_001}, "Quantity more than maximum 10000", "above_maximum"),
    ({"request_id": "x" * 101}, "Incorrect request", "incorrect_request"),
    ({"action": "sell"}, "This action is Invalid", "unknown_action"),
    ({"action": ""}, "This action is Invalid", "unknown_action"),
]


@pytest.mark.parametrize(("fields", "sentence", "code"), CASES)
def test_each_cause_has_its_sentence_and_charges_nothing(
    script: Program, alice: User, shop: Service, fields: dict[str, Any], sentence: str, code: str
) -> None:
    answer = script.add(shop, **fields)
    assert (answer["error"], answer["code"]) == (sentence, code)
    assert not Order.objects.exists()
    assert spendable_micros(customer_id=alice.pk) == 100 * MICROS


def test_an_unreadable_parameter_is_named(script: Program, shop: Service) -> None:
    assert script.add(shop, quantity="1e3") == {
        "error": "Incorrect request",
        "code": "incorrect_request",
        "parameter": "quantity",
    }


def test_too_little_money(script: Program, shop: Service, transport: Transport) -> None:
    Service.objects.filter(pk=shop.pk).update(rate_micros=100_000_001)
    fields = {"service": shop.pk, "link": "https://example.com", "quantity": 1000}
    assert script.send(transport, action="add", **fields).json() == {
        "error": "Not enough funds on balance",
        "code": "not_enough_funds",
    }
    assert script.ask(action="balance")["balance"] == "100"


def test_a_running_order_on_the_link(script: Program, shop: Service) -> None:
    assert "order" in script.add(shop)
    assert script.add(shop, link="HTTP://www.Example.com/p/1/") == {
        "error": "You have active order with this link. Please wait until order being completed.",
        "code": "duplicate_link",
    }
    assert script.ask(action="balance")["balance"] == "98"


def test_orders_that_are_switched_off(script: Program, shop: Service, olga: User) -> None:
    part = KillSwitch.Part.ORDERS
    switches.switch_off(part=part, reason="works on the floor", actor=olga)
    assert script.add(shop)["code"] == "switched_off"
    assert script.ask(action="balance")["balance"] == "100"


def test_every_refusal_has_words() -> None:
    assert set(errors.REFUSALS) == set(RefusalCode)


def test_a_panel_like_ours_understands_the_refusals_that_matter() -> None:
    known = API_V2.refusal_texts + API_V2.account_refusal_texts + API_V2.duplicate_link_texts
    for code in (
        RefusalCode.PRICE_TOO_SMALL,
        RefusalCode.KEY_REUSED,
        RefusalCode.UNKNOWN_SERVICE,
        RefusalCode.INVALID_LINK,
        RefusalCode.BELOW_MINIMUM,
        RefusalCode.ABOVE_MAXIMUM,
        RefusalCode.NOT_ENOUGH_FUNDS,
        RefusalCode.DUPLICATE_LINK,
        RefusalCode.CUSTOMER_INACTIVE,
    ):
        assert contains(known, errors.REFUSALS[code].sentence.format(fact=7)), code
    assert contains(API_V2.refusal_texts, errors.TOO_MANY_ORDERS.sentence)
    assert contains(API_V2.account_refusal_texts, errors.SCOPE_MISSING.sentence)
    assert contains(API_V2.unknown_order_texts, errors.UNKNOWN_ORDER.sentence)
    assert contains(API_V2.rate_limit_texts, errors.TOO_MANY_REQUESTS.sentence)


def test_a_success_never_has_an_error_key(script: Program, alice: User, shop: Service) -> None:
    placed = script.add(shop)
    answers = [placed, script.ask(action="status", order=placed["order"])]
    answers += [script.ask(action="balance"), *script.ask(action="services")]
    assert all("error" not in answer for answer in answers)


@pytest.mark.parametrize("spelling", ["add", "ADD", "Add", "aDD"])
def test_the_case_of_an_action_does_not_matter(
    script: Program, shop: Service, transport: Transport, spelling: str
) -> None:
    fields = {"service": shop.pk, "url": "https://example.com/p/1", "quantity": 10}
    assert "order" in script.send(transport, action=spelling, **fields).json()
