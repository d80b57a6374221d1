"""Our own work: handed out once, followed by what its taker says, paid back by the same rules."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ActLog, KillSwitch, User
from orders.followups import asking, following
from orders.handwork import taking
from orders.models import FollowUp, Order, OrderQuerySet, Proposal, Status
from orders.plans import subscriptions
from orders.sending import forwarding
from services.health import probing
from services.models import Provider, ProviderService, Service
from services.types import ServiceType
from tests import factories
from tests.adminapi.program import Program
from tests.databases import TestDatabase
from tests.orders.following.reports import broken_books
from tests.orders.plans import planning, subscribing
from tests.races import Gate, at_once

MICROS = 1_000_000
ROBOTS = 10


def own_work(**fields: Any) -> Service:
    provider = factories.provider(is_manual=True, is_synced_daily=False, url="", api_key="")
    offer = factories.offer(provider=provider, can_refill=True, can_cancel=True)
    return factories.service(provider_service=offer, **fields)


def placed(alice: User, **fields: Any) -> Order:
    return factories.order(alice, service=own_work(**fields))


def reread(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def test_own_work_waits_for_its_taker_and_is_never_sent(alice: User, olga: User) -> None:
    order, sold = placed(alice), factories.order(alice)
    assert forwarding.begin(order_id=order.pk, at=timezone.now()) is None
    assert order.offer is not None
    assert order.offer.provider_id not in probing.due(at=timezone.now())
    program = Program(olga)
    (work,) = program.post("orders/pull")["list"]
    assert (work["id"], work["link"], work["quantity"]) == (order.pk, order.link, 1000)
    assert work["parameters"] == {"link": order.link, "quantity": "1000"}
    # DEL-02: nothing about who ordered it.
    assert not {"user", "email", "charge"} & work.keys()
    assert program.post("orders/pull") == {"list": [], "count": 0}
    assert (reread(order).status, reread(sold).status) == (Status.PENDING, Status.QUEUED)
    (found,) = program.get("orders", mode="manual", order_status="pending")["list"]
    assert (found["id"], found["mode"]) == (order.pk, "manual")
    assert ActLog.objects.get(act="take orders").changes["ids"] == [order.pk]


def test_nothing_is_handed_out_while_forwarding_is_off(alice: User, olga: User) -> None:
    order = placed(alice)
    KillSwitch.objects.create(part=KillSwitch.Part.FORWARDING, reason="Something is wrong")
    program = Program(olga)
    for path in ("orders/pull", "refill/pull", "cancel/pull"):
        assert program.post(path) == {"list": [], "count": 0}
    assert reread(order).status == Status.QUEUED


def test_what_its_taker_says_is_booked_as_a_report(alice: User, olga: User) -> None:
    whole, part, stopped = (placed(alice) for _time in range(3))
    program = Program(olga)
    assert program.post("orders/pull")["count"] == 3
    told = [
        {"id": whole.pk, "status": "In progress", "start_count": 50, "remains": 400},
        {"id": part.pk, "status": "partial", "remains": 250},
        {"id": stopped.pk, "status": "canceled"},
    ]
    results = program.post("orders/update", orders=told)["results"]
    assert [one["status"] for one in results] == ["in_progress", "partial", "canceled"]
    assert (reread(whole).start_count, reread(whole).remains) == (50, 400)
    # Nobody is asked about it: only its taker tells.
    assert reread(whole).next_check_at is None
    (done,) = program.post("orders/update", id=whole.pk, status="completed")["results"]
    assert done["status"] == "completed"
    refunds = [reread(one).refunded_micros for one in (whole, part, stopped)]
    assert refunds == [0, MICROS // 4, MICROS]
    assert broken_books() == []


def test_wrong_words_about_own_work_change_nothing(alice: User, olga: User) -> None:
    order, sold = placed(alice), factories.order(alice)
    program = Program(olga)
    program.post("orders/pull")
    told: list[dict[str, object]] = [
        {"id": order.pk, "status": "partial", "remains": 1001},
        {"id": order.pk, "status": "partial"},
        {"id": order.pk, "status": "refunded"},
        {"id": order.pk, "remains": "-1"},
        {"id": order.pk, "status": "in_progress", "remains": "9" * 18},
        {"id": sold.pk, "status": "completed"},
        {"id": 999_999, "status": "completed"},
        {"status": "completed"},
    ]
    results = program.post("orders/update", orders=told)["results"]
    assert [one["error_code"] for one in results] == [422, 422, 422, 422, 422, 409, 404, 422]
    assert (reread(order).status, reread(sold).status) == (Status.PENDING, Status.QUEUED)


def test_what_a_report_pays_back_counts_in_the_owners_limit(alice: User, olga: User) -> None:
    small = placed(alice, rate_micros=20 * MICROS)
    large = placed(alice, rate_micros=20 * MICROS)
    program = Program(olga)
    program.post("orders/pull")
    told = [{"id": one.pk, "status": "canceled"} for one in (small, large)]
    results = program.post("orders/update", orders=told)["results"]
    assert [one["code"] for one in results] == ["", "conflict"]
    assert [reread(one).refunded_micros for one in (small, large)] == [20 * MICROS, 0]
    (proposed,) = program.post("orders/change-status", ids=large.pk, status="canceled")["results"]
    assert proposed["result"] == "waiting_for_second_person"


def test_what_a_plan_pays_back_for_a_report_counts_in_it_too(
    alice: User, olga: User, terms: None
) -> None:
    service = own_work(can_drip_feed=True, rate_micros=20 * MICROS)
    parent = planning.drip_feed(alice, service=service, quantity=1000, runs=2, interval=1)
    program, answers = Program(olga), []
    for minute in (0, 2):
        planning.sweep(at=timezone.now() + timedelta(minutes=minute))
        run = planning.runs_of(parent)[-1]
        Order.objects.filter(pk=run.pk).update(not_before=timezone.now())
        program.post("orders/pull")
        answers += program.post("orders/update", id=run.pk, status="canceled")["results"]
    planning.sweep(at=timezone.now() + timedelta(minutes=3))
    assert [one["code"] for one in answers] == ["", "conflict"]
    assert reread(parent).refunded_micros == 20 * MICROS
    assert Proposal.objects.get().details["amount_micros"] == 20 * MICROS


def test_a_subscription_is_not_ended_by_a_report_that_names_no_posts(
    alice: User, olga: User, terms: None
) -> None:
    service = own_work(type=ServiceType.SUBSCRIPTIONS)
    parent = subscribing.placed(alice, chosen=service, posts=5)
    program = Program(olga)
    program.post("orders/pull")
    told = [{"id": parent.pk, "status": word} for word in ("in progress", "completed", "canceled")]
    answers = program.post("orders/update", orders=told)["results"]
    assert [one["code"] for one in answers] == ["", "conflict", "conflict"]
    program.post("orders/change-status", ids=parent.pk, status="completed")
    subscriptions.follow_due(at=timezone.now())
    parent = reread(parent)
    assert (parent.status, parent.refunded_micros) == (Status.COMPLETED, 0)


@pytest.fixture
def work(fresh_db: TestDatabase, alice: User) -> list[int]:
    service = own_work()
    return [factories.order(alice, service=service).pk for _time in range(20)]


def take_two(olga: User) -> list[int]:
    taken = taking.take_orders(actor=olga, at=timezone.now(), most=2)
    return [order.pk for order in taken]


def test_ten_robots_get_each_order_once(work: list[int], olga: User) -> None:
    shares = at_once(ROBOTS, lambda: take_two(olga))
    assert sorted(number for share in shares for number in share) == work


def test_without_the_lock_two_robots_do_the_same(
    work: list[int], olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(actor: User, service_ids: Collection[int], *, at: datetime) -> OrderQuerySet:
        free = Order.objects.due_for_hands(at=at).order_by("pk")
        return free.select_related("offer", "service")

    # The row is not locked, and the database lets an order be taken twice.
    monkeypatch.setattr(taking, "_free_orders", read)
    monkeypatch.setattr(taking, "_take_order", Gate(2).before(taking._take_order))
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX orders_submission_one_live")
        cursor.execute(
            "ALTER TABLE orders_submission DROP CONSTRAINT orders_submission_upstream_once"
        )
    first, second = at_once(2, lambda: take_two(olga))
    assert set(first) & set(second)


def test_a_refill_is_handed_out_once_and_answered(alice: User, sam: User, olga: User) -> None:
    order = placed(alice, can_refill=True, refill_days=30)
    operator, support = Program(olga), Program(sam)
    operator.post("orders/pull")
    operator.post("orders/update", id=order.pk, status="completed")
    asked = asking.ask(
        order_id=order.pk, customer_id=alice.pk, kind=FollowUp.Kind.REFILL, at=timezone.now()
    )
    (refill,) = support.post("refill/pull")["list"]
    assert (refill["id"], refill["order_id"]) == (asked.follow_up_id, order.pk)
    assert support.post("refill/pull")["count"] == 0
    told = support.post("refill/change-status", ids=[refill["id"], 999], status="completed")
    assert [one["error_code"] for one in told["results"]] == [0, 404]
    ended = FollowUp.objects.get(pk=refill["id"])
    assert (ended.state, ended.decided_by) == (FollowUp.State.DONE, sam)


def test_a_cancel_is_handed_out_and_ends_with_the_order_or_a_no(alice: User, olga: User) -> None:
    stopped, refused = (placed(alice, can_cancel=True) for _time in range(2))
    program, at = Program(olga), timezone.now()
    program.post("orders/pull")
    for order in (stopped, refused):
        program.post("orders/update", id=order.pk, status="in_progress", remains=900)
        asking.ask(order_id=order.pk, customer_id=alice.pk, kind=FollowUp.Kind.CANCEL, at=at)
    cancels = {one["order_id"]: one["id"] for one in program.post("cancel/pull")["list"]}
    assert cancels.keys() == {stopped.pk, refused.pk}
    (no,) = program.post("cancel/reject", ids=[cancels[refused.pk]])["results"]
    assert no["result"] == "done"
    program.post("orders/update", id=stopped.pk, status="partial", remains=900)
    following.answer_requests(at=at + timedelta(minutes=1))
    states = [FollowUp.objects.get(order=one).state for one in (stopped, refused)]
    assert states == [FollowUp.State.DONE, FollowUp.State.DECLINED]
    assert reread(stopped).refunded_micros == MICROS * 9 // 10


def test_own_work_is_added_at_the_desk(olga: User, client: Client) -> None:
    client.force_login(olga)
    address = reverse("staff_services:own_work_new")
    assert client.post(address, {"name": ""}).status_code == 422
    client.post(address, {"name": "By hand"})
    provider = Provider.objects.get(name="By hand")
    assert (provider.is_manual, provider.is_synced_daily) == (True, False)
    page = client.get(reverse("staff_services:provider_detail", args=[provider.pk]))
    assert "Own work" in page.content.decode()
    assert "ialect" not in page.content.decode()
    assert "rice list" not in page.content.decode()
    for name in ("provider_edit", "provider_test", "sync_begin", "health_ask"):
        answer = client.post(reverse(f"staff_services:{name}", args=[provider.pk]))
        assert answer.status_code == 404
    assert not ProviderService.objects.filter(provider=provider).exists()
