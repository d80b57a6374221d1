"""`add` for every service type: by every name, in every transport, with every mistake named
(CAT-15, API-04)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from legal.models import Publication
from legal.publishing import publish
from orders.models import Order, Role
from services.models import Service
from services.types import ServiceType
from tests.factories import fund, service
from tests.orders.api.program import TRANSPORTS, Program
from tests.services.typed import ORDERS, TYPES
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db


def sold(type_: ServiceType, **fields: Any) -> Service:
    limits = {"min_quantity": 1, "rate_micros": 2_000_000, "can_cancel": True}
    return service(type=type_, **limits | fields)


def texts(type_: ServiceType) -> Mapping[str, str]:
    return ORDERS[type_][0] | {"quantity": "100"}


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_is_ordered_and_charged(
    script: Program, alice: User, type_: ServiceType
) -> None:
    before = spendable_micros(customer_id=alice.pk)
    answer = script.add(sold(type_), **texts(type_))
    order = Order.objects.get(pk=answer["order"])
    assert (order.quantity, order.charge_micros) == ORDERS[type_][2:]
    assert before - spendable_micros(customer_id=alice.pk) == order.charge_micros


@pytest.mark.parametrize("name", TRANSPORTS)
def test_a_list_comes_whole_through_every_transport(script: Program, name: str) -> None:
    chosen = sold(ServiceType.CUSTOM_COMMENTS)
    comments = "first, with a comma\r\nsecond"
    fields = {"action": "add", "service": chosen.pk, "link": "example.com/p/1"}
    answer = script.send(TRANSPORTS[name], custom_comments=comments, **fields).json()
    order = Order.objects.get(pk=answer["order"])
    assert order.parameters == {"comments": ["first, with a comma", "second"]}


def test_a_list_may_be_an_array(script: Program) -> None:
    chosen = sold(ServiceType.CUSTOM_COMMENTS)
    fields = {"action": "add", "service": chosen.pk, "link": "example.com/p/1"}
    answer = script.send(TRANSPORTS["json"], comments=["one, two", "three"], **fields).json()
    order = Order.objects.get(pk=answer["order"])
    assert order.parameters == {"comments": ["one, two", "three"]}


def test_every_wrong_parameter_is_named(script: Program) -> None:
    answer = script.add(sold(ServiceType.WEB_TRAFFIC), device="9", type_of_traffic="1")
    assert answer == {
        "error": "Incorrect request",
        "code": "incorrect_request",
        "parameter": "country",
        "parameters": ["country", "device", "google_keyword"],
    }


def test_parameters_of_other_types_are_ignored(script: Program) -> None:
    everything = {name: text for type_ in TYPES for name, text in texts(type_).items()}
    answer = script.add(sold(ServiceType.DEFAULT), **everything, unheard_of="x")
    assert Order.objects.get(pk=answer["order"]).parameters == {}


class TestADripFeed:
    def test_costs_all_its_runs(self, script: Program) -> None:
        chosen = sold(ServiceType.DEFAULT, can_drip_feed=True)
        answer = script.add(chosen, quantity=100, runs="5", interval="60")
        order = Order.objects.get(pk=answer["order"])
        assert (order.role, order.runs, order.interval_minutes) == (Role.DRIP_FEED, 5, 60)
        assert order.charge_micros == 1_000_000

    @pytest.mark.parametrize(
        ("fields", "name"),
        [
            ({"runs": "5"}, "interval"),
            ({"runs": "5", "interval": "0"}, "interval"),
            ({"runs": "5", "interval": "soon"}, "interval"),
            ({"runs": "many", "interval": "5"}, "runs"),
            ({"runs": "1001", "interval": "5"}, "runs"),
        ],
    )
    def test_names_what_is_wrong_with_it(
        self, script: Program, fields: dict[str, str], name: str
    ) -> None:
        answer = script.add(sold(ServiceType.DEFAULT, can_drip_feed=True), **fields)
        assert (answer["error"], answer["parameter"]) == ("Incorrect request", name)

    def test_of_one_run_is_none_whatever_its_interval(self, script: Program) -> None:
        answer = script.add(sold(ServiceType.DEFAULT), runs="1", interval="soon")
        assert Order.objects.get(pk=answer["order"]).runs is None


def allow(policy: str) -> None:
    """New terms about second orders on a link."""
    current = Publication.objects.current().get_policy()
    changed = replace(current, order_duplicate_policy=policy)  # type: ignore[arg-type]
    publish(policy=changed, versions=[], published_by=None, at=timezone.now())


class TestASecondOrderOnALink:
    @pytest.mark.parametrize("policy", ["warn", "allow_no_compensation"])
    def test_is_taken_where_the_terms_allow_it_and_the_caller_asks(
        self, script: Program, policy: str
    ) -> None:
        allow(policy)
        chosen = sold(ServiceType.DEFAULT)
        script.add(chosen, quantity=100)
        refused = script.add(chosen, quantity=100)
        assert refused["code"] == "duplicate_not_allowed"
        assert refused["parameter"] == "allow_duplicate"
        second = script.add(chosen, quantity=100, allow_duplicate="1")
        assert Order.objects.get(pk=second["order"]).duplicate_accepted

    def test_is_refused_where_the_terms_forbid_it(self, script: Program) -> None:
        chosen = sold(ServiceType.DEFAULT)
        script.add(chosen, quantity=100)
        assert script.add(chosen, quantity=100, allow_duplicate="1")["code"] == "duplicate_link"

    def test_needs_a_plain_yes(self, script: Program) -> None:
        answer = script.add(sold(ServiceType.DEFAULT), allow_duplicate="perhaps")
        assert answer["parameter"] == "allow_duplicate"

    def test_in_another_service_needs_no_word_of_a_program(
        self, script: Program, alice: User
    ) -> None:
        fund(alice)
        script.add(sold(ServiceType.DEFAULT), quantity=100)
        assert "order" in script.add(sold(ServiceType.DEFAULT), quantity=100)
