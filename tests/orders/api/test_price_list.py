"""`services` for thousands: made once for all who see alike, never older than the catalogue."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import brotli
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import admission
from accounts.admission import Call, Knock
from accounts.models import User
from orders.api import price_list
from orders.api.answers import service_item
from orders.api.negotiating import accepted
from services import viewpoints
from services.models import CustomPrice, GroupDiscount, GroupMembership, PriceGroup, Service
from services.viewpoints import viewpoint_of
from tests.factories import MICROS, category, service
from tests.orders.api.program import URL, Answer, Program, program

pytestmark = pytest.mark.django_db
SERVICES = {"action": "services"}
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def rates(script: Program) -> dict[int, str]:
    return {item["service"]: item["rate"] for item in script.ask(**SERVICES)}


def get(script: Program, **headers: str) -> Answer:
    return Client().get(URL, {"key": script.key, **SERVICES}, headers=headers)


@pytest.fixture
def group(alice: User) -> PriceGroup:
    """Alice pays a tenth less."""
    group = PriceGroup.objects.create(name="Resellers", discount_bp=1000)
    GroupMembership.objects.create(customer=alice, group=group)
    return group


class TestWhatItSays:
    def test_it_is_every_service_as_it_would_be_written_alone(
        self, script: Program, shop: Service, alice: User
    ) -> None:
        service(name='Likes, "quoted" ✓', rate_micros=3)
        listed = Service.objects.listed().priced_for(alice.pk)
        assert script.ask(**SERVICES) == [service_item(each) for each in listed]

    def test_each_customer_reads_his_own_prices(
        self, script: Program, stranger: Program, shop: Service, alice: User
    ) -> None:
        CustomPrice.objects.create(customer=alice, service=shop, rate_micros=MICROS)
        assert rates(script) == {shop.pk: "1"}
        assert rates(stranger) == {shop.pk: "2"}

    def test_a_group_reads_the_price_that_it_pays(
        self, script: Program, stranger: Program, shop: Service, group: PriceGroup
    ) -> None:
        assert rates(script) == {shop.pk: "1.8"}
        assert rates(stranger) == {shop.pk: "2"}
        GroupDiscount.objects.create(group=group, service=shop, discount_bp=5000)
        assert rates(script) == {shop.pk: "1"}

    def test_a_group_never_reads_a_price_below_the_cost(
        self, script: Program, shop: Service, group: PriceGroup
    ) -> None:
        Service.objects.filter(pk=shop.pk).update(floor_micros=1_900_000, below_cost="refuse")
        assert rates(script) == {shop.pk: "1.9"}

    def test_what_is_free_of_charge_is_free_for_everybody(
        self, script: Program, shop: Service, alice: User
    ) -> None:
        CustomPrice.objects.create(customer=alice, service=shop, rate_micros=MICROS)
        Service.objects.filter(pk=shop.pk).update(is_free=True, rate_micros=0)
        number = script.add(shop)["order"]
        assert script.ask(action="status", order=number)["charge"] == rates(script)[shop.pk] == "0"

    def test_what_it_says_is_what_an_order_costs(
        self, script: Program, shop: Service, group: PriceGroup
    ) -> None:
        number = script.add(shop)["order"]
        assert script.ask(action="status", order=number)["charge"] == rates(script)[shop.pk]

    def test_what_is_not_sold_in_a_country_is_not_in_its_list(
        self, script: Program, stranger: Program, shop: Service, alice: User
    ) -> None:
        Service.objects.filter(pk=shop.pk).update(blocked_countries=["DE"])
        User.objects.filter(pk=alice.pk).update(country="DE")
        assert rates(script) == {}


class TestItIsNeverOld:
    def test_a_change_is_there_with_the_next_call(self, script: Program, shop: Service) -> None:
        assert rates(script) == {shop.pk: "2"}
        Service.objects.filter(pk=shop.pk).update(rate_micros=7 * MICROS)
        assert rates(script) == {shop.pk: "7"}
        Service.objects.filter(pk=shop.pk).update(is_active=False)
        assert rates(script) == {}

    def test_a_renamed_category_is_there_with_the_next_call(
        self, script: Program, shop: Service
    ) -> None:
        script.ask(**SERVICES)
        shop.category.name = "Plays"
        shop.category.save()
        assert script.ask(**SERVICES)[0]["category"].endswith("Plays")

    def test_who_asks_after_somebody_who_sees_alike_costs_one_query(
        self, script: Program, shop: Service, felix: User
    ) -> None:
        other = program(felix)
        script.ask(**SERVICES)
        with CaptureQueriesContext(connection) as captured:
            other.ask(**SERVICES)
        assert len(captured) == 1, [each["sql"] for each in captured]

    def test_calls_of_one_moment_each_see_their_own(
        self, script: Program, stranger: Program, shop: Service, alice: User, group: PriceGroup
    ) -> None:
        CustomPrice.objects.create(customer=alice, service=shop, rate_micros=MICROS)
        knocks = [Knock(key, "10.0.0.1", False, NOW) for key in (stranger.key, "?", script.key)]
        rows = admission.ask(price_list.ADMITTED, [Call(knock, {}) for knock in knocks])
        seen = [viewpoints.seen(row[-viewpoints.WIDTH :]) for row in rows]
        assert [each.own_rates for each in seen] == [{}, {}, {shop.pk: MICROS}]
        assert [each.group_id for each in seen] == [None, None, group.pk]
        assert seen[2] == viewpoint_of(alice.pk)

    def test_without_the_number_it_would_be_old(
        self, script: Program, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        same = viewpoint_of(None)
        monkeypatch.setattr(viewpoints, "seen", lambda _row: same)
        script.ask(**SERVICES)
        Service.objects.filter(pk=shop.pk).update(rate_micros=7 * MICROS)
        assert rates(script) == {shop.pk: "2"}


class TestHowItIsSent:
    def test_whoever_has_it_is_told_so(self, script: Program, shop: Service) -> None:
        etag = get(script).headers["ETag"]
        answer = get(script, if_none_match=etag)
        assert (answer.status_code, answer.content) == (304, b"")
        Service.objects.filter(pk=shop.pk).update(name="Other")
        assert get(script, if_none_match=etag).status_code == 200

    def test_a_post_is_always_answered_with_the_list(self, script: Program, shop: Service) -> None:
        etag = get(script).headers["ETag"]
        headers = {"if-none-match": etag}
        answer = Client().post(URL, {"key": script.key, **SERVICES}, headers=headers)
        assert answer.status_code == 200
        assert len(answer.json()) == 1

    @pytest.mark.parametrize(
        ("encoding", "read"), [("br", brotli.decompress), ("gzip", gzip.decompress)]
    )
    def test_it_comes_compressed_for_who_can_read_that(
        self, script: Program, shop: Service, encoding: str, read: Any
    ) -> None:
        answer = get(script, accept_encoding=encoding)
        assert answer.headers["Content-Encoding"] == encoding
        assert json.loads(read(answer.content)) == get(script).json()

    @pytest.mark.parametrize(
        ("header", "chosen"),
        [
            ("", None),
            ("gzip, deflate", "gzip"),
            ("gzip, deflate, br", "br"),
            ("br;q=0, gzip;q=0.5", "gzip"),
            ("gzip;q=0.000", None),
            ("identity", None),
            ("GZIP", "gzip"),
            ("gzip;q=nonsense", "gzip"),
        ],
    )
    def test_only_what_the_reader_names_is_chosen(self, header: str, chosen: str | None) -> None:
        assert accepted(header) == chosen


def test_old_lists_make_room(
    script: Program, shop: Service, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(price_list, "KEPT_BYTES", 1)
    service(category=category("Likes"))
    for rate in range(1, 5):
        CustomPrice.objects.update_or_create(
            customer=alice, service=shop, defaults={"rate_micros": rate}
        )
        assert rates(script)[shop.pk] == f"0.00000{rate}"
    (shelf,) = price_list._shelves.values()
    assert len(shelf.lists) == 1
