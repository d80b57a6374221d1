"""Automatic top-ups: one at a time, within the month's limit, and off when the card says no."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import OutboundMail, User
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.fake_stripe.process import FakeStripe
from tests.races import Gate, at_once
from tests.wallet.kept_cards import keep_card
from tests.wallet.notices import tell
from wallet import ledger
from wallet.automatic import cards, topping_up
from wallet.balances import spendable_micros
from wallet.gateways.stripe import client
from wallet.models import AutoTopUp, Deposit, Dispute, FraudWarning, SavedCard


def turn_on(user: User, card: SavedCard, *, month_limit: int = 100) -> AutoTopUp:
    """Below 5 dollars, 10 more."""
    topping_up.turn_on(
        customer_id=user.pk,
        card=card,
        below_micros=5 * MICROS,
        amount_micros=10 * MICROS,
        month_limit_micros=month_limit * MICROS,
        ip="192.0.2.7",
        at=timezone.now(),
    )
    return AutoTopUp.objects.get(customer=user)


def spend_down_to(user: User, left: int, *, order: int = 1) -> None:
    ledger.hold_for_order(
        customer_id=user.pk,
        charge_micros=spendable_micros(customer_id=user.pk) - left * MICROS,
        reference=f"order:{order}",
        at=timezone.now(),
    )


@pytest.fixture
def kept(stripe: FakeStripe, alice: User) -> SavedCard:
    """Alice's card, which her first 25 dollars were paid with."""
    return keep_card(stripe, alice)


@pytest.mark.django_db
class TestALowBalance:
    def test_is_filled_up_once(self, stripe: FakeStripe, alice: User, kept: SavedCard) -> None:
        turn_on(alice, kept)
        spend_down_to(alice, 4)
        for _sweep in range(3):
            topping_up.run_due(at=timezone.now())
        tell(stripe)
        assert spendable_micros(customer_id=alice.pk) == 14 * MICROS
        deposit = Deposit.objects.get(is_automatic=True)
        assert deposit.state == Deposit.State.PAID
        assert AutoTopUp.objects.get().running is None

    def test_at_the_mark_is_left_alone(self, alice: User, kept: SavedCard) -> None:
        turn_on(alice, kept)
        spend_down_to(alice, 5)
        topping_up.run_due(at=timezone.now())
        assert not Deposit.objects.filter(is_automatic=True).exists()

    def test_is_nobodys_business_once_it_is_off(self, alice: User, kept: SavedCard) -> None:
        turn_on(alice, kept)
        topping_up.turn_off(customer_id=alice.pk)
        spend_down_to(alice, 0)
        topping_up.run_due(at=timezone.now())
        assert not Deposit.objects.filter(is_automatic=True).exists()

    def test_of_a_frozen_account_is_not_filled(self, alice: User, kept: SavedCard) -> None:
        turn_on(alice, kept)
        spend_down_to(alice, 0)
        User.objects.filter(pk=alice.pk).update(frozen_at=timezone.now())
        topping_up.run_due(at=timezone.now())
        assert not Deposit.objects.filter(is_automatic=True).exists()

    def test_of_a_suspended_customer_is_not_filled(self, alice: User, kept: SavedCard) -> None:
        turn_on(alice, kept)
        spend_down_to(alice, 0)
        User.objects.filter(pk=alice.pk).update(standing="suspended", is_active=False)
        topping_up.run_due(at=timezone.now())
        assert not Deposit.objects.filter(is_automatic=True).exists()


@pytest.mark.django_db
class TestNoCardIsCharged:
    """A hold, a question or a debt would swallow what comes in, again and again."""

    @pytest.fixture
    def watched(self, alice: User, kept: SavedCard) -> User:
        turn_on(alice, kept)
        return alice

    def charges(self) -> int:
        topping_up.run_due(at=timezone.now())
        return Deposit.objects.filter(is_automatic=True).count()

    def test_because_of_money_on_hold(self, watched: User) -> None:
        deposit = Deposit.objects.get()
        ledger.hold(
            customer_id=watched.pk,
            reference="payout:1",
            deposit=deposit.reference,
            cash_micros=spendable_micros(customer_id=watched.pk),
            bonus_micros=0,
            at=timezone.now(),
        )
        assert self.charges() == 0

    def test_while_a_payment_is_questioned(self, watched: User) -> None:
        spend_down_to(watched, 0)
        dispute = Dispute.objects.create(
            gateway="stripe",
            dispute_id="du_1",
            deposit=Deposit.objects.get(),
            state=Dispute.State.INQUIRY,
            gateway_status="warning_needs_response",
            amount_micros=MICROS,
        )
        assert self.charges() == 0
        Dispute.objects.filter(pk=dispute.pk).update(state=Dispute.State.CLOSED)
        assert self.charges() == 1

    def test_under_a_warning(self, watched: User) -> None:
        spend_down_to(watched, 0)
        FraudWarning.objects.create(
            gateway="stripe",
            warning_id="issfr_1",
            deposit=Deposit.objects.get(),
            is_actionable=True,
        )
        assert self.charges() == 0

    def test_to_pay_a_debt(self, watched: User) -> None:
        spend_down_to(watched, 0)
        deposit = Deposit.objects.get()
        cause = ledger.Cause(watched.pk, "stripe", "dispute:1", deposit.reference)
        ledger.take_back(cause=cause, amount_micros=20 * MICROS, at=timezone.now())
        assert self.charges() == 0


