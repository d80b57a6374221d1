"""The order form: what is shown is charged, nothing else is, and every refusal keeps the input."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts import switches
from accounts.models import KillSwitch, User
from orders.models import Order
from services.models import Category, CustomPrice, Platform, Service
from tests.databases import TestDatabase
from tests.factories import MICROS, fund, service
from tests.orders.corpus import GOOD_LINKS, LINKS, NUMBERS
from tests.orders.pages import (
    LINK,
    NEW,
    SCRIPTED,
    hidden_in,
    money_of,
    seen,
    text_of,
    unseen,
    wanted,
)
from tests.races import at_once
from tests.tickets.corpus import CHARACTERS, MARKUP

FUNDS = 100 * MICROS


@pytest.fixture
def own(client: Client, alice: User) -> Client:
    fund(alice, FUNDS)
    client.force_login(alice)
    return client


@pytest.fixture
def shop(terms: None) -> Service:
    """2.00 per 1000, 10 to 10,000."""
    return service(rate_micros=2 * MICROS, link_example="https://example.com/p/9")


class TestTheWayIn:
    def test_a_visitor_logs_in_first_and_comes_back(self, client: Client, shop: Service) -> None:
        answer = client.get(NEW, wanted(shop))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))

    def test_a_form_sent_after_the_session_ended_comes_back_filled(
        self, client: Client, shop: Service
    ) -> None:
        answer = client.post(NEW, unseen(shop, quantity=777))
        [back] = parse_qs(urlsplit(answer["Location"]).query)["next"]
        filled = {name: value for name, [value] in parse_qs(urlsplit(back).query).items()}
        assert filled == wanted(shop, quantity=777)

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_other_methods_are_refused(self, own: Client, method: str) -> None:
        assert getattr(own, method)(NEW).status_code == 405

    def test_the_page_sends_no_more_of_a_large_catalogue_than_is_chosen(
        self, own: Client, shop: Service
    ) -> None:
        copies = [service(category=shop.category) for _ in range(2)]
        Service.objects.bulk_create(
            [_copy_of(copies[number % 2], number) for number in range(1000)]
        )
        page = own.get(NEW, {"service": shop.pk})
        assert len(page.content) < 60_000
        assert f'value="{shop.pk}" selected' in page.content.decode()


def _copy_of(original: Service, number: int) -> Service:
    copied = ("category", "provider_service", "rate_micros", "delivery")
    fields = {name: getattr(original, name) for name in copied}
    return Service(name=f"Copy {number}", min_quantity=10, max_quantity=100, **fields)


class TestTheFilledForm:
    def test_an_address_fills_it_and_shows_the_price(self, own: Client, shop: Service) -> None:
        page = own.get(NEW, wanted(shop, quantity=1500))
        assert hidden_in(page)["shown_charge"] == str(3 * MICROS)
        words = text_of(page)
        assert "1,500 × $2.00 per 1,000 $3.00" in words
        assert "Balance now $100.00 Balance after $97.00" in words
        assert "You can take it back for 15 seconds." in words

    def test_it_says_what_is_delivered_before_anything_is_ordered(
        self, own: Client, shop: Service
    ) -> None:
        words = text_of(own.get(NEW, {"service": shop.pk}))
        assert "Automated accounts: numbers only, no genuine interest" in words
        assert "Numbers may drop again later" in words
        assert "No refill" in words
        assert "Example: https://example.com/p/9" in words

    @pytest.mark.parametrize("text", ["x", "-1", "9" * 30, "٣", "1e3", ""])
    def test_an_address_that_makes_no_sense_fills_nothing(self, own: Client, text: str) -> None:
        asked = dict.fromkeys(("platform", "category", "service", "quantity", "link", "q"), text)
        page = own.get(NEW, asked)
        assert page.status_code == 200
        assert "shown_charge" not in hidden_in(page)

    def test_a_service_that_is_not_on_sale_is_not_dropped_in_silence(
        self, own: Client, shop: Service
    ) -> None:
        page = own.get(NEW, {"service": "999", "link": LINK})
        assert "Service 999 is not on sale" in text_of(page)
        assert page.context["work"].form["link"].value() == LINK
        shop.is_active = False
        shop.save()
        assert f"Service {shop.pk} is not on sale" in text_of(own.get(NEW, {"service": shop.pk}))

    def test_a_service_on_sale_is_let_go_of_with_its_category(
        self, own: Client, shop: Service
    ) -> None:
        other = Platform.objects.create(name="Platform Z")
        Category.objects.create(platform=other, name="None yet")
        page = own.get(NEW, {"service": shop.pk, "platform": other.pk})
        assert "is not on sale" not in text_of(page)

    def test_the_price_alone_is_what_the_page_would_show(self, own: Client, shop: Service) -> None:
        asked = wanted(shop, quantity=1234)
        part = own.get(NEW, asked | {"part": "price"}, headers=SCRIPTED)
        assert b"<html" not in part.content
        whole = hidden_in(own.get(NEW, asked))
        assert hidden_in(part) == {name: whole[name] for name in ("shown_charge", "shown_for")}

    @pytest.mark.parametrize(("quantity", "words"), [("9", "smallest"), ("10001", "largest")])
    def test_the_price_box_names_the_limit_that_is_passed(
        self, own: Client, shop: Service, quantity: str, words: str
    ) -> None:
        asked = wanted(shop, quantity=quantity) | {"part": "price"}
        part = own.get(NEW, asked, headers=SCRIPTED)
        assert f"The {words} order of this service is" in text_of(part)
        assert hidden_in(part) == {}


class TestPlacing:
    def test_what_was_seen_is_charged_and_leads_to_the_order(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        answer = own.post(NEW, seen(own, shop))
        order = Order.objects.get(customer=alice)
        assert answer.status_code == 302
        assert answer["Location"] == order.get_absolute_url()
        assert (order.charge_micros, order.channel) == (2 * MICROS, Order.Channel.WEB)
        assert money_of(alice) == (98 * MICROS, 1)

    def test_the_first_press_without_scripts_shows_the_price_and_charges_nothing(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        review = own.post(NEW, unseen(shop))
        assert review.status_code == 200
        assert "Nothing has been charged yet." in text_of(review)
        assert money_of(alice) == (FUNDS, 0)
        own.post(NEW, wanted(shop) | hidden_in(review))
        assert money_of(alice) == (98 * MICROS, 1)

    @pytest.mark.parametrize(
        "change",
        [
            {"quantity": "2000"},
            {"shown_charge": "free"},
            {"shown_charge": "-1"},
            {"shown_for": ""},
            {"key": "not a key"},
            {"key": ""},
        ],
        ids=str,
    )
    def test_a_price_that_was_shown_for_something_else_is_shown_again(
        self, own: Client, alice: User, shop: Service, change: dict[str, str]
    ) -> None:
        review = own.post(NEW, seen(own, shop) | change)
        assert review.status_code == 200
        assert money_of(alice) == (FUNDS, 0)
        assert "shown_charge" in hidden_in(review)

    def test_choosing_without_scripts_keeps_the_input_and_orders_nothing(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        filled = seen(own, shop) | {"act": "pick", "category": str(shop.category_id)}
        answer = own.post(NEW, filled)
        asked = {
            name: value for name, [value] in parse_qs(urlsplit(answer["Location"]).query).items()
        }
        assert asked == wanted(shop) | {"category": str(shop.category_id)}
        assert money_of(alice) == (FUNDS, 0)

    def test_an_own_price_is_shown_and_charged(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        CustomPrice.objects.create(customer=alice, service=shop, rate_micros=MICROS)
        own.post(NEW, seen(own, shop))
        assert money_of(alice) == (99 * MICROS, 1)

    def test_fields_that_are_not_on_the_form_change_nothing(
        self, own: Client, alice: User, bob: User, shop: Service
    ) -> None:
        sly = {"charge": 1, "charge_micros": 1, "rate": 0, "status": "completed", "discount": 99}
        sly |= {"customer": bob.pk, "customer_id": bob.pk, "refunded_micros": 5, "channel": "api"}
        own.post(NEW, {**seen(own, shop), **sly})
        order = Order.objects.get()
        assert (order.customer, order.charge_micros, order.status) == (alice, 2 * MICROS, "queued")
        assert (order.channel, order.refunded_micros) == (Order.Channel.WEB, 0)


class TestOneFormOneOrder:
    def test_pressed_again_it_leads_to_the_same_order(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        filled = seen(own, shop)
        places = {own.post(NEW, filled)["Location"] for _press in range(20)}
        assert len(places) == 1
        assert money_of(alice) == (98 * MICROS, 1)

    def test_twenty_presses_at_once_are_one_order(
        self, fresh_db: TestDatabase, alice: User, shop: Service
    ) -> None:
        fund(alice, FUNDS)
        browser = Client()
        browser.force_login(alice)
        filled = seen(browser, shop)

        def press() -> str:
            tab = Client()
            tab.cookies = browser.cookies
            return tab.post(NEW, filled)["Location"]

        assert len(set(at_once(20, press))) == 1
        assert money_of(alice) == (98 * MICROS, 1)

    def test_changed_after_it_was_placed_it_is_refused_and_made_new(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        filled = seen(own, shop)
        own.post(NEW, filled)
        changed = seen(own, shop, link="https://example.com/p/2")
        refused = own.post(NEW, changed | {"key": filled["key"]})
        assert refused.status_code == 422
        assert "already used for another order" in text_of(refused)
        assert hidden_in(refused)["key"] != filled["key"]
        assert money_of(alice) == (98 * MICROS, 1)


class TestRefusals:
    def test_a_changed_price_is_shown_and_asked_again(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        filled = seen(own, shop)
        Service.objects.filter(pk=shop.pk).update(rate_micros=3 * MICROS)
        refused = own.post(NEW, filled)
        assert refused.status_code == 422
        assert "The price is now $3.00." in text_of(refused)
        assert text_of(refused).count("Nothing was charged") == 1
        assert money_of(alice) == (FUNDS, 0)
        own.post(NEW, wanted(shop) | hidden_in(refused))
        assert money_of(alice) == (97 * MICROS, 1)

    def test_too_little_money_names_what_is_missing_and_the_way_back(
        self, client: Client, bob: User, shop: Service
    ) -> None:
        fund(bob, MICROS // 2)
        client.force_login(bob)
        refused = client.post(NEW, seen(client, shop, quantity=1001))
        words = text_of(refused)
        assert refused.status_code == 422
        assert "Not enough funds: $1.502 more is needed." in words
        assert words.count("Nothing was charged") == 1
        assert "Missing $1.502" in words
        assert "Add $1.51" in words
        assert money_of(bob) == (MICROS // 2, 0)
        [back] = [part for part in refused.content.decode().split('"') if "return_to=" in part]
        [address] = parse_qs(urlsplit(back.replace("&amp;", "&")).query)["return_to"]
        assert f"service={shop.pk}" in address
        assert "quantity=1001" in address

    def test_a_second_order_for_a_running_link_leads_to_the_first(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        first = own.post(NEW, seen(own, shop))["Location"]
        refused = own.post(NEW, seen(own, shop, link="http://www.example.com/p/1/?utm_source=x"))
        assert refused.status_code == 422
        assert f'<a href="{first}">See order' in refused.content.decode()
        assert money_of(alice) == (98 * MICROS, 1)

    def test_a_service_that_left_the_shelf_is_refused(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        filled = seen(own, shop)
        Service.objects.filter(pk=shop.pk).update(is_active=False)
        refused = own.post(NEW, filled)
        assert refused.status_code == 422
        assert "This service is not on sale." in text_of(refused)
        assert money_of(alice) == (FUNDS, 0)

    def test_a_switched_off_panel_says_why(
        self, own: Client, alice: User, olga: User, shop: Service
    ) -> None:
        filled = seen(own, shop)
        reason = "We move to new servers until noon."
        switches.switch_off(part=KillSwitch.Part.ORDERS, reason=reason, actor=olga)
        switches._forget()
        refused = own.post(NEW, filled)
        assert refused.status_code == 422
        assert reason in text_of(own.get(NEW))
        assert money_of(alice) == (FUNDS, 0)

    def test_all_that_is_wrong_is_named_at_once_beside_its_field(
        self, own: Client, shop: Service
    ) -> None:
        page = own.post(NEW, unseen(shop, link="nowhere", quantity=5)).content.decode()
        assert "Nothing was charged. Please look at this:" in page
        assert 'id="id_link_error"' in page
        assert 'id="id_quantity_error"' in page
        assert 'value="nowhere"' in page
        assert 'value="5"' in page

    def test_an_empty_form_names_every_field(self, own: Client) -> None:
        refused = own.post(NEW, {})
        words = text_of(refused)
        assert refused.status_code == 422
        for sentence in ("Choose a service.", "Give the link", "Say how many."):
            assert sentence in words


class TestHostileInput:
    @pytest.mark.parametrize("number", NUMBERS, ids=lambda text: ascii(text)[:20])
    def test_a_quantity_is_plain_digits_or_refused(
        self, own: Client, alice: User, shop: Service, number: str
    ) -> None:
        refused = own.post(NEW, seen(own, shop) | {"quantity": number})
        assert refused.status_code == 422
        assert refused.context["work"].form["quantity"].value() == number
        assert refused.context["work"].form.errors["quantity"]
        assert money_of(alice) == (FUNDS, 0)

    @pytest.mark.parametrize(
        ("number", "words"),
        [
            ("1" + "0" * 20, "This number is too large"),
            ("1e2", "plain digits"),
            ("٣", "plain digits"),
        ],
    )
    def test_too_large_is_told_apart_from_no_number(
        self, own: Client, shop: Service, number: str, words: str
    ) -> None:
        refused = own.post(NEW, seen(own, shop) | {"quantity": number})
        assert words in str(refused.context["work"].form.errors["quantity"])

    def test_a_name_for_a_link_is_answered_with_what_is_wanted(
        self, own: Client, shop: Service
    ) -> None:
        refused = own.post(NEW, seen(own, shop) | {"link": "@somebody"})
        assert refused.status_code == 422
        assert "Give the address of the page, not a name" in text_of(refused)

    @pytest.mark.parametrize("number", NUMBERS, ids=lambda text: ascii(text)[:20])
    def test_a_service_is_plain_digits_or_refused(
        self, own: Client, alice: User, shop: Service, number: str
    ) -> None:
        refused = own.post(NEW, seen(own, shop) | {"service": number})
        assert refused.status_code == 422
        assert money_of(alice) == (FUNDS, 0)

    @pytest.mark.parametrize("link", LINKS, ids=lambda text: ascii(text)[:30])
    def test_what_is_no_web_address_is_refused_and_kept(
        self, own: Client, alice: User, shop: Service, link: str
    ) -> None:
        refused = own.post(NEW, seen(own, shop) | {"link": link})
        assert refused.status_code == 422
        assert refused.context["work"].form["link"].value() == link
        assert refused.context["work"].form.errors["link"]
        assert money_of(alice) == (FUNDS, 0)

    @pytest.mark.parametrize("link", GOOD_LINKS, ids=lambda text: ascii(text)[:30])
    def test_an_honest_link_is_taken_in_every_spelling(
        self, own: Client, alice: User, shop: Service, link: str
    ) -> None:
        assert own.post(NEW, seen(own, shop, link=link)).status_code == 302
        assert money_of(alice) == (98 * MICROS, 1)

    @pytest.mark.parametrize("name", ["service", "link", "quantity"])
    def test_a_value_that_is_sent_twice_is_refused(
        self, own: Client, alice: User, shop: Service, name: str
    ) -> None:
        filled: dict[str, object] = dict(seen(own, shop))
        refused = own.post(NEW, filled | {name: [filled[name], filled[name]]})
        assert refused.status_code == 422
        assert money_of(alice) == (FUNDS, 0)

    @pytest.mark.parametrize("text", [*MARKUP, *CHARACTERS], ids=lambda text: ascii(text)[:30])
    def test_text_is_shown_as_text(
        self, own: Client, alice: User, shop: Service, text: str
    ) -> None:
        filled = unseen(shop) | {"link": text, "quantity": text, "service": text}
        for page in (own.post(NEW, filled), own.get(NEW, {"q": text, "link": text})):
            assert page.status_code in (200, 422)
            assert "<script>alert" not in page.content.decode()
            assert "<img src=x" not in page.content.decode()
        assert money_of(alice) == (FUNDS, 0)

    @pytest.mark.parametrize("name", ["service", "link", "quantity", "key", "shown_charge"])
    def test_a_nul_is_refused_before_it_reaches_the_database(
        self, own: Client, alice: User, shop: Service, name: str
    ) -> None:
        assert own.post(NEW, seen(own, shop) | {name: "1\x00"}).status_code == 400
        assert own.get(NEW, {name: "1\x00"}).status_code == 400
        assert money_of(alice) == (FUNDS, 0)


class TestTheSearch:
    def test_a_number_finds_its_service(self, own: Client, shop: Service) -> None:
        part = own.get(NEW, {"part": "found", "q": str(shop.pk)}, headers=SCRIPTED)
        assert f'id="found-{shop.pk}"' in part.content.decode()
        assert "$2.00" in text_of(part)

    def test_without_scripts_a_result_keeps_what_was_typed(
        self, own: Client, shop: Service
    ) -> None:
        page = own.get(NEW, {"q": shop.name, "link": LINK, "quantity": "700"}).content.decode()
        assert f"service={shop.pk}&amp;found=1&amp;link=https%3A%2F%2F" in page

    def test_nothing_found_says_what_to_do(self, own: Client, shop: Service) -> None:
        part = own.get(NEW, {"part": "found", "q": "zzz"}, headers=SCRIPTED)
        assert "Try fewer or other words" in text_of(part)
