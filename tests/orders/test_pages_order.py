"""The page of one order, and taking an order back (REF-01, REF-09)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from legal.presets import STARTER
from legal.publishing import publish
from orders.models import Order, Status
from orders.pages.explanations import SENTENCES
from orders.placing.placement import OrderRequest, place_order
from services.models import Provider, Service
from tests.factories import fund, offer, order, provider, service
from tests.orders.pages import RUNNING, SCRIPTED, money_of, seen, text_of, walk
from wallet.balances import spendable_micros
from wallet.models import Transfer

MISSING = 2**62
UPSTREAM = "Upstream panel of ours"
Address = Callable[[int], str]
WAYS = {
    Status.SUBMITTING: (Status.SUBMITTING,),
    Status.UNCERTAIN: (Status.SUBMITTING, Status.UNCERTAIN),
    Status.PENDING: (Status.SUBMITTING, Status.PENDING),
    Status.IN_PROGRESS: RUNNING,
    Status.PROCESSING: (*RUNNING, Status.PROCESSING),
    Status.COMPLETED: (*RUNNING, Status.COMPLETED),
    Status.PARTIAL: (*RUNNING, Status.PARTIAL),
    Status.CANCELED: (*RUNNING, Status.CANCELED),
}


def page_of(order_id: int) -> str:
    return reverse("orders:order_detail", args=[order_id])


def cancel_of(order_id: int) -> str:
    return reverse("orders:order_cancel", args=[order_id])


@pytest.fixture
def shop(terms: None) -> Service:
    upstream = offer(provider=provider(name=UPSTREAM))
    return service(provider_service=upstream, rate_micros=1_750_000)


@pytest.fixture
def placed(alice: User, shop: Service) -> Order:
    """600 at 1.75 per 1000: 1.05."""
    return order(alice, service=shop, quantity=600)


@pytest.fixture
def own(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.mark.parametrize("address", [page_of, cancel_of])
class TestWhoMayLook:
    def test_a_visitor_logs_in_first(self, client: Client, placed: Order, address: Address) -> None:
        answer = client.get(address(placed.pk))
        assert answer["Location"].startswith(reverse("account_login"))

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_foreign_order_is_as_missing_as_one_that_never_was(
        self, client: Client, bob: User, placed: Order, address: Address, method: str
    ) -> None:
        client.force_login(bob)
        ask = getattr(client, method)
        foreign = ask(address(placed.pk))
        missing = ask(address(MISSING))
        huge = ask(address(10**30))
        if method == "post" and address is page_of:
            assert {foreign.status_code, missing.status_code, huge.status_code} == {405}
        else:
            assert {foreign.status_code, missing.status_code, huge.status_code} == {404}
        assert foreign.content == missing.content == huge.content
        placed.refresh_from_db()
        assert placed.status == Status.QUEUED

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_other_methods_are_refused(
        self, own: Client, placed: Order, address: Address, method: str
    ) -> None:
        assert getattr(own, method)(address(placed.pk)).status_code == 405


class TestThePage:
    @pytest.mark.parametrize("status", [Status.QUEUED, *WAYS])
    def test_each_status_is_explained_and_names_the_next_step(
        self, own: Client, placed: Order, status: Status
    ) -> None:
        walk(placed, *WAYS.get(status, ()), remains=100)
        words = text_of(own.get(page_of(placed.pk)))
        for sentence in SENTENCES[status]:
            assert str(sentence) in words

    def test_no_status_is_without_explanation(self) -> None:
        assert set(SENTENCES) == set(Status)

    @pytest.mark.parametrize("status", [Status.QUEUED, *WAYS])
    def test_the_provider_is_never_named(self, own: Client, placed: Order, status: Status) -> None:
        walk(placed, *WAYS.get(status, ()), remains=100)
        upstream = Provider.objects.get(name=UPSTREAM)
        Order.objects.filter(pk=placed.pk).update(provider=upstream, external_id="x-4711")
        page = own.get(page_of(placed.pk)).content.decode()
        assert UPSTREAM not in page
        assert "x-4711" not in page

    def test_no_refill_is_offered_while_nobody_can_ask_for_one(
        self, own: Client, alice: User
    ) -> None:
        bought = order(alice, service=service(can_refill=True, refill_days=30))
        why = {
            Status.QUEUED: "Refill Possible once the order is completed.",
            Status.PARTIAL: "An order that ended early has no refill",
        }
        for status in (Status.QUEUED, Status.PARTIAL):
            walk(bought, *WAYS.get(status, ()), remains=400)
            page = own.get(page_of(bought.pk))
            assert why[status] in text_of(page)
            assert reverse("orders:order_refill", args=[bought.pk]) not in page.content.decode()

    def test_a_partial_refund_is_counted_in_full_and_leads_to_the_statement(
        self, own: Client, placed: Order
    ) -> None:
        walk(placed, *RUNNING, Status.PARTIAL, remains=480)
        page = own.get(page_of(placed.pk))
        words = text_of(page)
        assert "600 × $1.75 per 1,000 $1.05" in words
        assert "$1.05 × 480 ÷ 600 = $0.84" in words
        assert "You paid $0.21" in words
        for transfer in Transfer.objects.filter(
            reference=placed.reference, kind__in=("order_charge", "order_refund")
        ):
            assert f"#entry-{transfer.pk}" in page.content.decode()

    def test_a_rounded_refund_says_so(self, own: Client, alice: User) -> None:
        odd = order(alice, service=service(rate_micros=1_000_001), quantity=1001)
        walk(odd, *RUNNING, Status.PARTIAL, remains=1000)
        words = text_of(own.get(page_of(odd.pk)))
        assert "$1.001001 × 1,000 ÷ 1,001 = $1.000001" in words
        assert "rounded to a millionth of a dollar" in words

    def test_the_lines_of_money_add_up_to_what_was_paid(self, own: Client, placed: Order) -> None:
        walk(placed, *RUNNING, Status.PARTIAL, remains=480)
        story = own.get(page_of(placed.pk)).context["story"]
        total = sum(movement.amount_micros for movement in story.movements)
        assert total == -story.order.net_charge_micros == -210_000

    def test_the_service_is_shown_as_it_was_when_ordered(
        self, own: Client, placed: Order, shop: Service
    ) -> None:
        was = shop.name
        Service.objects.filter(pk=shop.pk).update(name="Renamed", description="Other")
        words = text_of(own.get(page_of(placed.pk)))
        assert was in words
        assert "Renamed" not in words

    def test_the_terms_that_govern_it_are_linked(self, own: Client, placed: Order) -> None:
        page = own.get(page_of(placed.pk)).content.decode()
        versions = placed.publication.versions_in("en")
        assert versions
        assert all(version.get_absolute_url() in page for version in versions)

    def test_support_is_asked_about_this_order(self, own: Client, placed: Order) -> None:
        address = f"{reverse('tickets:ticket_new')}?order={placed.pk}"
        assert address in own.get(page_of(placed.pk)).content.decode()
        assert f'value="{placed.pk}" selected' in own.get(address).content.decode()

    def test_its_poll_ends_with_the_order(self, own: Client, placed: Order) -> None:
        page = own.get(page_of(placed.pk))
        question = f"{page_of(placed.pk)}?shown={page.context['story'].version}"
        assert question in page.content.decode()
        assert own.get(question, headers=SCRIPTED).status_code == 204
        walk(placed, *RUNNING, Status.COMPLETED)
        news = own.get(question, headers=SCRIPTED)
        assert b"<html" not in news.content
        assert "hx-trigger" not in news.content.decode()

    def test_without_scripts_a_link_asks_for_news_until_the_end(
        self, own: Client, placed: Order
    ) -> None:
        link = f'<a class="btn quiet no-js" href="{page_of(placed.pk)}">Look again</a>'
        assert link in own.get(page_of(placed.pk)).content.decode()
        walk(placed, *RUNNING, Status.COMPLETED)
        assert link not in own.get(page_of(placed.pk)).content.decode()

    def test_a_refund_brings_the_balance_in_the_header_along(
        self, own: Client, placed: Order
    ) -> None:
        page = own.get(page_of(placed.pk))
        assert '<b id="balance"><bdi>$98.95</bdi></b>' in page.content.decode()
        walk(placed, *RUNNING, Status.CANCELED)
        news = own.get(page_of(placed.pk), headers=SCRIPTED).content.decode()
        assert '<b id="balance" hx-swap-oob="innerHTML"><bdi>$100.00</bdi></b>' in news


class TestTakingItBack:
    def test_right_after_placing_it_says_until_when(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        fund(alice)
        answer = own.post(reverse("orders:order_new"), seen(own, shop), follow=True)
        assert "You can take it back, with the whole charge, until" in text_of(answer)
        assert "Cancel order" in text_of(answer)

    def test_it_asks_first_and_changes_nothing(self, own: Client, placed: Order) -> None:
        page = own.get(cancel_of(placed.pk))
        assert f"Cancel order {placed.pk}?" in text_of(page)
        assert "$1.05 comes back to your balance" in text_of(page)
        placed.refresh_from_db()
        assert placed.status == Status.QUEUED

    def test_the_whole_charge_is_back_at_once(
        self, own: Client, alice: User, placed: Order
    ) -> None:
        before = spendable_micros(customer_id=alice.pk)
        answer = own.post(cancel_of(placed.pk), follow=True)
        assert "The whole charge is back." in text_of(answer)
        assert "Canceled by you" in text_of(answer)
        assert spendable_micros(customer_id=alice.pk) == before + 1_050_000

    def test_pressed_twice_it_pays_back_once(self, own: Client, alice: User, placed: Order) -> None:
        own.post(cancel_of(placed.pk))
        after = money_of(alice)
        again = own.post(cancel_of(placed.pk))
        assert again["Location"] == page_of(placed.pk)
        assert money_of(alice) == after

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_once_it_is_on_its_way_it_says_so_and_changes_nothing(
        self, own: Client, alice: User, placed: Order, method: str
    ) -> None:
        walk(placed, *RUNNING)
        before = money_of(alice)
        answer = getattr(own, method)(cancel_of(placed.pk))
        assert answer.status_code == 409
        assert "cannot be canceled any more" in text_of(answer)
        assert money_of(alice) == before

    @pytest.mark.parametrize(("age_seconds", "status"), [(14, 200), (16, 409)])
    def test_where_the_terms_allow_no_cancel_the_undo_time_passes(
        self, own: Client, alice: User, shop: Service, age_seconds: int, status: int
    ) -> None:
        now = timezone.now()
        never = replace(STARTER, order_customer_cancel="never")
        publish(policy=never, versions=[], published_by=None, at=now - timedelta(days=1))
        fund(alice)
        wanted = OrderRequest(
            service_id=shop.pk,
            link="https://example.com/undo",
            quantity=600,
            channel=Order.Channel.WEB,
        )
        placed_at = now - timedelta(seconds=age_seconds)
        placed = place_order(customer_id=alice.pk, request=wanted, at=placed_at)
        assert own.get(cancel_of(placed.order_id)).status_code == status
        offer = f"Cancel order {placed.order_id}"
        assert (offer in text_of(own.get(page_of(placed.order_id)))) is (status == 200)
