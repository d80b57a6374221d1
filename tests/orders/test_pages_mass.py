"""Mass orders: every line is named before anything is paid, good ones are placed once."""

from __future__ import annotations

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import switches
from accounts.models import KillSwitch, User
from orders.models import Order
from services.models import Service
from services.types import ServiceType
from tests.databases import TestDatabase
from tests.factories import MICROS, fund, service
from tests.orders.pages import LINK, LIST, SCRIPTED, Answer, money_of, text_of
from tests.races import at_once
from tests.tickets.corpus import MARKUP
from wallet.models import Transfer

MASS = reverse("orders:order_mass")
_HIDDEN = re.compile(r'name="(key|text_name|shown_for)" value="([^"]*)"')
_TICKED = re.compile(r'name="chosen" value="(\d+)"[^>]* checked')
_BOX = re.compile(r"<textarea[^>]*>(.*?)</textarea>", re.DOTALL)


@pytest.fixture
def own(client: Client, alice: User) -> Client:
    fund(alice, 100 * MICROS)
    client.force_login(alice)
    return client


@pytest.fixture
def shop(terms: None) -> Service:
    """2.00 per 1000, 10 to 10,000."""
    return service(rate_micros=2 * MICROS)


def box_in(page: Answer) -> str:
    [text] = _BOX.findall(page.content.decode())
    return html.unescape(text).strip()


def sent_by(page: Answer, **changes: object) -> dict[str, object]:
    """What the button of a preview sends."""
    text = page.content.decode()
    hidden: dict[str, object] = dict(_HIDDEN.findall(text))
    return hidden | {
        "act": "place",
        "lines": box_in(page),
        "chosen": _TICKED.findall(text),
        **changes,
    }


def lines_of(shop: Service, count: int, *, first: int = 1, quantity: int = 1000) -> str:
    numbers = range(first, first + count)
    return "\n".join(f"{shop.pk}|{LINK}/{number}|{quantity}" for number in numbers)


