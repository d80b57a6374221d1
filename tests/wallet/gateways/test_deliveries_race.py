"""A thousand deliveries, shuffled, repeated and at once, credit every payment once. The twins take
the guards away: the same deliveries then credit again and again."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import OutboundMail, User
from smmpanel.fake_stripe.store import Body
from tests.cast import person
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.fake_stripe.process import FakeStripe
from tests.races import all_at_once, at_once
from tests.wallet.notices import at_page, work
from wallet import events, ledger, tasks, verification
from wallet.gateways.base import Payment
from wallet.models import Account, Deposit, GatewayEvent, Transfer
from wallet.topups import crediting

DELIVERIES = 1000
THREADS = 12
ADDRESS = "/webhooks/stripe/"
Outcome = GatewayEvent.Outcome


@pytest.fixture(autouse=True)
def _workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A nudge is a worker that begins at once, beside everything else."""

    def begin(arguments: tuple[int], **_options: object) -> None:
        events.process(event_id=arguments[0], at=timezone.now())

    monkeypatch.setattr(tasks.process_event, "apply_async", begin)


@pytest.fixture
def customers(fresh_db: TestDatabase, terms: None) -> list[User]:
    return [person(name) for name in ("ann", "ben", "cid", "dora")]


def pay_all(stripe: FakeStripe, customers: Iterable[User], *, each: int) -> list[Deposit]:
    """Pages that are paid, of which nobody has been told yet."""
    stripe.make_fees("later")
    deposits = [at_page(customer) for customer in customers for _number in range(each)]
    for deposit in deposits:
        stripe.pay(deposit.checkout_id)
    for charge in stripe.objects("charge"):
        stripe.make_fee_known(charge["id"])
    return deposits


def deliver(stripe: FakeStripe, told: list[Body], *, times: int) -> list[int]:
    """All of it from many threads; returns the statuses of the answers."""
    deliveries = (told * (times // len(told) + 1))[:times]
    random.Random(7).shuffle(deliveries)

    def post(client: Client, event: Body) -> int:
        body, signature = stripe.signed(event)
        headers = {"Stripe-Signature": signature}
        return client.post(ADDRESS, body, "application/json", headers=headers).status_code

    def post_all(share: list[Body]) -> list[int]:
        client = Client()
        return [post(client, event) for event in share]

    shares = [partial(post_all, deliveries[number::THREADS]) for number in range(THREADS)]
    return [answer for answers in all_at_once(*shares) for answer in answers]


def credited(deposits: list[Deposit]) -> dict[int, int]:
    """How often each top-up was credited."""
    rows = Transfer.objects.filter(credit_account__kind="cash")
    causes = [str(cause).split(":")[:2] for cause in rows.values_list("reference", flat=True)]
    return {deposit.pk: causes.count(["deposit", str(deposit.pk)]) for deposit in deposits}


def test_a_thousand_deliveries_credit_each_payment_once(
    stripe: FakeStripe, customers: list[User]
) -> None:
    deposits = pay_all(stripe, customers, each=5)
    told = stripe.events()
    answers = deliver(stripe, told, times=DELIVERIES)
    work()
    assert answers == [200] * DELIVERIES
    assert GatewayEvent.objects.count() == len(told)
    assert not GatewayEvent.objects.filter(outcome=Outcome.WAITING).exists()
    assert set(credited(deposits).values()) == {1}
    assert [
        Account.objects.get(owner=customer, kind="cash").balance_micros for customer in customers
    ] == [5 * 25 * MICROS] * 4
    fees = Transfer.objects.filter(kind="gateway_fee")
    assert sorted(fee.reference for fee in fees) == sorted(map(str, deposits))
    assert OutboundMail.objects.filter(key__endswith=":receipt").count() == len(deposits)
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == []


@pytest.fixture
def no_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the row's lock nor what it says, and a credit without a key."""

    def look(payment: Payment, *, gateway: str) -> Deposit | None:
        return Deposit(**_fields(Deposit.objects.get(pk=payment.deposit_id or 0)))

    def credit(deposit: Deposit, payment: Payment, *, at: datetime) -> None:
        ledger.adjust(
            customer_id=deposit.customer_id,
            amount_micros=deposit.asked_micros,
            reference=f"{deposit.reference}:{uuid.uuid4()}",
            at=at,
        )

    monkeypatch.setattr(crediting, "_locked", look)
    monkeypatch.setattr(crediting, "_credit", credit)


def _fields(deposit: Deposit) -> dict[str, Any]:
    return {field.attname: getattr(deposit, field.attname) for field in Deposit._meta.fields}


def test_without_the_guards_the_same_deliveries_credit_again_and_again(
    stripe: FakeStripe, customers: list[User], no_guards: None
) -> None:
    deposits = pay_all(stripe, customers[:1], each=2)
    deliver(stripe, stripe.events(), times=40)
    assert max(credited(deposits).values()) > 1


def test_one_event_is_carried_out_by_one_worker_though_many_are_nudged(
    stripe: FakeStripe, customers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = count_handling(monkeypatch)
    stored = one_stored_event(stripe, customers[0], monkeypatch)
    process_at_once(stored)
    assert begun == ["payment_intent.succeeded"]


def test_without_the_claim_all_of_them_carry_it_out(
    stripe: FakeStripe, customers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = count_handling(monkeypatch)
    stored = one_stored_event(stripe, customers[0], monkeypatch)
    monkeypatch.setattr(
        events, "_claim", lambda event_id, *, at: GatewayEvent.objects.get(pk=event_id)
    )
    process_at_once(stored)
    assert len(begun) == THREADS
    # What the claim does not hold back, the books do.
    assert Transfer.objects.filter(kind="deposit").count() == 1


def count_handling(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    begun: list[str] = []
    kind = "payment_intent.succeeded"
    handle = events._HANDLERS[kind]

    def counted(object_id: str, at: datetime) -> None:
        begun.append(kind)
        handle(object_id, at)

    monkeypatch.setattr(events, "_HANDLERS", {**events._HANDLERS, kind: counted})
    return begun


def one_stored_event(
    stripe: FakeStripe, customer: User, monkeypatch: pytest.MonkeyPatch
) -> GatewayEvent:
    monkeypatch.setattr(tasks.process_event, "apply_async", lambda *_, **__: None)
    pay_all(stripe, [customer], each=1)
    told = [event for event in stripe.events() if event["type"] == "payment_intent.succeeded"]
    deliver(stripe, told, times=1)
    return GatewayEvent.objects.get()


def process_at_once(stored: GatewayEvent) -> None:
    at_once(THREADS, lambda: events.process(event_id=stored.pk, at=timezone.now()))
