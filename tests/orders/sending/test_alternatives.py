"""After a definite refusal an order goes to the service's next provider, or back in full
(DEL-10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from orders.models import Order, Status, Submission
from orders.pages.timeline import movements_of, timeline_of
from orders.sending import alternatives, forwarding
from services.models import Provider, ProviderService, Service
from tests import factories
from tests.demo_provider.process import DemoProvider
from tests.factories import order
from tests.orders.placing.asking import place
from wallet import verification
from wallet.balances import spendable_micros
from wallet.models import DisplayRate

pytestmark = pytest.mark.django_db
State = Submission.State
REFUSAL = "Incorrect service ID"


@pytest.fixture
def queued(alice: User, views: Service) -> Order:
    Service.objects.filter(pk=views.pk).update(below_cost=Service.BelowCost.REFUSE)
    return order(alice, service=views, quantity=1000)


def forward(placed: Order) -> Order:
    forwarding.forward(order_id=placed.pk)
    placed.refresh_from_db()
    return placed


def states(placed: Order) -> list[tuple[int, str]]:
    return list(placed.submissions.order_by("pk").values_list("provider_id", "state"))


def test_a_refused_order_is_sent_to_the_next_provider(
    queued: Order, alternative: ProviderService, provider_row: Provider, upstream: DemoProvider
) -> None:
    upstream.fault("error", value=REFUSAL)
    assert forward(queued).status == Status.QUEUED
    assert forward(queued).status == Status.PENDING
    assert queued.provider == alternative.provider
    assert states(queued) == [
        (provider_row.pk, State.REFUSED),
        (alternative.provider_id, State.ACCEPTED),
    ]
    assert upstream.counts() == {queued.link: 1}


def test_when_the_last_one_refuses_every_cent_comes_back(
    queued: Order, alternative: ProviderService, upstream: DemoProvider, alice: User
) -> None:
    before = spendable_micros(customer_id=alice.pk)
    upstream.fault("error", value=REFUSAL, count=2)
    forward(queued)
    assert forward(queued).status == Status.CANCELED
    assert spendable_micros(customer_id=alice.pk) == before + queued.charge_micros
    assert [state for _, state in states(queued)] == [State.REFUSED, State.REFUSED]
    assert all(finding.is_ok for finding in verification.verify())


@pytest.mark.parametrize("fault", ["drop", "http_error", "order_and_error"])
def test_a_doubt_never_goes_to_the_next_provider(
    queued: Order, alternative: ProviderService, upstream: DemoProvider, fault: str
) -> None:
    upstream.fault(fault, stage="after")
    for _repeat in range(3):
        forward(queued)
    assert queued.status == Status.UNCERTAIN
    assert queued.offer != alternative
    assert upstream.counts() == {queued.link: 1}


def test_what_was_not_sent_waits_for_its_own_provider(
    queued: Order, alternative: ProviderService, upstream: DemoProvider
) -> None:
    upstream.fault("rate_limited", seconds=9)
    assert forward(queued).status == Status.QUEUED
    assert queued.offer != alternative


@pytest.mark.parametrize(
    "why",
    [
        {"min_quantity": 1001},
        {"max_quantity": 999},
        {"cost_micros": 1_000_001},
    ],
)
def test_an_alternative_that_does_not_fit_is_left_out(
    queued: Order, alternative: ProviderService, upstream: DemoProvider, why: dict[str, Any]
) -> None:
    ProviderService.objects.filter(pk=alternative.pk).update(**why)
    upstream.fault("error", value=REFUSAL)
    assert forward(queued).status == Status.CANCELED


@pytest.mark.parametrize(
    ("cost", "per_dollar", "is_next"),
    [(40, 84_000_000, True), (1, 307_000, False), (1, None, False)],
    ids=["0.48 dollars", "3.26 dollars", "no rate"],
)
def test_what_a_provider_takes_in_its_own_currency_counts_in_dollars(
    queued: Order, alternative: ProviderService, cost: int, per_dollar: int | None, is_next: bool
) -> None:
    Provider.objects.filter(pk=alternative.provider_id).update(currency="XTS")
    ProviderService.objects.filter(pk=alternative.pk).update(cost_micros=cost * 1_000_000)
    if per_dollar:
        before = timezone.now() - timedelta(days=1)
        DisplayRate.objects.create(currency="xts", per_dollar_micros=per_dollar, since=before)
    assert (alternatives.next_offer(queued) == alternative) is is_next


def test_a_paused_provider_is_left_out(
    queued: Order, alternative: ProviderService, upstream: DemoProvider
) -> None:
    Provider.objects.filter(pk=alternative.provider_id).update(paused_at=timezone.now())
    upstream.fault("error", value=REFUSAL)
    assert forward(queued).status == Status.CANCELED


@pytest.mark.parametrize(
    ("raw_type", "is_next"),
    [("Default", True), ("", True), ("Package", False), ("Custom Comments", False), ("?", False)],
)
def test_an_offer_of_another_type_is_left_out(
    queued: Order, alternative: ProviderService, raw_type: str, is_next: bool
) -> None:
    ProviderService.objects.filter(pk=alternative.pk).update(raw_type=raw_type)
    assert (alternatives.next_offer(queued) == alternative) is is_next


def test_a_promise_of_refills_goes_to_nobody_who_cannot_keep_it(
    alice: User, views: Service, alternative: ProviderService, upstream: DemoProvider
) -> None:
    Service.objects.filter(pk=views.pk).update(can_refill=True, refill_days=30)
    placed = order(alice, service=views, quantity=1000)
    upstream.fault("error", value=REFUSAL)
    assert forward(placed).status == Status.CANCELED


def test_runs_that_a_provider_spreads_go_to_nobody_who_cannot(
    alice: User, views: Service, alternative: ProviderService
) -> None:
    Service.objects.update(can_drip_feed=True, drip_feed_by=Service.RunBy.PROVIDER)
    factories.fund(alice)
    spread = place(alice, views, quantity=100, runs=5, interval_minutes=60)
    assert alternatives.next_offer(spread) is None
    ProviderService.objects.filter(pk=alternative.pk).update(can_drip_feed=True)
    assert alternatives.next_offer(spread) == alternative


def test_a_dearer_alternative_is_taken_where_the_service_allows_it(
    queued: Order, alternative: ProviderService, views: Service, upstream: DemoProvider
) -> None:
    ProviderService.objects.filter(pk=alternative.pk).update(cost_micros=2_000_000)
    Service.objects.filter(pk=views.pk).update(below_cost=Service.BelowCost.ALLOW)
    upstream.fault("error", value=REFUSAL)
    assert forward(queued).status == Status.QUEUED


def test_alternatives_are_tried_by_position_and_each_once(
    queued: Order, views: Service, alternative: ProviderService, upstream: DemoProvider
) -> None:
    row = factories.provider(url=upstream.url, api_key=upstream.key, name="First choice")
    first = factories.offer(provider=row, external_id="103")
    views.alternatives.create(provider_service=first, position=0)
    upstream.fault("error", value=REFUSAL, count=9)
    tried = [forward(queued).offer for _ in range(3)]
    assert tried == [first, alternative, alternative]
    assert queued.status == Status.CANCELED


def test_the_story_tells_of_the_switch_and_of_no_provider(
    queued: Order, alternative: ProviderService, provider_row: Provider, upstream: DemoProvider
) -> None:
    upstream.fault("error", value=REFUSAL)
    forward(forward(queued))
    lines = timeline_of(order=queued, events=queued.events.all(), movements=movements_of(queued))
    told = " ".join(line.text for line in lines)
    assert "Goes another way: sent again" in told
    for secret in (provider_row.name, alternative.provider.name, REFUSAL, str(queued.external_id)):
        assert secret not in told
