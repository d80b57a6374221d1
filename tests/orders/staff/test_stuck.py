"""What does not go on: every kind is listed with why and since when, and left when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ActLog, KillSwitch, User
from orders.models import Clock, Order, OrderEvent, Status, Submission
from orders.staff import stuck
from services.models import Provider
from tests.factories import order, provider
from tests.orders.pages import RUNNING, text_of, walk

STUCK = reverse("staff_orders:stuck")
Change = Callable[[Order, datetime], None]


def update(found: Order, **fields: object) -> None:
    Order.objects.filter(pk=found.pk).update(**fields)


def hold(found: Order, now: datetime) -> None:
    walk(found, Status.HELD)


def forget(found: Order, now: datetime) -> None:
    update(found, not_before=now - timedelta(minutes=6))


def doubt(found: Order, now: datetime) -> None:
    walk(found, Status.SUBMITTING, Status.UNCERTAIN)


def delay(found: Order, now: datetime) -> None:
    walk(found, *RUNNING)
    update(found, expected_by=now - timedelta(seconds=1))


def silence(found: Order, now: datetime) -> None:
    walk(found, *RUNNING)
    sent_by = provider(name="Quiet one")
    update(found, silent_since=now - timedelta(hours=25), provider=sent_by, poll_failures=12)


def drop(found: Order, now: datetime) -> None:
    walk(found, *RUNNING)
    detail = {"reason": "remains grew"}
    OrderEvent.objects.create(order=found, kind=OrderEvent.Kind.FLAGGED, detail=detail, at=now)


WAYS: dict[str, Change] = {
    "held": hold,
    "unsent": forget,
    "uncertain": doubt,
    "late": delay,
    "silent": silence,
    "falling": drop,
}


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def placed(alice: User, terms: None) -> Order:
    return order(alice)


def kinds_of(found: Order, now: datetime) -> set[str]:
    return {name for name, kind in stuck.KINDS.items() if kind.find(now).filter(pk=found.pk)}


def why(found: Order, now: datetime) -> str:
    return stuck.why_stuck(order=found, at=now)[0][1]


@pytest.mark.parametrize("name", WAYS)
def test_an_order_stands_in_the_kind_that_it_is_stuck_in(
    placed: Order, now: datetime, name: str
) -> None:
    assert kinds_of(placed, now) == set()
    WAYS[name](placed, now)
    assert kinds_of(placed, now) == {name}


def test_every_kind_has_a_way_into_it() -> None:
    assert set(WAYS) == set(stuck.KINDS)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("unsent", {"not_before": timedelta(minutes=-4)}),
        ("late", {"expected_by": timedelta(seconds=1)}),
        ("silent", {"silent_since": timedelta(hours=-23)}),
    ],
)
def test_before_its_time_nothing_is_stuck(
    placed: Order, now: datetime, name: str, fields: dict[str, timedelta]
) -> None:
    WAYS[name](placed, now)
    update(placed, **{field: now + age for field, age in fields.items()})
    assert kinds_of(placed, now) == set()


@pytest.mark.parametrize("name", ["late", "silent", "falling"])
def test_what_has_ended_is_no_longer_stuck(placed: Order, now: datetime, name: str) -> None:
    WAYS[name](placed, now)
    update(placed, status=Status.COMPLETED)
    assert kinds_of(placed, now) == set()


def test_an_old_fall_is_no_longer_news(placed: Order, now: datetime) -> None:
    drop(placed, now - timedelta(days=8))
    assert kinds_of(placed, now) == set()


class TestWhyNothingWasSent:
    @pytest.fixture(autouse=True)
    def unsent(self, placed: Order, now: datetime) -> None:
        forget(placed, now)

    def test_the_provider_is_paused(self, placed: Order, now: datetime) -> None:
        Provider.objects.update(name="Upstream", paused_at=now, pause_reason="Not enough funds")
        assert why(placed, now) == "Upstream is paused: Not enough funds"

    def test_the_provider_is_given_a_rest(self, placed: Order, now: datetime) -> None:
        rest = now + timedelta(minutes=1)
        Provider.objects.update(name="Upstream", tripped_until=rest, failures_in_a_row=5)
        assert why(placed, now) == "Upstream failed 5 times in a row and is given a rest"

    def test_the_account_is_suspended(self, placed: Order, alice: User, now: datetime) -> None:
        alice.standing = User.Standing.SUSPENDED
        alice.save()
        assert why(placed, now) == "The customer's account is not active"

    def test_nobody_is_left_to_try(self, placed: Order, now: datetime) -> None:
        update(placed, offer=None)
        assert why(placed, now) == "No provider's service is left to try"

    def test_the_switch_is_off(self, placed: Order, now: datetime) -> None:
        KillSwitch.objects.create(part=KillSwitch.Part.FORWARDING, reason="after a restore")
        cache.clear()
        assert why(placed, now) == "Forwarding is switched off: after a restore"

    def test_the_last_try_failed(self, placed: Order, now: datetime) -> None:
        assert placed.offer is not None
        Submission.objects.create(
            order=placed,
            provider=placed.offer.provider,
            provider_service_id="1",
            state=Submission.State.NOT_SENT,
            request_hash="0",
            lease_until=now,
            started_at=now,
            finished_at=now,
            reason="connect_timeout",
        )
        assert why(placed, now) == "The last try: Not sent: the provider did not pick up"

    def test_it_waits_for_its_turn(self, placed: Order, now: datetime) -> None:
        Provider.objects.update(name="Upstream")
        assert why(placed, now) == "It waits for its turn at Upstream"


def test_the_page_offers_only_what_the_state_allows(
    client: Client, olga: User, placed: Order, now: datetime
) -> None:
    client.force_login(olga)
    doubt(placed, now)
    page = client.get(STUCK).content.decode()
    assert f'id="decide-{placed.pk}"' in page
    assert f'id="ask-{placed.pk}"' not in page


def test_a_kind_without_orders_says_so(client: Client, olga: User, terms: None) -> None:
    client.force_login(olga)
    assert "Nothing here" in text_of(client.get(STUCK, {"kind": "late"}))
    assert "Nothing here" in text_of(client.get(STUCK, {"kind": "no such kind"}))


def test_ten_stuck_orders_cost_as_many_queries_as_one(
    client: Client, olga: User, alice: User, placed: Order, now: datetime
) -> None:
    client.force_login(olga)
    doubt(placed, now)
    client.get(STUCK)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(STUCK)
        return len(captured)

    few = queries()
    for _number in range(9):
        doubt(order(alice), now)
    assert queries() == few


def test_counting_ends_where_nobody_counts_any_more(
    alice: User, placed: Order, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stuck, "MOST_COUNTED", 1)
    doubt(placed, now)
    for _number in range(3):
        doubt(order(alice), now)
    tab = next(tab for tab in stuck.read_queue(name="", at=now).tabs if tab.name == "uncertain")
    assert (tab.count, tab.is_more) == (2, True)


def test_the_desk_shows_how_many_and_since_when(
    client: Client, olga: User, placed: Order, now: datetime
) -> None:
    client.force_login(olga)
    forget(placed, now)
    assert stuck.waiting(at=now) == (1, now - timedelta(minutes=6))
    assert STUCK in client.get(reverse("staff_home")).content.decode()


class TestAskingNow:
    def address(self, found: Order) -> str:
        return reverse("staff_orders:ask", args=[found.pk])

    def test_moves_the_clock_and_is_logged(
        self, client: Client, olga: User, placed: Order, now: datetime
    ) -> None:
        client.force_login(olga)
        walk(placed, *RUNNING)
        assert placed.offer is not None
        update(placed, external_id="77", provider=placed.offer.provider)
        Clock.objects.filter(pk=placed.pk).update(next_at=now + timedelta(hours=1))
        client.post(self.address(placed))
        placed.refresh_from_db()
        assert placed.next_check_at is not None
        assert placed.next_check_at <= timezone.now()
        assert ActLog.objects.get(act="ask about order").target == placed.reference

    def test_asks_nobody_about_an_order_that_nobody_has(
        self, client: Client, olga: User, placed: Order
    ) -> None:
        client.force_login(olga)
        answer = client.post(self.address(placed), follow=True)
        assert "there is nobody to ask" in text_of(answer)
        assert not ActLog.objects.filter(act="ask about order").exists()


def test_what_is_blocked_is_why_an_order_was_held(placed: Order, now: datetime) -> None:
    update(placed, status=Status.HELD)
    detail = {"reason": "screened", "terms": ["host:bad.example"]}
    OrderEvent.objects.create(order=placed, kind=OrderEvent.Kind.FLAGGED, detail=detail, at=now)
    assert why(placed, now) == "It names what is blocked: host:bad.example"
