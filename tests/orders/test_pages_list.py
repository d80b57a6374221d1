"""Dashboard and list: own orders only, cheap at any length, quiet when nothing runs (ORD-14)."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import parts
from accounts.models import User
from orders.models import Order, Status
from orders.pages import listing
from orders.pages.asked import TABS
from services.models import Category, Platform, Service
from tests.factories import fund, order, service
from tests.orders.pages import DASHBOARD, LIST, RUNNING, SCRIPTED, text_of, walk

_ROW = re.compile(r'id="order-(\d+)"')
_POLL = re.compile(r'hx-get="([^"]*)" hx-trigger="every 20s"')


@pytest.fixture
def own(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def shop(terms: None) -> Service:
    return service(name="Views that last")


def listed(client: Client, **asked: str | int) -> list[int]:
    """The numbers of the orders on a page of the list, from the top."""
    return [int(number) for number in _ROW.findall(client.get(LIST, asked).content.decode())]


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("address", [LIST, DASHBOARD])
class TestWhoMayLook:
    def test_a_visitor_logs_in_first(self, client: Client, terms: None, address: str) -> None:
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (
            302,
            f"{reverse('account_login')}?next={address}",
        )

    def test_a_stranger_sees_nothing_of_it(
        self, client: Client, alice: User, bob: User, address: str
    ) -> None:
        secret = order(alice, link="https://example.com/secret")
        client.force_login(bob)
        page = client.get(address, {"q": "secret"})
        assert secret.link not in text_of(page)
        assert f"/orders/{secret.pk}/" not in page.content.decode()

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_other_methods_are_refused(self, own: Client, address: str, method: str) -> None:
        assert getattr(own, method)(address).status_code == 405

    def test_one_order_costs_as_many_queries_as_25(
        self, own: Client, alice: User, shop: Service, address: str
    ) -> None:
        order(alice, service=shop)
        own.get(address)  # each process reads the terms once
        few = queries(own, address)
        for _ in range(24):
            order(alice, service=shop)
        assert queries(own, address) == few


class TestTheList:
    def test_tabs_count_and_hold_the_orders_of_their_status(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        waiting, running, done = (order(alice, service=shop) for _ in range(3))
        walk(running, *RUNNING)
        walk(done, *RUNNING, Status.COMPLETED)
        assert "All 3 Pending 1 In progress 1 Completed 1 Partial 0 Canceled 0" in text_of(
            own.get(LIST)
        )
        assert listed(own) == [done.pk, running.pk, waiting.pk]
        assert listed(own, tab="pending") == [waiting.pk]
        assert listed(own, tab="in_progress") == [running.pk]
        assert listed(own, tab="completed") == [done.pk]
        assert listed(own, tab="partial") == []

    def test_every_status_has_a_tab(self) -> None:
        tabs = [statuses for name, (_label, statuses) in TABS.items() if name]
        assert sorted(status for statuses in tabs for status in statuses) == sorted(Status)

    def test_it_is_read_page_by_page_without_skipping_or_repeating(
        self, own: Client, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "PAGE_SIZE", 2)
        placed = [order(alice, service=shop).pk for _ in range(5)]
        found, below = [], ""
        for _page in range(3):
            page = listed(own, below=below)
            found += page
            below = str(page[-1])
        assert found == placed[::-1]
        assert "You have reached the end" in text_of(own.get(LIST, {"below": placed[0]}))

    def test_it_is_searched_by_number_link_and_service(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        first = order(alice, service=shop, link="https://example.com/p/one")
        second = order(alice, link="https://example.com/p/two")
        for words in (str(first.pk), f"#{first.pk}", "p/one", "that LAST"):
            assert listed(own, q=words) == [first.pk]
        assert listed(own, q="http://www.example.com/p/two/?utm_source=x") == [second.pk]
        assert listed(own, q="50%_") == []

    @pytest.mark.parametrize("asked", ["tab", "below", "q", "shown"])
    @pytest.mark.parametrize("text", ["x", "-1", "9" * 40, "٣", "<script>alert(1)</script>"])
    def test_an_address_that_makes_no_sense_is_no_error(
        self, own: Client, alice: User, asked: str, text: str
    ) -> None:
        order(alice)
        page = own.get(LIST, {asked: text})
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()

    def test_days_platform_and_service_narrow_it(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        first = timezone.now()
        later = first + timedelta(days=3)
        old = order(alice, service=shop, at=first)
        new = order(alice, service=shop, at=later)
        other = order(alice, at=later)
        day = later.date()
        assert listed(own, since=day.isoformat()) == [other.pk, new.pk]
        assert listed(own, until=(day - timedelta(days=3)).isoformat()) == [old.pk]
        assert listed(own, service=shop.pk) == [new.pk, old.pk]
        platform = Platform.objects.create(name="Platform Z")
        Category.objects.filter(pk=shop.category_id).update(platform=platform)
        assert listed(own, platform=platform.pk, tab="pending") == listed(own, tab="pending")
        assert "Clear 2 filters" in text_of(own.get(LIST, {"q": "x", "service": str(shop.pk)}))

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({"since": "x"}, "Enter a valid date."),
            ({"since": "2026-01-02", "until": "2026-01-01"}, "This day is before the first one."),
            ({"service": "views"}, "Enter the number of a service, such as 12."),
            ({"platform": "77777"}, "Select a valid choice."),
        ],
    )
    def test_a_filter_that_cannot_be_read_says_so_and_hides_nothing(
        self, own: Client, alice: User, asked: dict[str, str], words: str
    ) -> None:
        placed = order(alice)
        page = own.get(LIST, asked)
        assert words in text_of(page)
        assert str(placed.pk) in _ROW.findall(page.content.decode())

    def test_late_orders_have_a_tab_of_their_own_while_there_are_any(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        assert "Late" not in text_of(own.get(LIST))
        late = walk(order(alice, service=shop), *RUNNING)
        order(alice, service=shop)
        Order.objects.filter(pk=late.pk).update(expected_by=timezone.now())
        assert "Late 1" in text_of(own.get(LIST))
        assert listed(own, tab="late") == [late.pk]

    def test_counting_ends_where_nobody_counts_any_more(
        self, own: Client, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "MOST_COUNTED", 1)
        for _ in range(3):
            order(alice)
        assert "All 1,000+ Pending 1,000+ In progress 0" in text_of(own.get(LIST))

    def test_what_no_index_tells_is_looked_for_part_by_part(
        self, own: Client, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(parts, "LOOKED_THROUGH", 2)
        wanted = order(alice, service=shop, link="https://example.com/p/one")
        for _ in range(4):
            newest = order(alice, service=shop)
        first = own.get(LIST, {"q": "p/one"})
        assert "No order fits so far" in text_of(first)
        assert "All 0+" in text_of(first)
        [further] = re.findall(
            r'class="btn main" href="([^"]*below=[^"]*)"', first.content.decode()
        )
        assert f"below={newest.pk - 1}" in further
        last = own.get(LIST, {"q": "p/one", "below": str(wanted.pk + 1)})
        assert _ROW.findall(last.content.decode()) == [str(wanted.pk)]
        assert "looked through" not in text_of(last)
        assert listed(own, q=str(wanted.pk)) == [wanted.pk]

    def test_orders_of_midnight_are_on_their_day_whatever_their_numbers(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        midnight = timezone.now().replace(hour=0, minute=0) + timedelta(days=2)
        late, early = (
            order(alice, service=shop, at=midnight + timedelta(minutes=minutes))
            for minutes in (20, -20)
        )
        for days in (1, 2):
            order(alice, service=shop, at=midnight + timedelta(days=days, minutes=1))
        day, before = midnight.date(), midnight.date() - timedelta(days=1)
        assert listed(own, since=day.isoformat(), until=day.isoformat()) == [late.pk]
        assert listed(own, until=before.isoformat()) == [early.pk]

    def test_every_state_is_read_by_an_index_of_the_customers_own(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        order(alice, service=shop)
        assert queries(own, LIST) <= 8
        mine = Order.objects.history_of(alice.pk).asked_for()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            assert " using orders_order_customer" in mine.newest(26).explain()
            running = mine.newest(26, statuses=(Status.PENDING, Status.PROCESSING)).explain()
        assert running.count(" using orders_order_customer") == 2

    def test_an_empty_list_explains_itself(self, own: Client) -> None:
        assert "Place your first order" in text_of(own.get(LIST))
        assert "No orders with this status" in text_of(own.get(LIST, {"tab": "partial"}))
        assert "No order fits" in text_of(own.get(LIST, {"q": "zzz"}))

    def test_a_row_says_what_came_back_and_offers_the_next_act(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        cut = order(alice, service=shop, quantity=1000)
        walk(cut, *RUNNING, Status.PARTIAL, remains=400)
        page = own.get(LIST)
        assert "$0.40 paid back 600 of 1,000" in text_of(page).replace("Delivered ", "")
        assert "Order again" in text_of(page)

    def test_only_what_can_be_canceled_offers_it(self, own: Client, alice: User) -> None:
        waiting, sent = order(alice), order(alice)
        walk(sent, *RUNNING)
        page = own.get(LIST).content.decode()
        assert reverse("orders:order_cancel", args=[waiting.pk]) in page
        assert reverse("orders:order_cancel", args=[sent.pk]) not in page


class TestTheFile:
    EXPORT = reverse("orders:order_export")

    def lines(self, client: Client, **asked: str | list[str | int]) -> list[list[str]]:
        answer = client.get(self.EXPORT, asked)
        assert isinstance(answer, StreamingHttpResponse)
        return list(csv.reader(io.StringIO(b"".join(answer).decode())))

    def test_it_holds_what_the_filters_leave_on_all_pages(
        self, own: Client, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "PAGE_SIZE", 1)
        first, second = order(alice, service=shop), order(alice, service=shop)
        done = walk(order(alice, service=shop), *RUNNING, Status.PARTIAL, remains=400)
        assert [line[0] for line in self.lines(own)[1:]] == [
            str(found.pk) for found in (done, second, first)
        ]
        [cut] = self.lines(own, tab="partial")[1:]
        assert cut[5:] == ["1000", "Partial", "", "400", "1.00", "0.40"]

    def test_it_holds_the_rows_that_were_ticked(self, own: Client, alice: User) -> None:
        first, _second = order(alice), order(alice)
        assert [line[0] for line in self.lines(own, order=[first.pk, "x"])[1:]] == [str(first.pk)]

    def test_it_holds_nothing_of_others(self, own: Client, bob: User) -> None:
        theirs = order(bob)
        assert len(self.lines(own)) == 1
        assert len(self.lines(own, order=[theirs.pk])) == 1

    def test_no_cell_is_a_formula(self, own: Client, alice: User, terms: None) -> None:
        order(alice, service=service(name="=1+1"))
        assert self.lines(own)[1][3] == "'=1+1"


class TestThePoll:
    def test_one_question_serves_the_whole_list(self, own: Client, alice: User) -> None:
        for _ in range(3):
            order(alice)
        assert len(_POLL.findall(own.get(LIST).content.decode())) == 1

    @pytest.mark.parametrize("address", [LIST, DASHBOARD])
    def test_nobody_asks_while_nothing_runs(self, own: Client, alice: User, address: str) -> None:
        walk(order(alice), *RUNNING, Status.COMPLETED)
        assert "every 20s" not in own.get(address).content.decode()

    @pytest.mark.parametrize("address", [LIST, DASHBOARD])
    def test_it_answers_only_when_something_changed(
        self, own: Client, alice: User, address: str
    ) -> None:
        running = order(alice)
        [question] = _POLL.findall(own.get(address).content.decode())
        question = question.replace("&amp;", "&")
        assert own.get(question, headers=SCRIPTED).status_code == 204
        walk(running, *RUNNING, Status.COMPLETED)
        news = own.get(question, headers=SCRIPTED)
        assert news.status_code == 200
        assert b"<html" not in news.content
        assert "Completed" in text_of(news)
        assert "every 20s" not in news.content.decode()

    @pytest.mark.parametrize("address", [LIST, DASHBOARD])
    def test_progress_alone_is_news(self, own: Client, alice: User, address: str) -> None:
        running = walk(order(alice), *RUNNING, remains=900)
        [question] = _POLL.findall(own.get(address).content.decode())
        walk(running, remains=450)
        news = own.get(question.replace("&amp;", "&"), headers=SCRIPTED)
        assert "550 of 1,000" in text_of(news)

    def test_it_keeps_to_the_page_that_is_open(
        self, own: Client, alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "PAGE_SIZE", 1)
        older, newer = order(alice, service=shop), order(alice, service=shop)
        page = own.get(LIST, {"tab": "pending", "q": "example", "below": str(newer.pk)})
        [question] = _POLL.findall(page.content.decode())
        walk(older, Status.SUBMITTING)
        news = own.get(question.replace("&amp;", "&"), headers=SCRIPTED)
        assert _ROW.findall(news.content.decode()) == [str(older.pk)]


class TestTheDashboard:
    def test_three_steps_are_ticked_and_then_gone(self, own: Client, alice: User) -> None:
        heading = "Three steps to your first order"
        assert self.ticks(own) == [True, False]
        EmailAddress.objects.filter(user=alice).update(verified=False)
        fund(alice)
        assert self.ticks(own) == [False, True]
        order(alice)
        assert heading not in text_of(own.get(DASHBOARD))

    def ticks(self, client: Client) -> list[bool]:
        steps = client.get(DASHBOARD).context["steps"]
        return [steps.has_confirmed, steps.has_funds]

    def test_it_shows_the_last_orders_and_how_many_run(
        self, own: Client, alice: User, shop: Service
    ) -> None:
        for _ in range(listing.LAST_ORDERS + 1):
            newest = order(alice, service=shop)
        walk(newest, *RUNNING, Status.COMPLETED)
        page = own.get(DASHBOARD)
        assert len(page.context["recent"].rows) == listing.LAST_ORDERS
        assert f"{listing.LAST_ORDERS} running" in text_of(page)
        assert Order.objects.count() == listing.LAST_ORDERS + 1
