"""Payments of nobody: taken off the list with a word, or credited where that is safe."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from accounts import cases
from accounts.models import ActLog, Case, User
from tests.factories import MICROS
from tests.wallet.deciding import NOTE, agreed
from tests.wallet.payments import opened, paid, pay
from wallet import verification
from wallet.decisions import deciding as decisions
from wallet.disputes import following as disputes
from wallet.disputes import warnings
from wallet.gateways.base import (
    DisputeReport,
    GatewayUnavailable,
    Refund,
    RefundState,
    WarningReport,
)
from wallet.models import Decision, Deposit, Dispute, UnmatchedPayment
from wallet.payouts import following as payouts
from wallet.pots import pots_of
from wallet.topups.setting_aside import note_reversal

LIST = "/staff/payments/unmatched/"


@pytest.fixture
def finance(client: Client, fiona: User) -> Client:
    client.force_login(fiona)
    return client


def unmatched(gateway: str, *, cents: int = 2500, currency: str = "usd") -> UnmatchedPayment:
    payment = UnmatchedPayment.objects.create(
        gateway=gateway,
        payment_id="pi_lost",
        amount_coins=cents,
        currency=currency,
        reason=UnmatchedPayment.Reason.NO_DEPOSIT,
    )
    cases.raise_case(
        kind=Case.Kind.PAYMENT_UNMATCHED, key=str(payment), detail="", at=timezone.now()
    )
    return payment


def filled(deposit: Deposit, **more: str) -> dict[str, str]:
    return {"key": str(uuid.uuid4()), "deposit": str(deposit.pk), "note": NOTE} | more


def test_a_payment_goes_to_an_unpaid_top_up_of_its_gateway(finance: Client, alice: User) -> None:
    deposit = opened(alice)
    payment = unmatched(deposit.gateway)
    address = f"{LIST}{payment.pk}/credit/"
    assert "is credited as top-up" in finance.post(address, filled(deposit)).text
    assert pots_of(customer_id=alice.pk).cash == 0
    finance.post(address, filled(deposit, step="do"))
    deposit.refresh_from_db()
    payment.refresh_from_db()
    assert (deposit.state, deposit.payment_id) == (Deposit.State.PAID, "pi_lost")
    assert pots_of(customer_id=alice.pk).cash == 25 * MICROS
    assert payment.resolution == f"Credited as top-up {deposit.pk}"
    assert not Case.objects.open().exists()
    assert [finding for finding in verification.verify() if not finding.is_ok] == []


def test_above_the_limit_a_second_person_agrees_to_the_credit(
    finance: Client, alice: User, felix: User
) -> None:
    deposit = opened(alice)
    payment = unmatched(deposit.gateway, cents=10_001)
    finance.post(f"{LIST}{payment.pk}/credit/", filled(deposit, step="do"))
    assert "waits for a second person" in finance.get(f"{LIST}{payment.pk}/").text
    agreed(Decision.objects.get(), by=felix)
    assert pots_of(customer_id=alice.pk).cash == 100_010_000


def test_what_is_not_safe_is_refused_with_the_reason(finance: Client, alice: User) -> None:
    deposit, done = opened(alice), paid(alice)
    euros, elsewhere = unmatched(deposit.gateway, currency="eur"), opened(alice)
    Deposit.objects.filter(pk=elsewhere.pk).update(gateway="other")
    address = f"{LIST}{euros.pk}/credit/"
    assert "Only US dollars" in finance.post(address, filled(deposit)).text
    UnmatchedPayment.objects.update(currency="usd")
    for wrong, words in ((done, "has a payment already"), (elsewhere, "another gateway")):
        answer = finance.post(address, filled(wrong, step="do"))
        assert (answer.status_code, words in answer.text) == (422, True)
    missing = finance.post(address, filled(deposit, step="do") | {"deposit": "999999"})
    assert "There is no such top-up." in missing.text
    assert Decision.objects.count() == 0


def test_a_top_up_that_was_paid_meanwhile_takes_no_second_payment(
    finance: Client, alice: User, felix: User
) -> None:
    deposit = opened(alice)
    payment = unmatched(deposit.gateway, cents=20_000)
    finance.post(f"{LIST}{payment.pk}/credit/", filled(deposit, step="do"))
    pay(deposit)
    with pytest.raises(decisions.DecisionRefused, match="has a payment already"):
        agreed(Decision.objects.get(), by=felix)
    assert UnmatchedPayment.objects.open().count() == 1


def test_the_payment_of_a_quarantined_top_up_is_credited_to_no_other_one(
    finance: Client, alice: User
) -> None:
    quarantined, other = opened(alice), opened(alice)
    payment = unmatched(other.gateway)
    Deposit.objects.filter(pk=quarantined.pk).update(
        state=Deposit.State.QUARANTINED, payment_id=payment.payment_id
    )
    answer = finance.post(f"{LIST}{payment.pk}/credit/", filled(other, step="do"))
    assert f"the payment of top-up {quarantined.pk}, which is under review" in answer.text
    assert (answer.status_code, Decision.objects.count()) == (422, 0)
    assert UnmatchedPayment.objects.open().count() == 1


def test_a_credit_that_went_to_another_top_up_is_not_called_done(
    finance: Client, alice: User, felix: User
) -> None:
    deposit, other = opened(alice), opened(alice)
    payment = unmatched(deposit.gateway, cents=20_000)
    finance.post(f"{LIST}{payment.pk}/credit/", filled(deposit, step="do"))
    pay(other, payment_id=payment.payment_id)
    with pytest.raises(decisions.DecisionRefused, match="the payment of top-up"):
        agreed(Decision.objects.get(), by=felix)
    assert UnmatchedPayment.objects.open().count() == 1


def refunded(state: RefundState) -> None:
    refund = Refund("re_1", state, 25 * MICROS, "ch_lost", "pi_lost")
    payouts.apply_refund(refund, gateway="stripe", at=timezone.now())


def questioned() -> None:
    inquiry = Dispute.State.INQUIRY
    report = DisputeReport("du_1", "ch_lost", "pi_lost", inquiry, "warning", "", 25 * MICROS)
    disputes.apply(report, gateway="stripe", at=timezone.now())


def warned_of() -> None:
    report = WarningReport("issfr_1", "ch_lost", "pi_lost", "fraud", is_actionable=True)
    warnings.apply(report, gateway="stripe", at=timezone.now())


@pytest.mark.parametrize("news", [partial(refunded, RefundState.SUCCEEDED), questioned, warned_of])
def test_what_was_paid_back_or_is_questioned_is_not_credited(
    finance: Client, alice: User, news: Callable[[], None]
) -> None:
    deposit, payment = opened(alice), unmatched("stripe")
    page = f"{LIST}{payment.pk}/"
    assert "It cannot be credited" not in finance.get(page).text
    news()
    assert "It was paid back at the gateway, or its bank questions it" in finance.get(page).text
    assert finance.post(f"{page}credit/", filled(deposit, step="do")).status_code == 422
    assert pots_of(customer_id=alice.pk).cash == 0
    assert UnmatchedPayment.objects.open().count() == 1


def test_what_is_paid_back_before_the_second_person_agrees_is_not_credited(
    finance: Client, alice: User, felix: User
) -> None:
    payment = unmatched("stripe", cents=20_000)
    finance.post(f"{LIST}{payment.pk}/credit/", filled(opened(alice), step="do"))
    refunded(RefundState.PENDING)
    with pytest.raises(decisions.DecisionRefused, match="paid back at the gateway"):
        agreed(Decision.objects.get(), by=felix)
    assert pots_of(customer_id=alice.pk).cash == 0


def test_a_refund_that_failed_changes_nothing_about_it(finance: Client, alice: User) -> None:
    deposit, payment = opened(alice), unmatched("stripe")
    refunded(RefundState.FAILED)
    finance.post(f"{LIST}{payment.pk}/credit/", filled(deposit, step="do"))
    assert pots_of(customer_id=alice.pk).cash == 25 * MICROS


def test_news_that_waited_for_its_credit_are_to_be_told_again(alice: User) -> None:
    pay(opened(alice), payment_id=unmatched("stripe").payment_id)
    with pytest.raises(GatewayUnavailable, match="just been credited"):
        note_reversal(gateway="stripe", payment_id="pi_lost", at=timezone.now())


def test_a_word_takes_it_off_the_list_and_moves_nothing(
    finance: Client, fiona: User, alice: User
) -> None:
    payment = unmatched("stripe")
    address = f"{LIST}{payment.pk}/close/"
    assert finance.post(address, {"resolution": "short"}).status_code == 422
    finance.post(address, {"resolution": "Paid back at the gateway: re_1"})
    payment.refresh_from_db()
    assert (payment.resolved_by, payment.resolution) == (fiona, "Paid back at the gateway: re_1")
    assert ActLog.objects.get(act="close unmatched payment").actor == fiona
    again = finance.post(address, {"resolution": "Something else entirely"}, follow=True)
    assert "dealt with it already" in again.text
    assert finance.get(LIST).context["page"].rows == []
    assert finance.get(LIST, {"show": "all"}).context["page"].rows == [payment]
