"""Who tries out cards is stopped; who pays, or is declined now and then, is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.factories import MICROS
from tests.wallet.accepting import accept_with_payments
from tests.wallet.notices import at_page, tell
from tests.wallet.payments import opened
from wallet.models import Deposit
from wallet.topups import deposits

pytestmark = pytest.mark.django_db
ADDRESS = "203.0.113.7"


def declined(customer: User, *, times: int, ip: str | None = None, minutes_ago: int = 0) -> None:
    for _time in range(times):
        deposit = opened(customer)
        deposit.ip = ip
        deposit.declined_at = timezone.now() - timedelta(minutes=minutes_ago)
        deposit.save(update_fields=["ip", "declined_at"])


def refusal(customer: User, *, ip: str | None = None) -> str:
    with pytest.raises(deposits.DepositRefused) as refused:
        deposits.open_deposit(
            customer_id=customer.pk,
            gateway="stripe",
            amount_micros=MICROS,
            at=timezone.now(),
            ip=ip,
        )
    return refused.value.message


def test_after_five_pages_with_declined_cards_the_sixth_is_not_opened(alice):
    declined(alice, times=4)
    declined(alice, times=1)
    assert "Too many payments were declined" in refusal(alice)


def test_four_of_them_are_bad_luck(alice, bob):
    declined(alice, times=4, ip=ADDRESS)
    assert opened(alice).state == "open"


def test_another_account_at_the_same_address_is_stopped_too(alice, bob):
    declined(alice, times=5, ip=ADDRESS)
    assert "declined" in refusal(bob, ip=ADDRESS)
    assert opened(bob).state == "open"


def test_after_an_hour_it_is_forgotten(alice):
    declined(alice, times=9, minutes_ago=61)
    assert opened(alice).state == "open"


def test_pages_that_were_paid_in_the_end_do_not_count(alice):
    declined(alice, times=5)
    Deposit.objects.update(state="paid", credited_at=timezone.now(), payment_id=None)
    assert opened(alice).state == "open"


def test_twenty_pages_that_nobody_paid_are_enough_too(alice):
    for _number in range(20):
        opened(alice)
    assert "Pay one, or wait" in refusal(alice)


def test_the_gateways_own_word_counts_a_declined_page_once(stripe, alice):
    deposit = at_page(alice)
    for _attempt in range(3):
        stripe.pay(deposit.checkout_id, "pm_card_visa_chargeDeclined")
    tell(stripe)
    deposit.refresh_from_db()
    assert (deposit.state, deposit.trouble) == ("open", "Your card was declined.")
    assert deposit.declined_at is not None
    assert Deposit.objects.filter(declined_at__isnull=False).count() == 1


def test_the_form_says_it_and_charges_nothing(client, alice):
    declined(alice, times=5)
    accept_with_payments(alice)
    client.force_login(alice)
    answer = client.post("/wallet/top-up/", {"amount": "5", "gateway": "stripe"})
    assert answer.status_code == 422
    assert "Too many payments were declined" in answer.content.decode()
