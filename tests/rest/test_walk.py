"""Every operation once or more as programs use it; what they get is what the description says
(`caller` holds each answer to it)."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from orders.models import FollowUp, Order, SandboxOrder, Status
from services.models import Service
from tests.factories import fund, service
from tests.orders.placing.asking import under
from tests.rest import contract
from tests.rest.caller import Caller, caller, player

LINK = "https://example.com/p/1"


@pytest.fixture
def refillable(terms: None) -> Service:
    return service(can_refill=True, refill_days=30, can_cancel=True, can_drip_feed=True)


def completed(number: int) -> None:
    ended = timezone.now() - timedelta(hours=1)
    Order.objects.filter(pk=number).update(
        status=Status.COMPLETED, remains=0, sent_at=ended, started_at=ended, finished_at=ended
    )


def shop_around(script: Caller, chosen: Service) -> None:
    listed = script.get("/services", search=chosen.name, can_refill="true").json()["data"]
    assert [one["id"] for one in listed] == [chosen.pk]
    etag = script.get("/services").headers["ETag"]
    assert script.get("/services", headers={"If-None-Match": etag}).status_code == 304
    assert script.get(f"/services/{chosen.pk}").json()["rate"] == "1"


def order(script: Caller, chosen: Service) -> int:
    wanted = {"service": chosen.pk, "link": LINK, "quantity": 100}
    quote = script.post("/orders/quote", wanted).json()
    assert (quote["charge"], quote["must_allow_duplicate"]) == ("0.1", False)
    wanted["expected_charge"] = quote["charge"]
    placed = script.post("/orders", wanted, Idempotency_Key="one")
    again = script.post("/orders", wanted, Idempotency_Key="one")
    assert (placed.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert placed.json() == again.json()
    number: int = placed.json()["id"]
    return number


def follow(script: Caller, number: int) -> None:
    one = script.get(f"/orders/{number}").json()
    assert (one["status"], one["net_charge"], one["plan"]) == ("pending", "0.1", None)
    assert [event["kind"] for event in one["events"]] == ["step", "money"]
    found = script.get("/orders", status="pending", link="example.com/p/1", limit="1").json()
    assert [each["id"] for each in found["data"]] == [number]


def write_to_support(script: Caller, number: int) -> None:
    wanted = {"topic": "order", "order": number, "subject": "Slow", "text": "Is it on its way?"}
    ticket = script.post("/tickets", wanted).json()
    script.post(f"/tickets/{ticket['id']}/messages", {"text": "Thank you."})
    read = script.get(f"/tickets/{ticket['id']}").json()
    assert [message["writer"] for message in read["messages"]] == ["you", "you"]
    assert script.get("/tickets", status="waiting_for_staff").json()["data"][0]["order"] == number


@pytest.mark.django_db
def test_a_program_walks_through_everything(script: Caller, refillable: Service) -> None:
    shop_around(script, refillable)
    number = order(script, refillable)
    follow(script, number)
    assert script.get("/balance").json()["balance"] == "99.9"
    line = script.get("/statement", kind="order_charge").json()["data"][0]
    assert (line["reference"], line["amount"], line["balance"]) == (
        f"order:{number}",
        "-0.1",
        "99.9",
    )
    write_to_support(script, number)
    completed(number)
    refill = script.post(f"/orders/{number}/refill").json()
    assert script.post(f"/orders/{number}/refill").json()["code"] == "refill_open"
    assert script.get(f"/refills/{refill['id']}").json() == refill
    assert script.get("/refills", order=str(number)).json()["data"] == [refill]
    sold = {"service": refillable.pk, "link": "https://example.com/p/2", "quantity": 50}
    results = script.post("/orders/batch", {"orders": [sold, sold | {"quantity": 1}, 7]}).json()
    assert [one["status"] for one in results["results"]] == [201, 422, 422]
    taken_back = results["results"][0]["order"]["id"]
    assert script.post(f"/orders/{taken_back}/cancel").json()["is_canceled"] is True
    running = script.post("/orders", sold | {"link": "https://example.com/p/3"}).json()["id"]
    Order.objects.filter(pk=running).update(status=Status.SUBMITTING)
    cancel = script.post(f"/orders/{running}/cancel").json()["cancel"]
    assert script.get(f"/cancels/{cancel['id']}").json() == cancel
    assert script.get("/cancels").json()["data"] == [cancel]
    ours = {name for name, one in contract.operations().items() if "webhook" not in name}
    assert ours <= {name for name, status in contract.seen if status < 400}


@pytest.mark.django_db
def test_a_drip_feed_names_its_runs(script: Caller, refillable: Service, alice: User) -> None:
    fields = {"runs": 3, "interval": 60, "quantity": 100, "link": LINK}
    play = player(alice)
    for key in (script, play):
        placed = key.post("/orders", {"service": refillable.pk, **fields}).json()
        assert (placed["role"], placed["charge"], placed["remains"]) == ("drip_feed", "0.3", 300)
        plan = key.get(f"/orders/{placed['id']}").json()["plan"]
        assert plan["orders"] == []
        assert plan["next_run_at"] is not None
    SandboxOrder.objects.update(created_at=timezone.now() - timedelta(seconds=30))
    assert play.get(f"/orders/{placed['id']}").json()["plan"]["next_run_at"] is None


@pytest.mark.django_db
def test_the_parameters_of_a_type_are_members(script: Caller, terms: None) -> None:
    posts = service(type="subscriptions", can_cancel=True)
    fields = {"username": "name_one", "min": 10, "max": 20, "posts": 2, "delay": 0}
    sent = {"service": posts.pk, **fields, "expiry": "2090-12-31"}
    plan = script.get(f"/orders/{script.post('/orders', sent).json()['id']}").json()
    assert plan["parameters"]["expiry"] == "31/12/2090"
    comments = service(type="custom_comments", min_quantity=1)
    lines = {"service": comments.pk, "link": LINK, "comments": ["one", "two", ""]}
    assert script.post("/orders", lines).json()["quantity"] == 2
    broken = script.post("/orders", lines | {"comments": ["one\ntwo"]})
    assert (broken.status_code, broken.json()["parameter"]) == (422, "comments.0")


@pytest.mark.django_db
def test_a_quote_knows_what_runs_where_it_is_asked(alice: User, refillable: Service) -> None:
    under(order_duplicate_policy="warn")
    fund(alice)
    live, play = caller(alice), player(alice)
    wanted = {"service": refillable.pk, "link": LINK, "quantity": 100}
    real = live.post("/orders", wanted).json()["id"]
    played = play.post("/orders/quote", wanted).json()
    assert (played["must_allow_duplicate"], played["running_order"]) == (False, None)
    assert "try_few" in {notice["code"] for notice in played["notices"]}
    mine = play.post("/orders", wanted).json()["id"]
    both = [key.post("/orders/quote", wanted).json() for key in (live, play)]
    assert [one["running_order"] for one in both] == [real, mine]


@pytest.mark.django_db
def test_a_sandbox_key_plays_with_the_same_calls(alice: User, refillable: Service) -> None:
    script = player(alice)
    number = order(script, refillable)
    assert not Order.objects.exists()
    balance = script.get("/balance")
    assert (balance.json()["balance"], balance.headers["X-Sandbox"]) == ("99.9", "1")
    assert script.get("/statement").json()["data"] == []
    assert script.get(f"/orders/{number}").json()["can_cancel"] is True
    assert script.post(f"/orders/{number}/cancel").status_code == 202
    batch = {"service": refillable.pk, "link": "https://example.com/p/2", "quantity": 50}
    (one,) = script.post("/orders/batch", {"orders": [batch]}).json()["results"]
    first = script.get("/orders", limit="1").json()
    assert [each["id"] for each in first["data"]] == [one["order"]["id"]]
    below = script.get("/orders", limit="1", cursor=first["next_cursor"]).json()
    assert [each["id"] for each in below["data"]] == [number]
    assert script.get("/orders", status="completed").json()["data"] == []
    assert script.get("/refills").json()["data"] == []
    assert script.get("/tickets").json()["code"] == "sandbox_key"
    assert not FollowUp.objects.exists()


def test_the_description_has_no_gaps(tmp_path: Path) -> None:
    written = tmp_path / "openapi.yaml"
    said = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(written), stderr=said)
    assert said.getvalue() == ""


@pytest.mark.django_db
def test_the_description_is_public_and_may_be_kept(client: Client) -> None:
    answer = client.get("/api/v3/openapi.yaml")
    assert answer.content.startswith(b"openapi: 3.1")
    assert "public" in answer.headers["Cache-Control"]
    etag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/api/v3/openapi.yaml", headers=etag).status_code == 304
