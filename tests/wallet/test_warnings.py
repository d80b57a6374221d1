"""Early fraud warnings (FRD-06): that top-up's unspent money waits, and nothing is taken."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import ActLog, Case, OutboundMail, User
from tests.factories import MICROS
from tests.wallet.disputing import (
    State,
    books,
    disputed,
    lots,
    own,
    publish,
    spend,
    topped_up,
    warned,
)
from wallet import ledger
from wallet.disputes import warnings
from wallet.gateways.base import WarningReport
from wallet.models import FraudWarning


@pytest.fixture(autouse=True)
def _whole_balance(terms: None) -> None:
    publish()


def release(warning: FraudWarning, *, by: User) -> None:
    warnings.release(warning_id=warning.pk, reason="known customer", by=by, at=timezone.now())


def test_a_warning_freezes_what_is_left_of_its_top_up(alice: User) -> None:
    first, second = topped_up(alice, 50, bonus=5), topped_up(alice, 30)
    spend(alice, 10)
    warning = warned(first)
    assert lots(alice) == [
        (first.reference, "bonus", 0, 5),
        (first.reference, "cash", 0, 40),
        (second.reference, "cash", 30, 0),
    ]
    assert Case.objects.open().get().key == warning.reference
    assert "answer this mail" in OutboundMail.objects.get(key=warning.reference).body


def test_told_twice_it_is_one_case_one_mail_and_one_hold(alice: User) -> None:
    deposit = topped_up(alice, 50)
    warned(deposit)
    warning = warned(deposit)
    assert own(alice) == {"cash_hold": 50}
    assert Case.objects.filter(kind=Case.Kind.FRAUD_WARNING).count() == 1
    assert OutboundMail.objects.filter(key=warning.reference).count() == 1


def test_a_warning_that_is_moot_frees_the_money(alice: User) -> None:
    deposit = topped_up(alice, 50, bonus=5)
    before = books()
    warned(deposit)
    warning = warned(deposit, is_actionable=False)
    assert books() == before
    assert warning.resolved_at is not None
    assert not Case.objects.open().exists()


def test_old_news_freeze_nothing_again(alice: User) -> None:
    deposit = topped_up(alice, 50)
    warned(deposit, is_actionable=False)
    warned(deposit)
    assert own(alice) == {"cash": 50}


def test_staff_release_it_once_with_a_reason(alice: User, olga: User) -> None:
    warning = warned(topped_up(alice, 50))
    release(warning, by=olga)
    assert own(alice) == {"cash": 50}
    act = ActLog.objects.get()
    assert (act.actor, act.target, act.reason) == (olga, warning.reference, "known customer")
    with pytest.raises(warnings.AlreadyResolved):
        release(warning, by=olga)


def test_what_was_released_stays_free_when_the_news_is_repeated(alice: User, olga: User) -> None:
    deposit = topped_up(alice, 50)
    warning = warned(deposit)
    release(warning, by=olga)
    warned(deposit)
    assert own(alice) == {"cash": 50}


def test_what_orders_give_back_waits_as_well(alice: User) -> None:
    deposit = topped_up(alice, 50)
    spend(alice, 30)
    warning = warned(deposit)
    ledger.refund(
        customer_id=alice.pk, reference="order:1", due_micros=30 * MICROS, at=timezone.now()
    )
    assert own(alice) == {"cash": 30, "cash_hold": 20}
    warnings.collect(warning_id=warning.pk, at=timezone.now())
    assert own(alice) == {"cash_hold": 50}


def test_a_warning_about_a_payment_of_nobody_is_nothing(alice: User) -> None:
    strange = WarningReport("issfr_1", "ch_x", "", "made_with_stolen_card", is_actionable=True)
    assert warnings.apply(strange, gateway="stripe", at=timezone.now()) is None


# --- Where a bank asks and warns ------------------------------------------------------------------


def test_warned_money_stays_on_hold_when_the_inquiry_ends(alice: User, olga: User) -> None:
    deposit = topped_up(alice, 50, bonus=5)
    disputed(deposit, State.INQUIRY)
    warning = warned(deposit)
    disputed(deposit, State.CLOSED)
    assert own(alice) == {"cash_hold": 50, "bonus_hold": 5}
    release(warning, by=olga)
    assert own(alice) == {"cash": 50, "bonus": 5}


def test_inquired_money_stays_on_hold_when_the_warning_ends(alice: User, olga: User) -> None:
    deposit = topped_up(alice, 50, bonus=5)
    warning = warned(deposit)
    disputed(deposit, State.INQUIRY)
    release(warning, by=olga)
    assert own(alice) == {"cash_hold": 50, "bonus_hold": 5}
    disputed(deposit, State.CLOSED)
    assert own(alice) == {"cash": 50, "bonus": 5}


def test_a_formal_dispute_takes_what_a_warning_held_and_leaves_no_debt(alice: User) -> None:
    deposit = topped_up(alice, 50, bonus=5)
    disputed(deposit, State.INQUIRY)
    warned(deposit)
    disputed(deposit)
    assert own(alice) == {}
