"""Staff choose another provider only for what provably nobody has."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ActLog, User
from orders.models import Order, Status
from orders.sending import forwarding, rerouting, resolving
from orders.sending.rerouting import CannotReroute, Rerouting
from services.models import Provider, ProviderService, Service
from tests import factories
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.orders.pages import text_of
from tests.orders.sending.doubting import decision, lost

pytestmark = pytest.mark.django_db
REASON = "The first one is down for the day"


@pytest.fixture
def queued(alice: User, views: Service) -> Order:
    return order(alice, service=views, quantity=1000)


@pytest.fixture
def wanted(queued: Order, alternative: ProviderService, olga: User) -> Rerouting:
    return Rerouting(
        order_id=queued.pk,
        seen_offer_id=queued.offer_id,
        offer_id=alternative.pk,
        actor=olga,
        reason=REASON,
        at=timezone.now(),
    )


def test_a_queued_order_goes_to_the_chosen_one_once(
    queued: Order, alternative: ProviderService, wanted: Rerouting, upstream: DemoProvider
) -> None:
    later = timezone.now() + timedelta(hours=1)
    Order.objects.filter(pk=queued.pk).update(not_before=later)
    rerouting.change_offer(rerouting=wanted)
    forwarding.forward(order_id=queued.pk)
    queued.refresh_from_db()
    assert (queued.status, queued.provider) == (Status.PENDING, alternative.provider)
    assert upstream.counts() == {queued.link: 1}
    log = ActLog.objects.get()
    assert (log.reason, log.changes["offer"]) == (REASON, [wanted.seen_offer_id, alternative.pk])


def test_a_held_order_stays_held(
    queued: Order, alternative: ProviderService, wanted: Rerouting
) -> None:
    Order.objects.filter(pk=queued.pk).update(status=Status.HELD)
    rerouting.change_offer(rerouting=wanted)
    queued.refresh_from_db()
    assert (queued.status, queued.offer) == (Status.HELD, alternative)


@pytest.mark.parametrize(
    "status", [status for status in Status if status not in (Status.QUEUED, Status.HELD)]
)
def test_nothing_that_somebody_may_have_is_moved(
    queued: Order, wanted: Rerouting, status: Status
) -> None:
    Order.objects.filter(pk=queued.pk).update(status=status)
    with pytest.raises(CannotReroute, match="on its way"):
        rerouting.change_offer(rerouting=wanted)
    queued.refresh_from_db()
    assert queued.offer_id == wanted.seen_offer_id


def test_what_somebody_else_moved_meanwhile_is_looked_at_again(
    queued: Order, wanted: Rerouting
) -> None:
    other = factories.offer()
    Order.objects.filter(pk=queued.pk).update(offer=other)
    with pytest.raises(CannotReroute, match="meanwhile"):
        rerouting.change_offer(rerouting=wanted)


def test_an_order_that_begins_to_be_sent_is_not_moved(
    queued: Order, wanted: Rerouting, now: datetime
) -> None:
    assert forwarding.begin(order_id=queued.pk, at=now) is not None
    with pytest.raises(CannotReroute):
        rerouting.change_offer(rerouting=wanted)


def test_only_offers_that_fit_can_be_chosen(
    queued: Order, wanted: Rerouting, alternative: ProviderService
) -> None:
    stranger = factories.offer()
    with pytest.raises(CannotReroute, match="does not fit"):
        rerouting.change_offer(rerouting=replace(wanted, offer_id=stranger.pk))
    Provider.objects.filter(pk=alternative.provider_id).update(paused_at=timezone.now())
    with pytest.raises(CannotReroute, match="paused"):
        rerouting.change_offer(rerouting=wanted)


def test_the_undo_time_stays_the_customers(
    queued: Order, wanted: Rerouting, monkeypatch: pytest.MonkeyPatch
) -> None:
    undo = timedelta(minutes=5)
    monkeypatch.setattr(rerouting, "_undo_time", lambda order: undo)
    rerouting.change_offer(rerouting=wanted)
    queued.refresh_from_db()
    assert queued.not_before == queued.created_at + undo


def test_an_uncertain_order_has_to_be_decided_first(
    alice: User, views: Service, upstream: DemoProvider, wanted: Rerouting, olga: User
) -> None:
    doubted = lost(alice, views, upstream, arrives=False, quantity=1000)
    move = replace(wanted, order_id=doubted.pk, seen_offer_id=doubted.offer_id)
    with pytest.raises(CannotReroute):
        rerouting.change_offer(rerouting=move)
    resolving.not_created(decision=decision(doubted, olga))
    rerouting.change_offer(rerouting=move)
    forwarding.forward(order_id=doubted.pk)
    assert upstream.counts() == {doubted.link: 1}


class TestThePage:
    def test_an_operator_chooses_with_a_reason(
        self, client: Client, queued: Order, alternative: ProviderService, olga: User
    ) -> None:
        client.force_login(olga)
        address = reverse("staff_orders:reroute", args=[queued.pk])
        shown = text_of(client.get(address))
        assert "Second, service 103, at $0.40 per 1,000" in shown
        sent = {"seen": queued.offer_id, "offer": alternative.pk, "reason": "short"}
        refused = client.post(address, sent)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["reason"])
        done = client.post(address, sent | {"reason": REASON}, follow=True)
        assert "leaves within seconds" in text_of(done)
        queued.refresh_from_db()
        assert queued.offer == alternative

    def test_where_nobody_can_take_it_the_page_says_so(
        self, client: Client, queued: Order, olga: User
    ) -> None:
        Provider.objects.update(paused_at=timezone.now())
        client.force_login(olga)
        page = client.get(reverse("staff_orders:reroute", args=[queued.pk]))
        assert "Nobody can take it now" in text_of(page)

    def test_an_order_that_is_out_leads_back(
        self, client: Client, queued: Order, olga: User, now: datetime
    ) -> None:
        forwarding.begin(order_id=queued.pk, at=now)
        client.force_login(olga)
        address = reverse("staff_orders:reroute", args=[queued.pk])
        for method in (client.get, client.post):
            assert "Too late" in text_of(method(address, follow=True))

    def test_the_act_is_offered_while_it_may_be_done(
        self, client: Client, queued: Order, olga: User, now: datetime
    ) -> None:
        client.force_login(olga)
        page = reverse("staff_orders:order_detail", args=[queued.pk])
        assert "Change the provider" in text_of(client.get(page))
        forwarding.begin(order_id=queued.pk, at=now)
        assert "Change the provider" not in text_of(client.get(page))
