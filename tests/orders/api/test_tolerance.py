"""What real clients send unasked: taken where only one thing can be meant."""

from __future__ import annotations

import json

import pytest

from orders.models import Order
from services.models import Service
from tests.orders.api.program import FORM, LINK, URL, Program

pytestmark = pytest.mark.django_db

BALANCE = {"balance": "100", "currency": "USD"}


def test_names_of_parameters_have_no_case(script: Program) -> None:
    answer = script.client.post(URL, {"KEY": script.key, "Action": "Balance"})
    assert answer.json() == BALANCE


def test_one_name_in_two_cases_with_two_values_is_refused(script: Program, shop: Service) -> None:
    answer = script.add(shop, quantity="10", Quantity="20")
    assert (answer["code"], answer["parameter"]) == ("incorrect_request", "quantity")
    assert not Order.objects.exists()


@pytest.mark.parametrize("content_type", [FORM, "text/plain", "application/octet-stream"])
def test_json_under_another_type_is_json(script: Program, content_type: str) -> None:
    body = json.dumps({"key": script.key, "action": "balance"})
    answer = script.client.post(URL, f"\n{body}", content_type=content_type)
    assert answer.json() == BALANCE


@pytest.mark.parametrize("content_type", ["text/plain;charset=UTF-8", "application/octet-stream"])
def test_a_form_under_another_type_is_a_form(script: Program, content_type: str) -> None:
    body = f"key={script.key}&action=balance"
    assert script.client.post(URL, body, content_type=content_type).json() == BALANCE


@pytest.mark.parametrize("names", [("orders[]", "orders[]"), ("orders[0]", "orders[1]")])
def test_the_arrays_of_forms_are_lists(script: Program, names: tuple[str, str]) -> None:
    body = f"key={script.key}&action=status&{names[0]}=8000001&{names[1]}=8000002"
    answer = script.client.post(URL, body, content_type=FORM).json()
    assert list(answer) == ["8000001", "8000002"]


def test_an_array_is_no_number(script: Program, shop: Service) -> None:
    assert script.add(shop, **{"quantity": "", "quantity[]": "10"})["parameter"] == "quantity"


@pytest.mark.parametrize("action", ["statuses", "multiStatus", "multi_status", " status "])
def test_other_panels_names_of_actions_are_known(
    script: Program, shop: Service, action: str
) -> None:
    number = script.add(shop)["order"]
    answer = script.ask(action=action, orders=f" {number} , {number},,8000001")
    assert list(answer) == [str(number), "8000001"]
    assert answer["8000001"] == {"error": "Incorrect order ID"}


def test_a_list_beats_a_single_number(script: Program, shop: Service) -> None:
    number = script.add(shop)["order"]
    assert list(script.ask(action="status", order=number, orders="8000001")) == ["8000001"]


class TestMass:
    def test_takes_each_order_for_itself(self, script: Program, shop: Service) -> None:
        good = {"service": shop.pk, "link": LINK, "quantity": 1000}
        wanted = [good, good | {"service": 0}, good | {"quantity": "many", "link": LINK + "1"}]
        wanted += [{"link": LINK}, good | {"url": LINK + "2", "link": ""}, good]
        for orders in (json.dumps(wanted), wanted):
            transport = {"action": "mass", "orders": orders, "key": script.key}
            answer = script.client.post(URL, transport, content_type="application/json").json()
        placed = list(Order.objects.order_by("pk").values_list("link", "pk"))
        assert [link for link, _ in placed] == [LINK, LINK + "2"]
        codes = [one.get("code") for one in answer]
        assert codes[1:4] == ["unknown_service", "incorrect_request", "incorrect_request"]
        assert codes[0] == codes[4] == codes[5] == "duplicate_link"
        assert script.ask(action="balance")["balance"] == "96"

    def test_with_names_gives_the_same_orders_again(self, script: Program, shop: Service) -> None:
        one = {"service": shop.pk, "link": LINK, "quantity": 10, "request_id": "a"}
        orders = json.dumps([one, one | {"link": LINK + "2", "request_id": "b"}])
        first = script.ask(action="mass", orders=orders)
        assert [list(entry) for entry in first] == [["order"], ["order"]]
        assert script.ask(action="mass", orders=orders) == first
        assert Order.objects.count() == 2

    @pytest.mark.parametrize(
        "orders", ["", "[]", "{}", "1,2", "[1]", "[", "[[]]", '["a"]', "[" * 9000]
    )
    def test_without_a_list_orders_nothing(self, script: Program, orders: str) -> None:
        answer = script.send(action="mass", orders=orders)
        assert answer.json()["code"] == "incorrect_request"

    def test_of_more_than_a_hundred_orders_nothing(self, script: Program, shop: Service) -> None:
        wanted = [{"service": shop.pk, "link": f"{LINK}{n}", "quantity": 10} for n in range(101)]
        assert script.ask(action="mass", orders=json.dumps(wanted))["code"] == "too_many_orders"
        assert not Order.objects.exists()

    def test_is_for_keys_that_may_order(self, reader: Program, shop: Service) -> None:
        wanted = json.dumps([{"service": shop.pk, "link": LINK, "quantity": 10}])
        assert reader.ask(action="mass", orders=wanted)["code"] == "scope_missing"
