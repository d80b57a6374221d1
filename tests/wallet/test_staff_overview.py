"""The desk counts what waits about money, for those who work on it, with the way there."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts import cases
from accounts.models import Case, User
from tests.factories import MICROS
from tests.wallet.deciding import proposed
from tests.wallet.payments import opened, paid
from wallet.models import Decision, Deposit, Dispute, UnmatchedPayment, Withdrawal
from wallet.staff.overview import MONEY_CASES, queues_of


def counts(person: User) -> dict[str, int]:
    return {str(queue.title): queue.count for queue in queues_of(person, at=timezone.now())}


def fill(customer: User, by: User) -> None:
    """One of each that waits; of two requests one is late."""
    deposit, at = paid(customer), timezone.now()
    waiting = opened(customer)
    Deposit.objects.filter(pk=waiting.pk).update(gateway="manual", state="processing")
    for number, due in enumerate((-1, 1)):
        Withdrawal.objects.create(
            customer=customer,
            amount_micros=MICROS,
            idempotency_key=str(number),
            due_at=at + timedelta(hours=due),
        )
    proposed(Decision.Kind.GOODWILL, customer, by=by, dollars=100)
    UnmatchedPayment.objects.create(
        gateway="stripe", payment_id="pi_1", amount_coins=1, currency="eur", reason="currency"
    )
    Dispute.objects.create(
        gateway="stripe",
        dispute_id="dp_1",
        deposit=deposit,
        state="formal",
        gateway_status="needs_response",
        amount_micros=MICROS,
    )
    cases.raise_case(kind=Case.Kind.PAYOUT_FAILED, key="payout:1", detail="", at=at)


def test_each_queue_counts_what_waits(alice: User, fiona: User) -> None:
    assert set(counts(fiona).values()) == {0}
    fill(alice, by=fiona)
    assert counts(fiona) == {
        "Bank payments to confirm": 1,
        "Requests for money back": 2,
        "Of these overdue": 1,
        "Decisions waiting for a second person": 1,
        "Unmatched payments": 1,
        "Open disputes": 1,
        "Fraud warnings": 0,
        "Payouts that failed": 1,
        "Open cases about money": 1,
    }


def test_everybody_sees_the_queues_of_his_own_work(olga: User, sam: User) -> None:
    assert counts(sam) == {}
    assert "Decisions waiting for a second person" not in counts(olga)
    assert "Unmatched payments" in counts(olga)


def test_the_desk_leads_to_each_queue(client: Client, alice: User, fiona: User) -> None:
    fill(alice, by=fiona)
    client.force_login(fiona)
    desk = client.get("/staff/").text
    for queue in queues_of(fiona, at=timezone.now()):
        assert f'href="{queue.url}"'.replace("&", "&amp;") in desk
        assert client.get(queue.url).status_code == 200, queue.url


def test_the_list_of_cases_about_money_leaves_the_others_out(
    client: Client, alice: User, fiona: User
) -> None:
    fill(alice, by=fiona)
    cases.raise_case(kind=Case.Kind.PROVIDER_PAUSED, key="provider:1", detail="", at=timezone.now())
    client.force_login(fiona)
    queue = queues_of(fiona, at=timezone.now())[-1]
    listed = client.get(queue.url).context["cl"].queryset
    assert {case.kind for case in listed} <= set(MONEY_CASES)
    assert listed.count() == queue.count
