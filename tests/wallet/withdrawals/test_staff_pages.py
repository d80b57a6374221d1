"""The queue, the evidence, and two people with their passwords (WDR-06, WDR-11, WDR-14)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import ActLog, OutboundMail
from tests.cast import PASSWORD, person
from tests.factories import MICROS
from tests.wallet.withdrawals.scenes import (
    approved,
    ask,
    cash,
    credited,
    payables,
    spend,
    terms_with,
)
from wallet import verification
from wallet.models import Decision, Payout, Transfer, Withdrawal
from wallet.payouts import following as payouts
from wallet.payouts import sending as paying_out
from wallet.payouts import withdrawals

pytestmark = pytest.mark.django_db
State = Withdrawal.State


@pytest.fixture
def fiona(terms):
    return person("fiona", group="Finance")


@pytest.fixture
def fred(terms):
    return person("fred", group="Finance")


def asked(customer, micros=40 * MICROS, **options):
    now = timezone.now()
    return ask(
        customer, {credited(customer, micros + 10 * MICROS, at=now, **options): micros}, at=now
    )


def press(client, name, pk, /, **fields):
    """Sends a form, with the password where it is asked for."""
    address = reverse(f"wallet_staff:{name}", args=[pk])
    answer = client.post(address, fields)
    if answer.status_code == 302 and answer.url.startswith(reverse("account_reauthenticate")):
        answer = client.post(answer.url, {"password": PASSWORD})
    return answer


def test_the_queue_has_the_earliest_due_first_and_marks_what_is_late(client, alice, bob, fiona):
    late, fresh = asked(alice), asked(bob)
    Withdrawal.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(days=1))
    client.force_login(fiona)
    text = client.get(reverse("wallet_staff:withdrawals")).content.decode()
    assert text.index(f"Request {late.pk}<") < text.index(f"Request {fresh.pk}<")
    assert text.count(">late<") == 1


def test_the_page_has_the_evidence(client, alice, fiona):
    withdrawal = asked(alice, bonus_micros=5 * MICROS)
    client.force_login(fiona)
    text = client.get(reverse("wallet_staff:withdrawal", args=[withdrawal.pk])).content.decode()
    for fact in (
        "alice@example.com",
        "Visa •••• 4242",
        "$1.75",
        "$38.25",
        "$5.00",
        "Approve $40.00",
    ):
        assert fact in text
    assert "All that is left of it can go back." in text


def test_approving_asks_for_the_password_and_then_does_it(client, alice, fiona):
    withdrawal = asked(alice)
    client.force_login(fiona)
    address = reverse("wallet_staff:withdrawal_approve", args=[withdrawal.pk])
    answer = client.post(address)
    assert answer.url.startswith(reverse("account_reauthenticate"))
    wrong = client.post(answer.url, {"password": "not it"})
    withdrawal.refresh_from_db()
    assert (wrong.status_code, withdrawal.state) == (422, State.REQUESTED)
    client.post(answer.url, {"password": PASSWORD})
    withdrawal.refresh_from_db()
    assert withdrawal.state == State.APPROVED
    assert Payout.objects.get().state == Payout.State.APPROVED
    assert ActLog.objects.filter(actor=fiona, act="propose withdrawal").count() == 1


def test_ninety_nine_take_one_person_and_a_hundred_take_two(client, alice, bob, fiona):
    small, large = asked(alice, 99_990_000), asked(bob, 100 * MICROS)
    client.force_login(fiona)
    for withdrawal in (small, large):
        press(client, "withdrawal_approve", withdrawal.pk)
    states = dict(Withdrawal.objects.values_list("pk", "state"))
    assert states == {small.pk: State.APPROVED, large.pk: State.REQUESTED}


def test_what_one_person_approved_alone_counts_for_thirty_days(client, alice, bob, fiona):
    first, second, others = asked(alice, 60 * MICROS), asked(alice, 40 * MICROS), asked(bob)
    client.force_login(fiona)
    for withdrawal in (first, second, others):
        press(client, "withdrawal_approve", withdrawal.pk)
    states = dict(Withdrawal.objects.values_list("pk", "state"))
    assert states == {
        first.pk: State.APPROVED, second.pk: State.REQUESTED, others.pk: State.APPROVED,
    }  # fmt: skip
    page = reverse("wallet_staff:withdrawal", args=[asked(alice).pk])
    words = "you have approved much for this customer alone"
    assert words in client.get(page).content.decode()
    Decision.objects.update(proposed_at=timezone.now() - withdrawals.COUNTED_FOR)
    assert words not in client.get(page).content.decode()


def test_the_second_yes_is_another_persons_with_the_password(client, alice, fiona, fred):
    withdrawal = asked(alice, 100 * MICROS)
    client.force_login(fiona)
    press(client, "withdrawal_approve", withdrawal.pk)
    decision = Decision.objects.get()
    press(client, "agree", decision.pk)
    withdrawal.refresh_from_db()
    assert withdrawal.state == State.REQUESTED
    client.force_login(fred)
    agreed = client.post(reverse("wallet_staff:agree", args=[decision.pk]))
    assert agreed.url.startswith(reverse("account_reauthenticate"))
    client.post(agreed.url, {"password": PASSWORD})
    withdrawal.refresh_from_db()
    assert withdrawal.state == State.APPROVED


def test_a_request_that_was_taken_back_cannot_be_agreed_to(client, alice, fiona, fred):
    withdrawal = asked(alice, 100 * MICROS)
    client.force_login(fiona)
    press(client, "withdrawal_approve", withdrawal.pk)
    withdrawals.take_back(withdrawal_id=withdrawal.pk, at=timezone.now())
    client.force_login(fred)
    press(client, "agree", Decision.objects.get().pk)
    withdrawal.refresh_from_db()
    assert (withdrawal.state, cash(alice)) == (State.CANCELED, 110 * MICROS)


def test_nobody_approves_his_own(client, fiona):
    withdrawal = asked(fiona)
    client.force_login(fiona)
    press(client, "withdrawal_approve", withdrawal.pk)
    press(client, "withdrawal_decline", withdrawal.pk, reason="Not by myself.")
    withdrawal.refresh_from_db()
    assert withdrawal.state == State.REQUESTED


@pytest.mark.parametrize("reason", ["", "no"])
def test_declining_takes_a_reason(client, alice, fiona, reason):
    withdrawal = asked(alice)
    client.force_login(fiona)
    assert press(client, "withdrawal_decline", withdrawal.pk, reason=reason).status_code == 422
    press(client, "withdrawal_decline", withdrawal.pk, reason="Please verify first.")
    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.answer) == (State.REJECTED, "Please verify first.")
    assert cash(alice) == 50 * MICROS


def test_a_bank_transfer_is_sent_by_a_person_with_the_banks_number(client, alice, fiona):
    now = timezone.now()
    deposit = credited(alice, at=now, gateway="manual", fee_micros=0)
    payout = approved(alice, deposit, 40 * MICROS, at=now)
    paying_out.pay(payout_id=payout.pk, at=now)
    client.force_login(fiona)
    assert press(client, "payout_sent", payout.pk, number="").status_code == 422
    press(client, "payout_sent", payout.pk, number="SEPA 2026/17")
    payout.refresh_from_db()
    assert (payout.state, payout.trace_id) == (Payout.State.SENT, "SEPA 2026/17")
    assert cash(alice) == 10 * MICROS
    assert "SEPA 2026/17" in OutboundMail.objects.get(key=f"payout:{payout.pk}:sent").body
    press(client, "payout_sent", payout.pk, number="SEPA 2026/18")
    payout.refresh_from_db()
    assert payout.trace_id == "SEPA 2026/17"


def test_what_the_bank_sends_back_is_in_the_balance_again(client, alice, fiona):
    now = timezone.now()
    deposit = credited(alice, at=now, gateway="manual", fee_micros=0)
    payout = approved(alice, deposit, 40 * MICROS, at=now)
    paying_out.pay(payout_id=payout.pk, at=now)
    client.force_login(fiona)
    press(client, "payout_sent", payout.pk, number="SEPA 1")
    press(client, "payout_returned", payout.pk, why="The account was closed.")
    payout.refresh_from_db()
    assert (payout.state, cash(alice)) == (Payout.State.FAILED, 50 * MICROS)


def failed(customer, **terms):
    """A payout that the gateway took and could not deliver."""
    terms_with(**terms)
    now = timezone.now()
    payout = approved(customer, credited(customer, at=now), 40 * MICROS, at=now)
    assert paying_out.begin(payout_id=payout.pk, at=now) is not None
    payouts.fail(payouts.locked(payout.pk), trouble="lost_or_stolen_card", at=now)
    return Payout.objects.get(pk=payout.pk)


def test_another_way_takes_two_people_and_the_evidence(client, alice, fiona, fred):
    first = failed(alice, withdraw_alt_method="staff_two_person")
    client.force_login(fiona)
    assert press(client, "payout_other_way", first.pk, evidence="").status_code == 422
    press(client, "payout_other_way", first.pk, evidence="Passport seen, account in her name.")
    assert Payout.objects.count() == 1
    client.force_login(fred)
    press(client, "agree", Decision.objects.get().pk)
    second = Payout.objects.latest("pk")
    assert (second.is_by_hand, second.state, second.net_micros) == (True, "sending", 38_250_000)
    assert cash(alice) == 10 * MICROS
    press(client, "payout_sent", second.pk, number="SEPA 2")
    clearing = Transfer.objects.get(reference=second.reference, kind="withdrawal").credit_account
    assert clearing.label == "manual"
    assert all(finding.is_ok for finding in verification.verify())


def test_original_method_only_means_that(client, alice, fiona):
    first = failed(alice, withdraw_alt_method="never")
    client.force_login(fiona)
    press(client, "payout_other_way", first.pk, evidence="Passport seen, account in her name.")
    assert not Decision.objects.exists()


def test_what_was_spent_meanwhile_is_not_paid_another_way(client, alice, fiona, fred):
    first = failed(alice, withdraw_alt_method="staff_two_person")
    client.force_login(fiona)
    press(client, "payout_other_way", first.pk, evidence="Passport seen, account in her name.")
    spend(alice, 30 * MICROS)
    client.force_login(fred)
    press(client, "agree", Decision.objects.get().pk)
    assert (Payout.objects.count(), Decision.objects.get().outcome) == (1, "waiting")
    assert payables(alice, at=timezone.now())[first.deposit_id].payable_micros == 20 * MICROS
