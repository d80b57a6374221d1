"""The desk and the pages of staff: who may see what, and nothing that can be changed there."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import cases
from accounts.models import Case, User
from orders.models import Order, Status, Submission
from services.models import Provider
from tests.factories import order, provider
from tests.orders.pages import RUNNING, text_of, walk
from tests.tickets.rows import open_one

DESK, UNCERTAIN, FIND = (
    reverse(name) for name in ("staff_home", "staff_orders:uncertain", "staff_orders:find")
)
SECRET = "very-secret-provider-key"
ANSWER = "<html><script>alert(1)</script> order 88123"


def page_of(order_id: int) -> str:
    return reverse("staff_orders:order_detail", args=[order_id])


@pytest.fixture
def upstream(terms: None) -> Provider:
    return provider(name="Upstream of ours", api_key=SECRET)


@pytest.fixture
def doubted(alice: User, upstream: Provider) -> Order:
    """An order of alice whose sending got an answer that proves nothing."""
    found = order(alice, link="https://example.com/doubt")
    walk(found, Status.SUBMITTING, Status.UNCERTAIN)
    now = timezone.now()
    Submission.objects.create(
        order=found,
        provider=upstream,
        provider_service_id="77",
        state=Submission.State.UNCERTAIN,
        request_hash="0" * 64,
        lease_until=now,
        started_at=now,
        finished_at=now,
        reason="the answer was not JSON",
        excerpt=ANSWER,
        candidate_id="88123",
    )
    return Order.objects.get(pk=found.pk)


def status_for(client: Client, person: User | None, address: str) -> int:
    client.logout()
    if person is not None:
        client.force_login(person)
    return client.get(address).status_code


class TestWhoMayLook:
    def test_each_page_lets_in_those_with_its_permission(
        self, client: Client, alice: User, sam: User, olga: User, doubted: Order
    ) -> None:
        found = {
            address: [status_for(client, person, address) for person in (None, alice, sam, olga)]
            for address in (DESK, FIND, page_of(doubted.pk), UNCERTAIN)
        }
        assert found == {
            DESK: [302, 403, 200, 200],
            FIND: [302, 403, 200, 200],
            page_of(doubted.pk): [302, 403, 200, 200],
            UNCERTAIN: [302, 403, 403, 200],
        }

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_nothing_can_be_sent_to_them(
        self, client: Client, olga: User, doubted: Order, method: str
    ) -> None:
        client.force_login(olga)
        for address in (DESK, FIND, page_of(doubted.pk), UNCERTAIN):
            assert getattr(client, method)(address).status_code == 405
        doubted.refresh_from_db()
        assert doubted.status == Status.UNCERTAIN

    def test_support_sees_the_order_but_no_provider_and_no_books(
        self, client: Client, sam: User, doubted: Order
    ) -> None:
        client.force_login(sam)
        page = client.get(page_of(doubted.pk))
        words = text_of(page)
        assert "alice@example.com" in words
        assert "https://example.com/doubt" in words
        for hidden in ("Upstream of ours", "88123", "What happened to the money", SECRET):
            assert hidden not in page.content.decode()

    def test_counts_are_written_as_on_the_customers_page(
        self, client: Client, sam: User, doubted: Order
    ) -> None:
        client.force_login(sam)
        assert "At the start — Remaining —" in text_of(client.get(page_of(doubted.pk)))
        Order.objects.filter(pk=doubted.pk).update(start_count=12_345, remains=0)
        assert "At the start 12,345 Remaining 0" in text_of(client.get(page_of(doubted.pk)))

    def test_a_number_that_never_was_is_missing(self, client: Client, olga: User) -> None:
        client.force_login(olga)
        assert client.get(page_of(2**62)).status_code == 404
        assert client.get(page_of(10**30)).status_code == 404


class TestTheEvidence:
    def test_an_uncertain_order_shows_all_that_is_known(
        self, client: Client, olga: User, doubted: Order
    ) -> None:
        client.force_login(olga)
        page = client.get(UNCERTAIN)
        words = text_of(page)
        for fact in ("Upstream of ours", "the answer was not JSON", "88123", "alice@example.com"):
            assert fact in words
        assert "<script>alert" not in page.content.decode()
        assert SECRET not in page.content.decode()
        assert page_of(doubted.pk) in page.content.decode()

    def test_it_is_said_when_nothing_is_uncertain(self, client: Client, olga: User) -> None:
        client.force_login(olga)
        assert "Nothing is uncertain" in text_of(client.get(UNCERTAIN))

    def test_an_operator_sees_attempts_and_transfers_of_an_order(
        self, client: Client, olga: User, alice: User
    ) -> None:
        cut = walk(order(alice), *RUNNING, Status.PARTIAL, remains=400)
        client.force_login(olga)
        words = text_of(client.get(page_of(cut.pk)))
        assert f"{cut.reference}:charge" in words
        assert f"{cut.reference}:refund:400000" in words
        assert "Not sent so far." in words


class TestTheDesk:
    def test_it_counts_what_waits_and_leads_there(
        self, client: Client, olga: User, doubted: Order, upstream: Provider
    ) -> None:
        now = timezone.now()
        cases.raise_case(kind=Case.Kind.ORDER_REVIEW, key="order:1", detail="", at=now)
        Provider.objects.filter(pk=upstream.pk).update(paused_at=now)
        client.force_login(olga)
        desk = client.get(DESK).context
        queues = [queue for queue in (*desk["queues"], *desk["catalogue"]) if queue.count]
        assert [(queue.count, queue.url) for queue in queues] == [
            (1, reverse("staff_orders:stuck")),
            (1, reverse("admin:accounts_case_changelist")),
            (1, reverse("staff_services:health_list")),
        ]
        for queue in queues:
            assert queue.oldest_at is not None
            assert client.get(queue.url).status_code == 200

    def test_support_sees_its_own_queues_alone(
        self, client: Client, alice: User, sam: User
    ) -> None:
        opened = open_one(alice, at=timezone.now())
        client.force_login(sam)
        queues = {queue.url: queue for queue in client.get(DESK).context["queues"]}
        inbox = queues.pop(reverse("staff_tickets:inbox"))
        assert (inbox.count, inbox.oldest_at) == (1, opened.waiting_since)
        assert queues[reverse("staff_orders:claims")].count == 0
        assert reverse("staff_orders:stuck") not in queues

    def test_an_empty_desk_says_so(self, client: Client, olga: User) -> None:
        client.force_login(olga)
        page = client.get(DESK)
        parts = ("queues", "catalogue", "money")
        queues = [queue for part in parts for queue in page.context[part]]
        assert text_of(page).count("Nothing waits.") == len(queues) > 3


class TestFindingAnOrder:
    @pytest.mark.parametrize("prefix", ["", "#", "  "])
    def test_a_number_leads_straight_there(
        self, client: Client, sam: User, alice: User, prefix: str
    ) -> None:
        wanted = order(alice)
        client.force_login(sam)
        answer = client.get(FIND, {"q": f"{prefix}{wanted.pk}"})
        assert answer["Location"] == page_of(wanted.pk)

    @pytest.mark.parametrize("words", ["0", "9" * 40, "<script>alert(1)</script>", "٣"])
    def test_anything_else_is_not_found_in_words(
        self, client: Client, sam: User, words: str
    ) -> None:
        client.force_login(sam)
        page = client.get(FIND, {"q": words})
        assert "There is no order" in text_of(page)
        assert "<script>alert" not in page.content.decode()
