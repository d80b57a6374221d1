"""A top-up is credited once, with what was received, whatever is told how often and when."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts import switches
from accounts.models import KillSwitch, OutboundMail, User
from legal.models import Publication
from tests.factories import MICROS
from tests.wallet.payments import opened, paid, pay, tell
from wallet import verification
from wallet.balances import balances_of
from wallet.gateways.base import PaymentState
from wallet.models import Deposit, Transfer, UnmatchedPayment
from wallet.topups import deposits

State = Deposit.State


def cash(user: User) -> int:
    return balances_of(customer_id=user.pk).cash_micros


def unclean() -> list[str]:
    return [finding.name for finding in verification.verify() if not finding.is_ok]


def test_opening_a_deposit_moves_no_money_and_names_the_terms_in_force(alice):
    deposit = opened(alice)
    assert (deposit.state, cash(alice)) == (State.OPEN, 0)
    assert deposit.publication == Publication.objects.current()
    assert not Transfer.objects.exists()


def test_a_payment_is_credited_from_the_gateways_clearing_account(alice):
    deposit = paid(alice, 25 * MICROS)
    transfer = Transfer.objects.get()
    assert (deposit.state, cash(alice)) == (State.PAID, 25 * MICROS)
    assert (transfer.debit_account.kind, transfer.debit_account.label) == (
        "gateway_clearing",
        "stripe",
    )
    assert (transfer.reference, transfer.origin) == (deposit.reference, deposit.reference)
    assert unclean() == []


def test_the_same_payment_twice_is_one_credit_and_one_receipt(alice):
    deposit = opened(alice)
    told = [pay(deposit), pay(deposit)]
    assert [told_of.state for told_of in told] == [State.PAID] * 2
    assert cash(alice) == 25 * MICROS
    assert OutboundMail.objects.filter(key=f"{deposit.reference}:receipt").count() == 1


@pytest.mark.parametrize("received", [MICROS, 24 * MICROS, 26_010_000])
def test_what_was_received_is_credited_not_what_was_asked_for(alice, received):
    deposit = pay(opened(alice, 25 * MICROS), amount_micros=received)
    assert (deposit.asked_micros, deposit.amount_micros) == (25 * MICROS, received)
    assert cash(alice) == received
    assert unclean() == []


@pytest.mark.parametrize("end", [PaymentState.FAILED, PaymentState.EXPIRED])
def test_money_that_arrives_after_the_end_is_credited_all_the_same(alice, end):
    deposit = opened(alice)
    assert tell(deposit, end).state == end
    assert pay(deposit).state == State.PAID
    assert cash(alice) == 25 * MICROS


@pytest.mark.parametrize("end", [PaymentState.FAILED, PaymentState.EXPIRED])
def test_a_paid_deposit_neither_fails_nor_expires(alice, end):
    deposit = paid(alice)
    assert tell(deposit, end, payment_id=str(deposit.payment_id)).state == State.PAID
    assert tell(deposit, end).state == State.PAID
    assert cash(alice) == 25 * MICROS


def test_what_is_under_review_is_not_credited_by_a_repeated_notification(alice):
    deposit = opened(alice)
    Deposit.objects.update(state=State.QUARANTINED, payment_id="pay_1")
    assert pay(deposit, payment_id="pay_1").state == State.QUARANTINED
    assert cash(alice) == 0


def test_a_second_payment_for_one_deposit_is_left_to_people(alice):
    deposit = paid(alice)
    for _time in range(2):
        assert pay(deposit, payment_id="pay_other").payment_id == f"pay_{deposit.pk}"
    unmatched = UnmatchedPayment.objects.get()
    assert (unmatched.payment_id, unmatched.reason) == ("pay_other", "other_payment")
    assert cash(alice) == 25 * MICROS


def test_one_payment_never_pays_two_deposits(alice, bob):
    pay(opened(alice), payment_id="pay_1")
    pay(opened(bob), payment_id="pay_1")
    assert (cash(alice), cash(bob)) == (25 * MICROS, 0)


def test_a_credit_whose_receipt_cannot_be_written_does_not_happen(alice):
    deposit = opened(alice)
    User.objects.filter(pk=alice.pk).update(email="nobody")
    with pytest.raises(ValidationError):
        pay(deposit)
    deposit.refresh_from_db()
    assert (deposit.state, cash(alice)) == (State.OPEN, 0)


def test_the_receipt_names_the_sum_and_leads_to_the_page(alice):
    deposit = paid(alice, 12_500_000)
    mail = OutboundMail.objects.get(recipient=alice.email)
    assert "$12.50" in mail.subject
    assert f"pay_{deposit.pk}" in mail.body
    assert f"http://127.0.0.1:8000/wallet/deposits/{deposit.pk}/" in mail.body


def test_the_receipt_asks_to_write_first_if_something_is_wrong(alice):
    """And says where (CHB-07)."""
    paid(alice)
    mail = OutboundMail.objects.get(recipient=alice.email)
    assert "write to us first" in mail.body
    assert f"http://127.0.0.1:8000{reverse('tickets:ticket_new')}" in mail.body


def refusal(customer: User, *, gateway: str = "stripe", amount_micros: int = MICROS) -> str:
    with pytest.raises(deposits.DepositRefused) as refused:
        deposits.open_deposit(
            customer_id=customer.pk,
            gateway=gateway,
            amount_micros=amount_micros,
            at=timezone.now(),
        )
    assert not Deposit.objects.exists()
    return refused.value.message


@pytest.mark.parametrize(
    ("amount_micros", "words"),
    [
        (MICROS - 10_000, "smallest top-up is $1.00"),
        (5000 * MICROS + 10_000, "largest top-up is $5,000.00"),
        (12_345_000, "whole cents"),
    ],
)
def test_an_amount_outside_the_gateways_limits_is_refused(alice, amount_micros, words):
    assert words in refusal(alice, amount_micros=amount_micros)


@pytest.mark.parametrize("amount_micros", [MICROS, 5000 * MICROS, 12_340_000])
def test_the_limits_themselves_can_be_paid(alice, amount_micros):
    assert opened(alice, amount_micros).asked_micros == amount_micros


def test_an_unknown_gateway_is_refused(alice):
    assert "not on offer" in refusal(alice, gateway="free")


def test_stripe_is_offered_with_a_key_only(alice, settings):
    settings.STRIPE_SECRET_KEY = ""
    assert "not on offer" in refusal(alice)


def test_top_ups_that_are_switched_off_are_refused_with_the_reason(alice):
    KillSwitch.objects.create(part=KillSwitch.Part.TOP_UPS, reason="The bank is closed today.")
    assert refusal(alice) == "The bank is closed today."


def test_an_open_deposit_is_not_paid_while_top_ups_are_switched_off(
    alice, olga, django_capture_on_commit_callbacks
):
    waiting, part = opened(alice), KillSwitch.Part.TOP_UPS
    with django_capture_on_commit_callbacks(execute=True):
        switches.switch_off(part=part, reason="The bank is closed today.", actor=olga)
    with pytest.raises(deposits.DepositRefused, match=r"^The bank is closed today\.$"):
        deposits.start_payment(deposit=waiting, return_url="https://panel.example/back")


def test_a_deposit_that_has_ended_leads_to_no_page(alice):
    deposit = opened(alice)
    deposits.cancel(deposit_id=deposit.pk)
    with pytest.raises(deposits.DepositRefused, match="does not wait for a payment"):
        deposits.start_payment(deposit=deposit, return_url="https://panel.example/back")


def test_without_a_verified_address_nobody_tops_up(alice):
    """ACC-03."""
    EmailAddress.objects.update(verified=False)
    assert "Confirm your e-mail" in refusal(alice)


@pytest.mark.django_db
def test_without_terms_in_force_nobody_tops_up():
    user = User.objects.create_user("early@example.com", "x")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    assert "no terms in force" in refusal(user)
