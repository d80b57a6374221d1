"""A second order on a link: forbidden, or asked about first, as the terms have it (ORD-09, ORD-10);
and what is asked about other orders and links (CAT-07)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from orders.models import Order
from orders.placing import placement
from orders.placing.warning import Warnings
from orders.refusals import RefusalCode, Tick
from services.models import Service
from tests.databases import TestDatabase
from tests.factories import MICROS, category, fund, service
from tests.orders.placing.asking import LINK, place, refusal, under, wanted
from tests.orders.test_placement import together

SPELLINGS = [
    "https://example.com/p/1",
    "http://example.com/p/1",
    "example.com/p/1",
    "//example.com/p/1",
    "HTTPS://EXAMPLE.COM/p/1",
    "https://www.example.com/p/1",
    "https://m.example.com/p/1",
    "https://example.com:443/p/1",
    "https://example.com/p/1/",
    "https://example.com/p/1#top",
    "https://example.com/p/1?utm_source=x",
    "https://example.com/p/%31",
    " https://example.com./p/1 ",
]
OTHERS = [
    ("https://example.com/watch?v=abc", "https://example.com/watch?v=abd"),
    ("https://example.com/p/aB", "https://example.com/p/ab"),
    ("https://example.com/p/1", "https://example.com/p/2"),
]


@pytest.fixture
def shop(alice: User) -> Service:
    fund(alice, 100 * MICROS)
    return service()


@pytest.mark.django_db
class TestWhereTheTermsForbidIt:
    @pytest.mark.parametrize("spelling", SPELLINGS)
    def test_thirteen_spellings_are_one_link(
        self, alice: User, shop: Service, spelling: str
    ) -> None:
        first = place(alice, shop)
        refused = refusal(alice, shop, link=spelling, accepts_duplicate=True)
        assert (refused.code, refused.field) == (RefusalCode.DUPLICATE_LINK, "link")
        assert refused.fact == first.pk
        assert str(first.pk) in str(refused.message)

    @pytest.mark.parametrize(("one", "another"), OTHERS)
    def test_two_targets_are_two(self, alice: User, shop: Service, one: str, another: str) -> None:
        place(alice, shop, link=one)
        assert not place(alice, shop, link=another).duplicate_accepted

    def test_an_order_that_has_ended_is_in_nobodys_way(self, alice: User, shop: Service) -> None:
        first = place(alice, shop)
        Order.objects.filter(pk=first.pk).update(status="completed")
        assert place(alice, shop).pk != first.pk


@pytest.mark.django_db
@pytest.mark.parametrize("policy", ["warn", "allow_no_compensation"])
class TestWhereTheTermsAllowIt:
    def test_it_is_asked_about_first_and_then_flagged(
        self, alice: User, shop: Service, policy: str
    ) -> None:
        under(order_duplicate_policy=policy)
        first = place(alice, shop)
        asked = refusal(alice, shop)
        assert (asked.code, asked.fact) == (RefusalCode.NOT_ACKNOWLEDGED, first.pk)
        assert list(asked.ticks) == [Tick.DUPLICATE]
        assert ("paid back" in asked.ticks[Tick.DUPLICATE]) == (policy != "warn")
        assert place(alice, shop, accepts_duplicate=True).duplicate_accepted

    def test_a_tick_without_need_flags_nothing(
        self, alice: User, shop: Service, policy: str
    ) -> None:
        under(order_duplicate_policy=policy)
        assert not place(alice, shop, accepts_duplicate=True).duplicate_accepted

    def test_a_flagged_order_is_asked_about_as_well(
        self, alice: User, shop: Service, policy: str
    ) -> None:
        under(order_duplicate_policy=policy)
        first = place(alice, shop)
        second = place(alice, shop, accepts_duplicate=True)
        Order.objects.filter(pk=first.pk).update(status="completed")
        assert refusal(alice, shop).fact == second.pk


@pytest.mark.django_db
def test_a_race_that_the_index_decides_asks_just_the_same(
    alice: User, shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    under(order_duplicate_policy="warn")
    first = place(alice, shop)
    monkeypatch.setattr(placement, "_warnings", lambda *about: Warnings())
    assert refusal(alice, shop).fact == first.pk
    assert place(alice, shop, accepts_duplicate=True).duplicate_accepted


def test_fifty_who_all_ticked_at_once_leave_one_order_unflagged(
    fresh_db: TestDatabase, alice: User, shop: Service
) -> None:
    under(order_duplicate_policy="warn")
    together(50, lambda: place(alice, shop, quantity=100, accepts_duplicate=True).pk)
    flagged = list(Order.objects.values_list("duplicate_accepted", flat=True))
    assert (len(flagged), flagged.count(False)) == (50, 1)


@pytest.mark.django_db
class TestTheSameLinkInAnotherService:
    def test_of_the_category_needs_a_tick(self, alice: User, shop: Service) -> None:
        first, other = place(alice, shop), service()
        asked = refusal(alice, other)
        assert (asked.code, asked.fact) == (RefusalCode.NOT_ACKNOWLEDGED, first.pk)
        assert list(asked.ticks) == [Tick.SAME_CATEGORY]
        placed = place(alice, other, acknowledged=frozenset({Tick.SAME_CATEGORY}))
        assert not placed.duplicate_accepted

    def test_of_another_category_needs_none(self, alice: User, shop: Service) -> None:
        place(alice, shop)
        assert place(alice, service(category=category("Likes"))).pk

    def test_of_somebody_else_is_nobodys_business(
        self, alice: User, bob: User, shop: Service
    ) -> None:
        fund(bob)
        place(alice, shop)
        assert place(bob, service()).pk


@pytest.mark.django_db
class TestALinkThatLooksPrivate:
    PRIVATE = "https://example.com/joinchat/abc"

    def test_needs_a_tick_where_only_public_ones_are_reached(
        self, alice: User, shop: Service
    ) -> None:
        asked = refusal(alice, shop, link=self.PRIVATE)
        assert list(asked.ticks) == [Tick.PRIVATE_LINK]
        placed = place(alice, shop, link=self.PRIVATE, acknowledged=frozenset({Tick.PRIVATE_LINK}))
        assert placed.link == self.PRIVATE

    def test_needs_none_where_private_ones_are_reached_or_a_program_orders(
        self, alice: User, shop: Service
    ) -> None:
        open_to_all = service(accepts_private_links=True, category=category("Likes"))
        assert place(alice, open_to_all, link=self.PRIVATE).pk
        assert place(alice, shop, link=self.PRIVATE, channel="api").pk

    @pytest.mark.parametrize(
        ("link", "looks_private"),
        [
            ("https://example.com/+AbC", True),
            ("https://example.com/c/123/4", True),
            ("https://example.com/direct/t/1", True),
            ("https://example.com/p/1?share_token=x", True),
            ("https://example.com/invite/x", True),
            ("https://example.com/c/cooking", False),
            ("https://example.com/invitation-cards", False),
            ("https://example.com/p/1?v=token", False),
            ("https://example.com/accounting", False),
        ],
    )
    def test_is_told_by_its_path_and_its_names(
        self, alice: User, shop: Service, link: str, looks_private: bool
    ) -> None:
        review = placement.review_order(
            customer_id=alice.pk, request=wanted(shop, link=link), at=timezone.now()
        )
        assert (Tick.PRIVATE_LINK in review.ticks) == looks_private


@pytest.mark.django_db
def test_everything_to_tick_is_asked_for_at_once(alice: User, shop: Service) -> None:
    under(order_duplicate_policy="warn")
    link = "https://example.com/invite/x"
    first = place(alice, shop, link=link, acknowledged=frozenset({Tick.PRIVATE_LINK}))
    review = placement.review_order(
        customer_id=alice.pk, request=wanted(shop, link=link), at=timezone.now()
    )
    assert set(review.ticks) == {Tick.DUPLICATE, Tick.PRIVATE_LINK}
    assert review.running_id == first.pk
    assert review.quote.charge_micros == first.charge_micros
    assert link != LINK
