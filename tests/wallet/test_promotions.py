"""A bonus on a top-up: what is offered is kept, what is kept is given, and each only as often as
the promotion says (BON-01, BON-02)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Case, User
from tests.factories import MICROS
from tests.wallet.bonuses import promotion, with_code
from tests.wallet.payments import opened, pay, tell
from wallet import verification
from wallet.balances import balances_of
from wallet.gateways.base import PaymentState
from wallet.models import BonusGrant, Deposit, Promotion, Redemption, Transfer
from wallet.topups import deposits, promotions

State = Redemption.State


def bonus(customer: User) -> int:
    return balances_of(customer_id=customer.pk).bonus_micros


def offered(customer: User, amount_micros: int = 20 * MICROS, *, code: str = "TEST") -> int:
    """The bonus in micros; 0 for none."""
    offer = promotions.offer_for(
        customer_id=customer.pk, amount_micros=amount_micros, code=code, at=timezone.now()
    )
    return offer.bonus_micros if offer else 0


def refused(customer: User, amount_micros: int = 20 * MICROS, *, code: str = "TEST") -> str:
    with pytest.raises(promotions.CodeRefused) as refusal:
        offered(customer, amount_micros, code=code)
    return refusal.value.message


@pytest.mark.parametrize(
    ("fields", "amount_micros", "expected_micros"),
    [
        ({}, 20 * MICROS, MICROS),
        ({"percent_hundredths": 750}, 10 * MICROS, 750_000),
        ({"percent_hundredths": 1}, 12_340_000, 1_234),
        ({"percent_hundredths": 333}, 10_010_000, 333_333),  # 0.3333330 exactly
        ({"percent_hundredths": 5, "minimum_micros": 0}, 1_010_000, 505),
        ({"percent_hundredths": 10_000}, 20 * MICROS, 20 * MICROS),
        ({"most_micros": 300_000}, 20 * MICROS, 300_000),
        ({"amount_micros": 2 * MICROS}, 20 * MICROS, 2 * MICROS),
        ({"minimum_micros": 20 * MICROS}, 20 * MICROS, MICROS),
    ],
)
def test_the_bonus_is_exact_to_the_micro(alice, fields, amount_micros, expected_micros):
    promotion(**fields)
    assert offered(alice, amount_micros) == expected_micros


def test_what_was_promised_is_given_with_the_payment_and_tied_to_it(alice):
    promotion(valid_months=12)
    deposit = pay(with_code(alice))
    grant = BonusGrant.objects.get()
    transfer = Transfer.objects.get(kind="bonus_grant")
    assert (bonus(alice), grant.amount_micros, grant.kind) == (MICROS, MICROS, "code")
    assert (grant.deposit, transfer.reference) == (deposit, grant.reference)
    assert (transfer.origin, transfer.debit_account.kind) == (deposit.reference, "promotion")
    assert grant.expires_at is not None
    assert grant.expires_at.month == grant.created_at.month
    assert deposit.redemption.state == State.GRANTED
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == []


def test_a_payment_told_twice_gives_one_bonus(alice):
    promotion()
    deposit = with_code(alice)
    pay(deposit)
    pay(deposit)
    assert (bonus(alice), BonusGrant.objects.count()) == (MICROS, 1)


def test_opening_a_top_up_gives_nothing_yet(alice):
    promotion()
    with_code(alice)
    assert (bonus(alice), Redemption.objects.get().state) == (0, State.RESERVED)


@pytest.mark.parametrize(
    ("received_micros", "expected_micros"), [(10 * MICROS, 500_000), (40 * MICROS, 2 * MICROS)]
)
def test_a_share_is_of_what_was_really_received(alice, received_micros, expected_micros):
    promotion()
    pay(with_code(alice, 20 * MICROS), amount_micros=received_micros)
    assert bonus(alice) == expected_micros


def test_less_than_the_smallest_top_up_received_gives_nothing_and_says_why(alice):
    promotion(minimum_micros=20 * MICROS)
    deposit = pay(with_code(alice, 20 * MICROS), amount_micros=10 * MICROS)
    assert bonus(alice) == 0
    assert deposit.redemption.state == State.RELEASED
    assert "for top-ups of $20.00 or more" in deposit.redemption.trouble


def test_without_a_code_the_promotion_that_gives_most_counts(alice):
    promotion(code=None, name="Five percent")
    promotion(code=None, name="Three dollars", amount_micros=3 * MICROS)
    assert offered(alice, 20 * MICROS, code="") == 3 * MICROS
    assert offered(alice, 100 * MICROS, code="") == 5 * MICROS
    pay(with_code(alice, 100 * MICROS, code=""))
    assert BonusGrant.objects.get().kind == BonusGrant.Kind.PROMOTION


def test_a_typed_code_competes_with_what_everybody_gets(alice):
    promotion(amount_micros=MICROS)
    promotion(code=None, name="Better", amount_micros=2 * MICROS)
    assert offered(alice) == 2 * MICROS


@pytest.mark.parametrize("typed", ["TEST", "test", "  Test "])
def test_a_code_may_be_typed_in_any_case(alice, typed):
    promotion()
    assert offered(alice, code=typed) == MICROS


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"code": "OTHER"}, "no such code"),
        ({"is_on": False}, "no such code"),
        ({"starts_at": timezone.now() + timedelta(days=1)}, "no such code"),
        (
            {
                "starts_at": timezone.now() - timedelta(days=2),
                "ends_at": timezone.now() - timedelta(days=1),
            },
            "no such code",
        ),
        ({"minimum_micros": 20_010_000}, "$20.01 or more"),
        ({"total_limit": 0}, "used up"),
        ({"per_customer_limit": 0}, "used this promotion already"),
    ],
)
def test_a_code_that_gives_nothing_says_why(alice, fields, words):
    promotion(**fields)
    assert words in refused(alice)


@pytest.mark.parametrize(
    "fields", [{"is_on": False}, {"total_limit": 0}, {"minimum_micros": 50 * MICROS}]
)
def test_a_promotion_for_everybody_that_gives_nothing_is_silent(alice, fields):
    promotion(code=None, **fields)
    assert offered(alice, code="") == 0


def test_the_same_code_twice_by_one_person_is_refused(alice):
    promotion()
    pay(with_code(alice))
    assert "used this promotion already" in refused(alice)
    with pytest.raises(deposits.DepositRefused) as refusal:
        with_code(alice)
    assert refusal.value.field == "code"
    assert Deposit.objects.count() == 1


def test_an_unpaid_top_up_keeps_the_use_until_it_is_cancelled(alice):
    promotion()
    deposit = with_code(alice)
    assert "unpaid top-up of yours keeps this bonus" in refused(alice)
    deposits.cancel(deposit_id=deposit.pk)
    assert offered(alice) == MICROS


@pytest.mark.parametrize("end", [PaymentState.FAILED, PaymentState.EXPIRED])
def test_a_top_up_that_ends_unpaid_lets_its_use_go(alice, bob, end):
    promotion(total_limit=1)
    deposit = with_code(alice)
    assert "used up" in refused(bob)
    tell(deposit, end)
    assert offered(bob) == MICROS


def test_a_late_payment_tries_again(alice):
    promotion(total_limit=1)
    deposit = with_code(alice)
    tell(deposit, PaymentState.EXPIRED)
    assert pay(deposit).redemption.state == State.GRANTED
    assert bonus(alice) == MICROS


def test_a_late_payment_finds_the_last_use_gone(alice, bob):
    promotion(total_limit=1)
    late = with_code(alice)
    tell(late, PaymentState.EXPIRED)
    pay(with_code(bob))
    late = pay(late)
    assert (bonus(alice), bonus(bob)) == (0, MICROS)
    assert "used up" in late.redemption.trouble


def test_a_late_payment_finds_the_promotion_over(alice):
    kept = promotion()
    late = with_code(alice)
    tell(late, PaymentState.EXPIRED)
    Promotion.objects.filter(pk=kept.pk).update(is_on=False)
    assert "was over" in pay(late).redemption.trouble
    assert bonus(alice) == 0


def test_what_was_promised_is_given_after_the_promotion_has_ended(alice):
    kept = promotion()
    deposit = with_code(alice)
    Promotion.objects.filter(pk=kept.pk).update(is_on=False)
    pay(deposit)
    assert bonus(alice) == MICROS


def paid_by_card(deposit: Deposit, card: str) -> Deposit:
    return tell(
        deposit,
        PaymentState.SUCCEEDED,
        payment_id=f"pay_{deposit.pk}",
        received_coins=2000,
        card_fingerprint=card,
    )


def test_one_card_gets_a_promotion_once_whoever_pays_with_it(alice, bob):
    promotion()
    paid_by_card(with_code(alice), "card_1")
    second = paid_by_card(with_code(bob), "card_1")
    assert (bonus(alice), bonus(bob)) == (MICROS, 0)
    assert "card has been used for this promotion" in second.redemption.trouble
    case = Case.objects.get(kind=Case.Kind.PROMOTION_ABUSE)
    assert (case.key, f"user {alice.pk}" in case.detail) == (second.reference, True)


def test_another_card_and_another_promotion_are_no_abuse(alice, bob):
    promotion()
    promotion(code="OTHER", name="Other")
    paid_by_card(with_code(alice), "card_1")
    paid_by_card(with_code(bob), "card_2")
    paid_by_card(with_code(bob, code="OTHER"), "card_1")
    assert (bonus(bob), Case.objects.count()) == (2 * MICROS, 0)


def test_one_person_may_use_a_card_as_often_as_the_promotion_allows(alice):
    promotion(per_customer_limit=2)
    for _turn in range(2):
        paid_by_card(with_code(alice), "card_1")
    assert bonus(alice) == 2 * MICROS


def test_a_bonus_that_was_not_shown_is_not_paid_for(alice):
    promotion(code=None)
    with pytest.raises(deposits.DepositRefused, match=r"The bonus for this top-up is \$1\.00"):
        with_code(alice, code="", shown_bonus_micros=2 * MICROS)
    assert not Deposit.objects.exists()
    assert with_code(alice, code="", shown_bonus_micros=MICROS).redemption.state == State.RESERVED


def test_a_top_up_without_any_promotion_has_no_redemption(alice):
    pay(opened(alice))
    assert not Redemption.objects.exists()