@pytest.mark.django_db
class TestTheLimitOfAMonth:
    def test_turns_it_off_with_a_mail(self, alice: User, kept: SavedCard) -> None:
        turn_on(alice, kept, month_limit=15)
        for order in (1, 2):
            spend_down_to(alice, 0, order=order)
            topping_up.run_due(at=timezone.now())
        auto = AutoTopUp.objects.get()
        assert (auto.is_on, "limit" in auto.trouble) == (False, True)
        assert Deposit.objects.filter(is_automatic=True).count() == 1
        mail = OutboundMail.objects.get(subject="Your automatic top-up is off")
        assert auto.trouble in mail.body

    def test_begins_anew_with_the_month(self, alice: User, kept: SavedCard, now: datetime) -> None:
        first = now.replace(year=now.year + 1, month=2, day=1, hour=0, minute=0)
        assert topping_up.paid_this_month(customer_id=alice.pk, at=first) == 0
        Deposit.objects.update(is_automatic=True, created_at=first - timedelta(seconds=61))
        assert topping_up.paid_this_month(customer_id=alice.pk, at=first) == 0
        assert topping_up.paid_this_month(customer_id=alice.pk, at=first - timedelta(days=1))


@pytest.mark.django_db
def test_a_card_that_declines_turns_it_off(
    stripe: FakeStripe, alice: User, kept: SavedCard
) -> None:
    turn_on(alice, _kept_without_paying(stripe, kept, "pm_card_chargeCustomerFail"))
    spend_down_to(alice, 0)
    for _sweep in range(2):
        topping_up.run_due(at=timezone.now())
    auto = AutoTopUp.objects.get()
    assert not auto.is_on
    assert auto.running is None
    assert Deposit.objects.get(is_automatic=True).state == Deposit.State.FAILED
    assert OutboundMail.objects.filter(subject="Your automatic top-up is off").count() == 1
    assert spendable_micros(customer_id=alice.pk) == 0


@pytest.mark.django_db
def test_a_bank_that_wants_to_see_the_owner_turns_it_off(
    stripe: FakeStripe, alice: User, kept: SavedCard
) -> None:
    turn_on(alice, _kept_without_paying(stripe, kept, "pm_card_authenticationRequired"))
    spend_down_to(alice, 0)
    topping_up.run_due(at=timezone.now())
    assert not AutoTopUp.objects.get().is_on
    assert Deposit.objects.get(is_automatic=True).state == Deposit.State.FAILED


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["before", "after"])
def test_no_answer_is_asked_again_and_paid_once(
    stripe: FakeStripe, alice: User, kept: SavedCard, stage: str
) -> None:
    turn_on(alice, kept)
    spend_down_to(alice, 0)
    stripe.fault("drop", route="POST /v1/payment_intents", stage=stage, count=2)
    at = timezone.now()
    topping_up.run_due(at=at)
    assert Deposit.objects.get(is_automatic=True).state == Deposit.State.OPEN
    topping_up.run_due(at=at + topping_up.ASKED_AGAIN_AFTER + timedelta(seconds=1))
    assert spendable_micros(customer_id=alice.pk) == 10 * MICROS
    tell(stripe)
    assert spendable_micros(customer_id=alice.pk) == 10 * MICROS
    paid = [one for one in stripe.objects("payment_intent") if one["amount"] == 1000]
    assert [one["status"] for one in paid] == ["succeeded"]


