"""What each action answers, in every transport, key by key and type by type."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.billing import name_country
from accounts.models import User
from orders.api.actions import OFFERED
from orders.models import Order, Status
from orders.telling import ORDER_WORDS
from services.models import CustomPrice, Pace, QualityLabel, Service
from services.providers.dialect import API_V2, normalise_word
from tests.factories import MICROS, fund, order, service
from tests.orders.api.program import LINK, Answer, Program, Transport
from tests.orders.following.test_pacing import pace

pytestmark = pytest.mark.django_db


def shape(value: Any) -> Any:
    """Keys and exact JSON types, so that "5" and 5 or 1 and true are told apart."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return type(value)


def at_provider(placed: Order, **fields: Any) -> Order:
    """The order as a poll would have left it."""
    Order.objects.filter(pk=placed.pk).update(**fields)
    placed.refresh_from_db()
    return placed


class TestServices:
    def test_lists_what_is_on_sale_in_the_types_of_the_trade(
        self, script: Program, transport: Transport
    ) -> None:
        sold = service(name="Views", rate_micros=900_000, average_minutes=45)
        service(name="Gone", is_active=False)
        assert script.send(transport, action="services").json() == [
            {
                "service": sold.pk,
                "name": "Views",
                "type": "Default",
                "category": "Platform A · Views",
                "rate": "0.9",
                "min": "10",
                "max": "10000",
                "refill": False,
                "cancel": False,
                "dripfeed": False,
                "desc": "Automated accounts: numbers only, no genuine interest.",
                "average_time": "45",
            }
        ]

    def test_shows_the_callers_own_price_and_nobody_elses(
        self, script: Program, stranger: Program, alice: User, shop: Service
    ) -> None:
        CustomPrice.objects.create(customer=alice, service=shop, rate_micros=1_250_001)
        assert script.ask(action="services")[0]["rate"] == "1.250001"
        assert stranger.ask(action="services")[0]["rate"] == "2"

    def test_says_first_what_is_delivered(self, script: Program) -> None:
        service(delivery="incentivised", description="From many countries.")
        assert script.ask(action="services")[0]["desc"] == (
            "People who are rewarded for it, no genuine interest.\nFrom many countries."
        )

    def test_says_what_the_trade_has_no_members_for(self, script: Program) -> None:
        label = QualityLabel.objects.create(name="High", meaning="Accounts with a picture.")
        service(quality=label, tier="premium", can_cancel=True, can_partial=False)
        assert script.ask(action="services")[0]["desc"].splitlines() == [
            "Automated accounts: numbers only, no genuine interest.",
            "High: Accounts with a picture.",
            "Tier: Premium",
            "Stopped after its start, it gives nothing back.",
        ]

    def test_the_average_time_is_what_was_measured_lately(
        self, script: Program, now: datetime
    ) -> None:
        sold = service(average_minutes=45)
        pace(sold, now)
        assert script.ask(action="services")[0]["average_time"] == str((5 + 25 + 20 + 70) // 2)
        Pace.objects.update(orders=2)
        assert script.ask(action="services")[0]["average_time"] == "45"

    def test_what_is_not_sold_where_the_caller_is_billed_is_not_listed(
        self, script: Program, stranger: Program, alice: User
    ) -> None:
        service(blocked_countries=["DE"])
        name_country(user=alice, country="DE")
        assert script.ask(action="services") == []
        assert len(stranger.ask(action="services")) == 1

    def test_answers_a_list_even_when_nothing_is_sold(self, script: Program) -> None:
        assert script.ask(action="services") == []


class TestAdd:
    def test_places_an_order_and_takes_its_price(
        self, script: Program, shop: Service, transport: Transport
    ) -> None:
        fields = {"action": "add", "service": shop.pk, "link": LINK, "quantity": 1234}
        answer = script.send(transport, **fields).json()
        placed = Order.objects.get()
        assert answer == {"order": placed.pk}
        assert type(answer["order"]) is int
        assert (placed.channel, placed.link, placed.quantity) == ("api", LINK, 1234)
        assert (placed.charge_micros, placed.status) == (2_468_000, Status.QUEUED)
        assert script.ask(action="balance")["balance"] == "97.532"

    def test_has_no_use_for_an_undo_time(self, script: Program, shop: Service) -> None:
        script.add(shop)
        placed = Order.objects.get()
        assert placed.not_before == placed.created_at

    def test_ignores_what_it_does_not_know_and_what_is_empty(
        self, script: Program, shop: Service
    ) -> None:
        generic = {"comments": "", "usernames": "", "expiry": "", "runs": "0", "interval": "0"}
        assert "order" in script.add(shop, **generic, is_test="1", note="x" * 500)

    def test_refuses_a_drip_feed_rather_than_placing_one_run_of_it(
        self, script: Program, shop: Service
    ) -> None:
        answer = script.add(shop, runs=5, interval=60)
        assert (answer["error"], answer["parameter"]) == ("Incorrect request", "runs")
        assert not Order.objects.exists()


class TestStatus:
    def test_reports_one_order_in_strings(
        self, script: Program, alice: User, transport: Transport
    ) -> None:
        placed = at_provider(order(alice), status="in_progress", start_count=3572, remains=157)
        assert script.send(transport, action="status", order=placed.pk).json() == {
            "charge": "1",
            "start_count": "3572",
            "status": "In progress",
            "remains": "157",
            "currency": "USD",
        }

    def test_of_an_order_that_nobody_has_begun(self, script: Program, alice: User) -> None:
        report = script.ask(action="status", order=order(alice).pk)
        assert (report["start_count"], report["remains"]) == ("0", "1000")
        assert (report["charge"], report["status"]) == ("1", "Pending")

    def test_charges_what_the_order_costs_after_refunds(self, script: Program, alice: User) -> None:
        placed = order(alice, quantity=1000)
        at_provider(
            placed, status="partial", remains=278, due_micros=278_001, refunded_micros=278_001
        )
        report = script.ask(action="status", order=placed.pk)
        assert (report["charge"], report["remains"]) == ("0.721999", "278")

    def test_reports_many_by_their_numbers(
        self, script: Program, alice: User, transport: Transport
    ) -> None:
        first, second = order(alice), order(alice)
        asked = f"{first.pk}, {second.pk} ,{first.pk},,999999999,junk"
        reports = script.send(transport, action="status", orders=asked).json()
        assert list(reports) == [str(first.pk), str(second.pk), "999999999", "junk"]
        assert reports["999999999"] == reports["junk"] == {"error": "Incorrect order ID"}
        assert reports[str(first.pk)] == script.ask(action="status", order=first.pk)

    def test_finds_a_number_with_spaces_around_it(self, script: Program, alice: User) -> None:
        placed = order(alice)
        assert script.ask(action="status", order=f" {placed.pk} ")["status"] == "Pending"

    def test_takes_a_json_list_of_numbers(self, script: Program, alice: User) -> None:
        ids = [order(alice).pk, order(alice).pk]
        fields = {"key": script.key, "action": "status", "orders": ids}
        answer = script.client.post("/api/v2", fields, content_type="application/json")
        assert list(answer.json()) == [str(number) for number in ids]

    def test_prefers_orders_to_order(self, script: Program, alice: User) -> None:
        one, many = order(alice), order(alice)
        assert list(script.ask(action="status", order=one.pk, orders=many.pk)) == [str(many.pk)]
        assert "charge" in script.ask(action="status", order=one.pk, orders="")

    def test_takes_a_hundred_and_no_more(self, script: Program) -> None:
        hundred = ",".join(str(number) for number in range(1, 101))
        assert len(script.ask(action="status", orders=hundred)) == 100
        assert len(script.ask(action="status", orders=f"{hundred},{hundred}")) == 100
        refused = script.ask(action="status", orders=f"{hundred},101")
        assert refused["code"] == "too_many_orders"

    @pytest.mark.parametrize("fields", [{"order": "1"}, {"order": "-1"}, {"order": "٣"}])
    def test_of_an_order_that_is_not_there(self, script: Program, fields: dict[str, str]) -> None:
        answer = script.ask(action="status", **fields)
        assert answer == {"error": "Incorrect order ID", "code": "unknown_order"}

    @pytest.mark.parametrize("fields", [{}, {"order": ""}, {"orders": " , ,"}])
    def test_needs_a_number(self, script: Program, fields: dict[str, str]) -> None:
        assert script.ask(action="status", **fields)["error"] == "Incorrect request"

    def test_has_a_word_of_the_trade_for_every_status(self) -> None:
        assert set(ORDER_WORDS) == set(Status)
        for status, word in ORDER_WORDS.items():
            understood = API_V2.states[normalise_word(word)].value
            assert understood == ("pending" if word == "Pending" else status.value)


class TestBalance:
    @pytest.mark.parametrize(
        ("micros", "text"),
        [(0, "0"), (8 * MICROS, "8"), (100_842_920, "100.84292"), (1, "0.000001")],
    )
    def test_is_exact_and_has_no_more_decimals_than_it_needs(
        self, reader: Program, alice: User, transport: Transport, micros: int, text: str
    ) -> None:
        if micros:
            fund(alice, micros)
        answer = reader.send(transport, action="balance").json()
        assert answer == {"balance": text, "currency": "USD"}


class TestTheDeclaration:
    def test_shows_answers_as_they_really_are(
        self, script: Program, alice: User, shop: Service
    ) -> None:
        placed, ended = order(alice), order(alice, service=service(can_refill=True, refill_days=9))
        at_provider(ended, status="completed", finished_at=timezone.now())
        fields = {"service": shop.pk, "link": LINK, "quantity": 10, "order": placed.pk}
        for action in OFFERED:
            fields["order"] = ended.pk if action.name == "refill" else placed.pk
            sent = {each.name: fields.get(each.name, "") for each in action.parameters}
            if action.name == "mass":
                sent["orders"] = json.dumps([fields | {"link": LINK + "2"}, {"service": 0}])
            answer = script.ask(action=action.name, **sent)
            assert shape(answer) == shape(action.sample)
            fields |= {"refill": answer["refill"]} if action.name == "refill" else {}


def test_every_answer_is_json_that_nobody_keeps(script: Program, transport: Transport) -> None:
    for action in ("balance", "nonsense"):
        answer: Answer = script.send(transport, action=action)
        assert answer["Content-Type"] == "application/json"
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert not answer.cookies


def test_every_answer_leads_to_the_terms(script: Program, terms: None) -> None:
    for action in ("services", "sell"):
        link = script.send(action=action).headers["Link"]
        address, _separator, relation = link.partition("; ")
        assert relation == 'rel="terms-of-service"'
        assert (
            script.client.get(address.strip("<>").removeprefix(settings.SITE_URL)).status_code
            == 200
        )
