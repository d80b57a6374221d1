"""Payments, users and tickets through the Admin API."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import ActLog, OutboundMail, User
from tests import factories
from tests.adminapi.program import Program
from tickets.models import Ticket
from wallet.balances import spendable_micros
from wallet.decisions import deciding
from wallet.models import Decision

MICROS = 1_000_000
NOTE = "Paid in cash at the fair"


def test_a_payment_is_added_once_with_its_key(alice: User, olga: User) -> None:
    program = Program(olga)
    body = {"user": alice.email, "amount": "12.50", "note": NOTE}
    same = [
        program.ask("POST", "payments/add", body, **{"Idempotency-Key": "a-1"}) for _t in range(2)
    ]
    assert same[0] == same[1]
    assert same[0][1]["data"]["result"] == "done"
    assert spendable_micros(customer_id=alice.pk) == 12_500_000
    other = program.ask("POST", "payments/add", {**body, "amount": "13", "request_id": "a-1"})
    assert other[1]["code"] == "conflict"
    program.post(
        "payments/add", **{**body, "amount": "2", "direction": "take", "request_id": "a-2"}
    )
    assert spendable_micros(customer_id=alice.pk) == 10_500_000
    entry = ActLog.objects.filter(act="propose adjustment").first()
    assert entry is not None
    assert (entry.actor, entry.changes["key"]) == (olga, program.secret[:12])


def test_a_large_payment_waits_for_a_second_person(alice: User, olga: User) -> None:
    program = Program(olga)
    body = {"user": alice.pk, "amount": "100", "note": NOTE}
    told = program.post("payments/add", **body, request_id="b-1")
    assert told["result"] == "waiting_for_second_person"
    assert Decision.objects.get(pk=told["id"]).outcome == Decision.Outcome.WAITING
    assert spendable_micros(customer_id=alice.pk) == 0
    _status, another = program.ask("POST", "payments/add", body | {"request_id": "b-2"})
    assert (another["code"], str(told["id"]) in another["error_message"]) == ("conflict", True)
    deciding.decline(decision_id=told["id"], by=olga, at=timezone.now())
    assert program.post("payments/add", **body, request_id="b-1")["result"] == "declined"


def test_a_payment_that_says_too_little_moves_nothing(alice: User, olga: User) -> None:
    program, good = Program(olga), {"user": alice.pk, "amount": "5", "note": NOTE}
    good["request_id"] = "c-1"
    wrong: list[dict[str, object]] = [
        {"amount": "-5"}, {"amount": "0"}, {"amount": "1e1"}, {"amount": "0.0000001"},
        {"note": ""}, {"note": "short"}, {"user": ""}, {"user": 999_999}, {"user": olga.pk},
        {"reason": "fraud"}, {"direction": "sideways"}, {"currency": "EUR"}, {"request_id": ""},
    ]  # fmt: skip
    for change in wrong:
        assert program.ask("POST", "payments/add", good | change)[0] in (404, 409, 422), change
    assert not Decision.objects.exists()


def test_payments_are_listed(alice: User, olga: User) -> None:
    factories.fund(alice)
    assert Program(olga).get("payments", user=alice.pk) == {"list": [], "count": 0, "next": None}


def test_who_is_invited_chooses_the_password_himself(alice: User, olga: User) -> None:
    program = Program(olga)
    told = program.post("users/add", email="New@Example.com")
    user = User.objects.get(pk=told["id"])
    assert (user.email, user.has_usable_password()) == ("new@example.com", False)
    mail = OutboundMail.objects.get(recipient=user.email)
    assert "/account/password/reset/" in mail.body
    too_long = f"new@{'.'.join(['d' * 60] * 5)}.com"
    wrong = (("NEW@example.com", 409), (alice.email, 409), ("no address", 422), (too_long, 422))
    for email, code in wrong:
        assert program.ask("POST", "users/add", {"email": email})[0] == code
    found = program.get("users", user="new@example.com")["list"]
    assert [one["id"] for one in found] == [user.pk]
    assert not {"password", "session_epoch"} & found[0].keys()
    assert olga.pk not in [one["id"] for one in program.get("users")["list"]]


def test_staff_begin_a_ticket_in_their_own_name(alice: User, bob: User, sam: User) -> None:
    order, his = factories.order(alice), factories.order(bob)
    program = Program(sam)
    body = {"user": alice.pk, "subject": "Your link", "message": "It is private.\nPlease open it."}
    told = program.post("tickets/add", **body, order=order.pk)
    ticket = Ticket.objects.get(pk=told["id"])
    message = ticket.messages.get()
    assert (message.author, message.is_from_staff, message.text) == (sam, True, body["message"])
    assert ticket.state == Ticket.State.WAITING_FOR_CUSTOMER
    assert OutboundMail.objects.filter(recipient=alice.email, body__contains="private").exists()
    assert program.post("tickets/add", **body, order=order.pk)["id"] == ticket.pk
    assert program.ask("POST", "tickets/add", body | {"order": his.pk})[0] == 422
    thread = program.get(f"tickets/{ticket.pk}/messages")
    assert [one["text"] for one in thread["messages"]] == [body["message"]]
    (listed,) = program.get("tickets", user=alice.email, status="waiting_for_customer")["list"]
    assert listed["id"] == ticket.pk
    assert program.ask("GET", "tickets/999/messages")[0] == 404
