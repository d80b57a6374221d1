"""What the form of a top-up says before anybody pays: the sum, the bonus, the limit of a day, and
what is accepted by paying (LEG-06, LEG-07)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from legal.models import Acceptance, Publication
from tests.factories import MICROS
from tests.wallet.accepting import accept_with_payments
from tests.wallet.bonuses import promotion
from tests.wallet.payments import opened
from wallet.models import Deposit, Redemption
from wallet.topups import caps, deposits

ADDRESS = "/wallet/top-up/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def web(client, alice):
    accept_with_payments(alice)
    client.force_login(alice)
    return client


@pytest.fixture
def newcomer(client, alice):
    """Somebody who has paid nothing yet."""
    client.force_login(alice)
    return client


def text(response) -> str:
    return str(response.content.decode())


def test_the_sum_names_the_bonus_and_the_fee_before_paying(web):
    promotion()
    html = text(web.get(f"{ADDRESS}?amount=20&code=test", headers=HTMX))
    for words in ("Spring bonus", "$1.00", "$21.00", "(we bear it)"):
        assert words in html
    assert 'name="shown_bonus" value="1000000"' in html


def test_a_promotion_for_everybody_is_in_the_sum_without_being_asked_for(web):
    promotion(code=None)
    assert "$1.00" in text(web.get(f"{ADDRESS}?amount=20", headers=HTMX))


def test_a_code_that_gives_nothing_says_so_in_place_of_the_sum(web):
    html = text(web.get(f"{ADDRESS}?amount=20&code=nothing", headers=HTMX))
    assert "There is no such code now" in html
    assert "shown_bonus" not in html


def test_without_scripts_the_sum_is_shown_on_request_and_nothing_begins(web):
    promotion()
    sent = {"amount": "20", "code": "TEST", "step": "show"}
    response = web.post(ADDRESS, sent)
    assert (response.status_code, Deposit.objects.count()) == (200, 0)
    assert "$21.00" in text(response)
    assert 'value="TEST"' in text(response)


def test_a_bonus_that_nobody_saw_is_shown_before_the_payment_begins(web):
    promotion()
    refused = web.post(ADDRESS, {"amount": "20", "code": "TEST"})
    assert (refused.status_code, Deposit.objects.count()) == (422, 0)
    assert "The bonus for this top-up is $1.00" in text(refused)
    assert 'name="shown_bonus" value="1000000"' in text(refused)
    sent = {"amount": "20", "code": "TEST", "shown_bonus": "1000000"}
    assert web.post(ADDRESS, sent).status_code == 302
    assert Redemption.objects.get().deposit == Deposit.objects.get()


@pytest.mark.parametrize("shown", ["-1", "1e6", "٣", "x", "9" * 30, "2000000"])
def test_a_made_up_bonus_begins_no_payment(web, shown):
    promotion()
    sent = {"amount": "20", "code": "TEST", "shown_bonus": shown}
    assert web.post(ADDRESS, sent).status_code == 422
    assert not Deposit.objects.exists()


def test_a_used_code_is_refused_beside_its_field(web, alice):
    promotion(total_limit=0)
    response = web.post(ADDRESS, {"amount": "20", "code": "TEST"})
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"code"}
    assert "used up" in text(response)


def test_a_payment_without_acceptance_is_refused_and_recorded_with_it(newcomer, alice):
    refused = newcomer.post(ADDRESS, {"amount": "5"})
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {"accepts"}
    assert not Deposit.objects.exists()
    shown = refused.context["form"].fields["shown_versions"].initial
    sent = {"amount": "5", "accepts": "on", "shown_versions": shown}
    assert newcomer.post(ADDRESS, sent).status_code == 302
    rows = Acceptance.objects.filter(user=alice)
    assert {row.point for row in rows} == {"payment"}
    assert {str(row.version_id) for row in rows} == set(shown.split("-"))
    assert Deposit.objects.get().publication == Publication.objects.current()


def test_the_box_is_never_ticked_beforehand_and_not_shown_twice(newcomer, alice):
    assert 'name="accepts"' in text(newcomer.get(ADDRESS))
    assert "checked" not in text(newcomer.get(ADDRESS)).partition('name="accepts"')[2][:200]
    accept_with_payments(alice)
    assert 'name="accepts"' not in text(newcomer.get(ADDRESS))


def test_other_versions_than_those_shown_are_asked_about_again(newcomer):
    sent = {"amount": "5", "accepts": "on", "shown_versions": "1"}
    refused = newcomer.post(ADDRESS, sent)
    assert refused.status_code == 422
    assert "These pages are new" in text(refused)
    assert not Acceptance.objects.exists()
    assert not Deposit.objects.exists()


def test_to_ask_for_the_sum_accepts_nothing(newcomer):
    assert newcomer.post(ADDRESS, {"amount": "5", "step": "show"}).status_code == 200
    assert not Acceptance.objects.exists()


def test_the_page_says_what_a_balance_is_and_whom_to_ask_first(web):
    html = text(web.get(ADDRESS))
    assert "It is not a bank account and bears no interest" in html
    assert "write to us first" in html


@pytest.fixture
def capped(settings):
    settings.TOP_UP_DAILY_CAP, settings.TOP_UP_DAILY_CAP_NEW = "1000", "100"
    settings.TOP_UP_NEW_DAYS = 7


def grow_old(user: User, days: int) -> None:
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(days=days))


@pytest.mark.parametrize(("days", "cap"), [(0, 100), (6, 100), (7, 1000), (400, 1000)])
def test_a_new_account_has_a_smaller_limit(alice, capped, days, cap):
    grow_old(alice, days)
    at = timezone.now() + timedelta(seconds=1)
    assert caps.daily_cap_micros(customer_id=alice.pk, at=at) == cap * MICROS


def test_the_limit_of_a_day_is_said_with_what_is_left_and_what_to_do(web, alice, capped):
    opened(alice, 60 * MICROS)
    refused = web.post(ADDRESS, {"amount": "40.01"})
    assert refused.status_code == 422
    assert "You can add $100.00 within 24 hours, and $40.00 of it is left" in text(refused)
    assert "you can cancel them" in text(refused)
    assert "higher once an account is 7 days old" in text(refused)
    assert web.post(ADDRESS, {"amount": "40"}).status_code in (302, 303)


def test_what_was_cancelled_or_is_a_day_old_does_not_count(alice, capped):
    deposits.cancel(deposit_id=opened(alice, 100 * MICROS).pk)
    old = opened(alice, 100 * MICROS)
    Deposit.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=24))
    assert opened(alice, 100 * MICROS).state == "open"


def test_the_act_itself_holds_the_limit(alice, capped):
    opened(alice, 100 * MICROS)
    with pytest.raises(deposits.DepositRefused) as refusal:
        opened(alice, MICROS)
    assert refusal.value.field == "amount"


def test_both_ways_of_paying_name_their_limits(web):
    html = text(web.get(ADDRESS))
    assert "Card or bank account: $1.00 to $5,000.00." in html
    assert "Bank transfer: $10.00 to $10,000.00." in html