class TestThePreview:
    def test_every_line_is_named_and_nothing_charged(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        lines = [f"{shop.pk}|{LINK}|1000", "", "nonsense", f"{shop.pk};500;example.com/p/2"]
        page = own.post(MASS, {"lines": "\n".join([*lines, f"{shop.pk}|{LINK}/3|5"])})
        words = text_of(page)
        assert page.status_code == 200
        assert "2 lines can be ordered, 2 cannot" in words
        assert "Write it as service|link|quantity. nonsense" in words
        assert "The smallest order of this service is 10." in words
        assert "Balance now $100.00 Total of 2 orders $3.00 Balance after $97.00" in words
        assert "Place 2 orders — $3.00" in words
        assert _TICKED.findall(page.content.decode()) == ["1", "4"]
        assert money_of(alice) == (100 * MICROS, 0)

    @pytest.mark.parametrize(
        ("lines", "words"),
        [
            ("999|https://example.com/p/1|10", "not on sale"),
            ("{shop}|https://example.com/p/1|10\n{shop}|http://www.example.com/p/1/|20", "Line 1"),
            ("{words}|https://example.com/p/1|10", "needs more than a link and a quantity"),
            ("{package}|https://example.com/p/1|10", "its quantity is 1"),
        ],
    )
    def test_what_cannot_be_ordered_here_says_why(
        self, own: Client, shop: Service, lines: str, words: str
    ) -> None:
        comments = service(type=ServiceType.CUSTOM_COMMENTS)
        package = service(type=ServiceType.PACKAGE)
        text = lines.format(shop=shop.pk, words=comments.pk, package=package.pk)
        assert words in text_of(own.post(MASS, {"lines": text}))

    def test_a_package_is_one_at_its_whole_price(self, own: Client, alice: User) -> None:
        package = service(type=ServiceType.PACKAGE, rate_micros=7 * MICROS)
        page = own.post(MASS, {"lines": f"{package.pk}|{LINK}|1"})
        own.post(MASS, sent_by(page))
        assert money_of(alice) == (93 * MICROS, 1)

    def test_five_hundred_lines_take_as_many_queries_as_five(
        self, own: Client, shop: Service
    ) -> None:
        counts = []
        for count in (1, 5, 500):  # the first one reads the terms, too
            with CaptureQueriesContext(connection) as queries:
                page = own.post(MASS, {"lines": lines_of(shop, count)})
            assert f"{count} line" in text_of(page)
            counts.append(len(queries))
        assert counts[1] == counts[2] <= 8

    def test_a_line_more_than_five_hundred_is_refused_in_words(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        refused = own.post(MASS, {"lines": lines_of(shop, 501)})
        assert refused.status_code == 422
        assert "At most 500 lines at once; these are 501." in text_of(refused)
        assert len(box_in(refused).splitlines()) == 501
        assert money_of(alice) == (100 * MICROS, 0)

    def test_an_empty_box_asks_for_a_line(self, own: Client) -> None:
        refused = own.post(MASS, {"lines": " \n "})
        assert refused.status_code == 422
        assert "Write at least one line" in text_of(refused)

    def test_a_link_where_an_order_runs_is_named(self, own: Client, shop: Service) -> None:
        own.post(MASS, sent_by(own.post(MASS, {"lines": lines_of(shop, 1)})))
        running = Order.objects.get()
        words = text_of(own.post(MASS, {"lines": lines_of(shop, 1)}))
        assert f"Order {running.pk} for this link is still running." in words

    def test_two_of_a_kind_on_a_link_are_ordered_only_when_ticked(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        other = service(category=shop.category)
        page = own.post(MASS, {"lines": f"{shop.pk}|{LINK}|100\n{other.pk}|{LINK}|100"})
        assert "Line 1 orders the same kind for this link." in text_of(page)
        assert _TICKED.findall(page.content.decode()) == ["1"]
        shown = own.post(MASS, sent_by(page, chosen=["1", "2"]))
        assert "Total of 2 orders" in text_of(shown)
        own.post(MASS, sent_by(shown))
        assert money_of(alice)[1] == 2


class TestPlacing:
    def test_good_lines_become_orders_and_bad_ones_stay_with_their_reason(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        page = own.post(MASS, {"lines": f"{lines_of(shop, 3)}\n{shop.pk}|nowhere|10"})
        done = own.post(MASS, sent_by(page))
        assert done.status_code == 200
        assert "3 orders are placed for $6.00." in text_of(done)
        assert box_in(done) == f"{shop.pk}|nowhere|10"
        assert "This is not a web address." in text_of(done)
        assert money_of(alice) == (94 * MICROS, 3)
        booked = Transfer.objects.filter(reference__startswith="order:")
        assert sum(booked.values_list("amount_micros", flat=True)) == 6 * MICROS

    def test_all_placed_leads_to_the_list(self, own: Client, shop: Service) -> None:
        done = own.post(MASS, sent_by(own.post(MASS, {"lines": lines_of(shop, 2)})), follow=True)
        assert done.redirect_chain == [(LIST, 302)]
        assert "2 orders are placed for $4.00." in text_of(done)

    def test_chosen_lines_alone_are_placed_after_their_own_sum_was_shown(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        page = own.post(MASS, {"lines": lines_of(shop, 3)})
        shown = own.post(MASS, sent_by(page, chosen=["2"]))
        assert "Total of 1 order $2.00" in text_of(shown)
        assert money_of(alice) == (100 * MICROS, 0)
        done = own.post(MASS, sent_by(shown))
        assert [order.link for order in Order.objects.all()] == [f"{LINK}/2"]
        assert box_in(done).splitlines() == lines_of(shop, 3).splitlines()[::2]
        assert _TICKED.findall(done.content.decode()) == []

    def test_the_sum_alone_is_what_the_page_would_show(self, own: Client, shop: Service) -> None:
        sent = sent_by(own.post(MASS, {"lines": lines_of(shop, 3)}), chosen=["1", "3"])
        part = own.post(f"{MASS}?part=sum", sent, headers=SCRIPTED)
        assert b"<html" not in part.content
        assert "Place 2 orders — $4.00" in text_of(part)

    def test_a_form_that_is_sent_again_places_nothing_twice(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        sent = sent_by(own.post(MASS, {"lines": f"{lines_of(shop, 3)}\nbad"}))
        pages = [text_of(own.post(MASS, sent)) for _press in range(3)]
        assert money_of(alice) == (94 * MICROS, 3)
        assert all("3 orders are placed for $6.00." in words for words in pages)

    def test_a_line_that_was_changed_after_back_is_another_order(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        sent = sent_by(own.post(MASS, {"lines": lines_of(shop, 2)}))
        own.post(MASS, sent)
        changed = f"{lines_of(shop, 1)}\n{shop.pk}|{LINK}/other|500"
        shown = own.post(MASS, {"lines": changed, "key": str(sent["key"])})
        assert "Place 1 order — $1.00" in text_of(shown)
        done = own.post(MASS, sent_by(shown))
        assert done.status_code == 302  # and no line is left over
        assert money_of(alice) == (95 * MICROS, 3)
        assert Order.objects.filter(link=f"{LINK}/other", quantity=500).count() == 1

    def test_twenty_presses_at_once_place_every_line_once(
        self, fresh_db: TestDatabase, alice: User, shop: Service
    ) -> None:
        fund(alice, 100 * MICROS)
        browser = Client()
        browser.force_login(alice)
        sent = sent_by(browser.post(MASS, {"lines": lines_of(shop, 5)}))

        def press() -> int:
            tab = Client()
            tab.cookies = browser.cookies
            return tab.post(MASS, sent).status_code

        assert set(at_once(20, press)) <= {200, 302}
        assert money_of(alice) == (90 * MICROS, 5)

    def test_what_the_balance_does_not_pay_for_stays_with_the_reason(
        self, client: Client, bob: User, shop: Service
    ) -> None:
        fund(bob, 5 * MICROS)
        client.force_login(bob)
        page = client.post(MASS, {"lines": lines_of(shop, 4)})
        assert "Your balance pays for the first 2 orders ($4.00)." in text_of(page)
        assert "Missing $3.00" in text_of(page)
        done = client.post(MASS, sent_by(page))
        assert money_of(bob) == (1 * MICROS, 2)
        words = text_of(done)
        assert "Line 3 Not enough funds: $1.00 more is needed." in words
        assert box_in(done).splitlines() == lines_of(shop, 2, first=3).splitlines()

    def test_a_changed_price_is_shown_again_and_charges_nothing(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        sent = sent_by(own.post(MASS, {"lines": lines_of(shop, 2)}))
        Service.objects.filter(pk=shop.pk).update(rate_micros=3 * MICROS)
        shown = own.post(MASS, sent)
        assert "Place 2 orders — $6.00" in text_of(shown)
        assert money_of(alice) == (100 * MICROS, 0)

    @pytest.mark.parametrize("change", [{"key": "x"}, {"shown_for": ""}, {"lines": "1|a.b/c|1"}])
    def test_what_was_not_shown_like_this_is_not_placed(
        self, own: Client, alice: User, shop: Service, change: dict[str, str]
    ) -> None:
        own.post(MASS, sent_by(own.post(MASS, {"lines": lines_of(shop, 2)}), **change))
        assert money_of(alice) == (100 * MICROS, 0)

    def test_a_switched_off_panel_takes_no_line_and_keeps_all(
        self, own: Client, alice: User, olga: User, shop: Service
    ) -> None:
        sent = sent_by(own.post(MASS, {"lines": lines_of(shop, 3)}))
        switches.switch_off(part=KillSwitch.Part.ORDERS, reason="We move.", actor=olga)
        switches._forget()
        refused = own.post(MASS, sent)
        assert refused.status_code == 422
        assert "Line 3 We move." in text_of(refused)
        assert box_in(refused) == lines_of(shop, 3)
        assert money_of(alice) == (100 * MICROS, 0)

    def test_five_hundred_orders_are_placed_by_one_press(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        fund(alice, 1000 * MICROS)
        sent = sent_by(own.post(MASS, {"lines": lines_of(shop, 500)}))
        own.post(MASS, sent)
        assert money_of(alice) == (100 * MICROS, 500)


class TestTheWayBack:
    def test_a_box_sent_after_the_session_ended_comes_back_filled(
        self, client: Client, alice: User, shop: Service
    ) -> None:
        text = lines_of(shop, 400)
        way = client.post(MASS, {"lines": text})["Location"]
        client.force_login(alice)
        back = way.partition("next=")[2].replace("%3F", "?").replace("%3D", "=")
        assert box_in(client.get(back)) == text

    def test_a_balance_that_pays_for_nothing_says_so(
        self, client: Client, alice: User, shop: Service
    ) -> None:
        client.force_login(alice)
        words = text_of(client.post(MASS, {"lines": lines_of(shop, 2)}))
        assert "Your balance pays for none of them yet. The lines stay in the box." in words
        assert "the first 0" not in words

    def test_adding_funds_leads_back_to_the_lines(self, own: Client, shop: Service) -> None:
        way = own.post(MASS, {"lines": lines_of(shop, 3), "act": "fund"})["Location"]
        assert way.startswith(reverse("wallet:top_up"))
        assert "return_to=%2Forders%2Fmass%2F%3Fdraft%3D" in way


def upload(content: bytes, name: str = "orders.csv") -> dict[str, object]:
    return {"file": SimpleUploadedFile(name, content, content_type="text/csv")}


class TestFiles:
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
    def test_a_sheet_fills_the_box_below_what_was_typed(
        self, own: Client, shop: Service, mark: bytes
    ) -> None:
        rows = f'Service,Link,Quantity\r\n{shop.pk},"{LINK}?a=1,2",500\r\n'
        page = own.post(MASS, {"lines": lines_of(shop, 1)} | upload(mark + rows.encode()))
        assert "Total of 1 order" in text_of(own.post(MASS, upload(mark + rows.encode())))
        assert box_in(page).startswith(lines_of(shop, 1))
        assert f'{shop.pk},"{LINK}?a=1,2",500' in box_in(page)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"\x89PNG\r\n\x1a\n\x00\x00", "no text file in UTF-8"),
            (b"12|https://example.com/\x00|10", "no text file in UTF-8"),
            ("12|https://example.com/ä|10".encode("latin-1"), "no text file in UTF-8"),
            ("12|https://example.com/|10".encode("utf-16"), "no text file in UTF-8"),
            (b"12|https://example.com/p|10\n" * 400_000, "too large for 500 lines"),
            (b"", "Write at least one line"),
        ],
        ids=["picture", "NUL", "latin-1", "utf-16", "10 MB", "empty"],
    )
    def test_what_is_no_sheet_is_refused_in_words(
        self, own: Client, alice: User, content: bytes, words: str
    ) -> None:
        refused = own.post(MASS, upload(content))
        assert refused.status_code == 422
        assert words in text_of(refused)
        assert money_of(alice) == (100 * MICROS, 0)

    @pytest.mark.parametrize(
        "text", [*MARKUP, '=HYPERLINK("http://x")', "+1|@SUM(A1)|-1", "\u202e12|x|1"]
    )
    def test_formulas_and_markup_are_text(self, own: Client, shop: Service, text: str) -> None:
        page = own.post(MASS, upload(f"{text}\n{lines_of(shop, 1)}".encode()))
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()
        assert "<img src=x" not in page.content.decode()