@pytest.mark.django_db
class TestAPaymentWithoutAnswer:
    """Nobody knows whether the card was charged, and meanwhile its owner changes his mind."""

    @pytest.fixture
    def unanswered(self, stripe: FakeStripe, alice: User, kept: SavedCard) -> datetime:
        turn_on(alice, kept)
        spend_down_to(alice, 0)
        stripe.fault("drop", route="POST /v1/payment_intents", count=2)
        topping_up.run_due(at=timezone.now())
        return timezone.now() + topping_up.ASKED_AGAIN_AFTER

    def change_mind(self, how: str, alice: User, kept: SavedCard) -> None:
        if how == "card removed":
            cards.remove_card(customer_id=alice.pk, card_id=kept.pk, at=timezone.now())
        elif how == "turned off":
            topping_up.turn_off(customer_id=alice.pk)
        elif how == "changed":
            turn_on(alice, kept)
        else:
            User.objects.filter(pk=alice.pk).update(standing="terminated", is_active=False)

    @pytest.mark.parametrize("how", ["card removed", "turned off", "changed", "terminated"])
    def test_is_not_asked_for_again(
        self, stripe: FakeStripe, alice: User, kept: SavedCard, unanswered: datetime, how: str
    ) -> None:
        self.change_mind(how, alice, kept)
        topping_up.run_due(at=unanswered)
        assert Deposit.objects.get(is_automatic=True).state == Deposit.State.EXPIRED
        assert AutoTopUp.objects.get().running is None
        assert [one["amount"] for one in stripe.objects("payment_intent")] == [2500]

    def test_is_given_up_when_its_key_is_too_old(self, unanswered: datetime) -> None:
        topping_up.run_due(at=unanswered + topping_up.KEY_LIVES)
        assert Deposit.objects.get(is_automatic=True).state == Deposit.State.EXPIRED


@pytest.mark.django_db
def test_a_charge_whose_answer_was_lost_is_found_though_the_card_is_gone(
    stripe: FakeStripe, alice: User, kept: SavedCard
) -> None:
    turn_on(alice, kept)
    spend_down_to(alice, 0)
    stripe.fault("drop", route="POST /v1/payment_intents", stage="after", count=2)
    topping_up.run_due(at=timezone.now())
    cards.remove_card(customer_id=alice.pk, card_id=kept.pk, at=timezone.now())
    topping_up.run_due(at=timezone.now() + topping_up.ASKED_AGAIN_AFTER)
    assert spendable_micros(customer_id=alice.pk) == 10 * MICROS


def test_it_never_waits_for_an_order_that_waits_for_it(
    fresh_db: TestDatabase, stripe: FakeStripe, alice: User, kept: SavedCard
) -> None:
    """An order holds the cash row and asks for the customer's row; so must not this, the other
    way round."""
    auto = turn_on(alice, kept)
    with transaction.atomic():
        topping_up._locked(auto.pk)
        assert at_once(1, lambda: _locks_customer(alice)) == [True]


def _locks_customer(user: User) -> bool:
    with transaction.atomic():
        return bool(User.objects.select_for_update(nowait=True).filter(pk=user.pk).first())


def test_sweeps_at_once_begin_one_top_up(
    fresh_db: TestDatabase, stripe: FakeStripe, alice: User, kept: SavedCard
) -> None:
    auto = turn_on(alice, kept)
    spend_down_to(alice, 0)
    begun = at_once(8, lambda: topping_up.begin(auto_id=auto.pk, at=timezone.now()))
    assert len([deposit for deposit in begun if deposit]) == 1
    assert Deposit.objects.filter(is_automatic=True).count() == 1


def test_without_the_lock_they_begin_many(
    fresh_db: TestDatabase,
    stripe: FakeStripe,
    alice: User,
    kept: SavedCard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    auto = turn_on(alice, kept)
    spend_down_to(alice, 0)
    monkeypatch.setattr(
        "django.db.models.query.QuerySet.select_for_update", lambda rows, **_options: rows
    )
    monkeypatch.setattr(ledger, "lock", lambda _customer_id: None)
    monkeypatch.setattr(topping_up, "_check", Gate(8).after(topping_up._check))
    begun = at_once(8, lambda: topping_up.begin(auto_id=auto.pk, at=timezone.now()))
    assert len([deposit for deposit in begun if deposit]) == 8


def _kept_without_paying(stripe: FakeStripe, kept: SavedCard, method: str) -> SavedCard:
    """Another card of the same customer, attached at the gateway by itself."""
    customer = stripe.objects("customer")[0]["id"]
    with client.gateway_errors():
        made = client.api().payment_methods.attach(method, {"customer": customer})
    return SavedCard.objects.create(
        customer=kept.customer,
        gateway=kept.gateway,
        method_id=made.id,
        brand="Visa",
        last_four="0341",
        consent_text=kept.consent_text,
    )
