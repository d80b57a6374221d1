"""Disputed payments (CHB-01 to CHB-08): the examples to the cent, and every order of the news."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import bans
from accounts.models import Ban, Case, OutboundMail, User
from tests.factories import MICROS
from tests.wallet.disputing import (
    State,
    books,
    disputed,
    lots,
    own,
    publish,
    report,
    spend,
    topped_up,
)
from tests.wallet.payments import paid
from wallet import ledger, verification
from wallet.disputes import following as disputes
from wallet.gateways.base import DisputeReport
from wallet.models import Deposit, Dispute, Transfer


@pytest.fixture(autouse=True)
def _the_books_agree(terms: None) -> Iterator[None]:
    publish()
    yield
    findings = [verification.run(check) for check in verification.CHECKS]
    assert [finding for finding in findings if not finding.is_ok] == []


# --- An inquiry -----------------------------------------------------------------------------------


def test_an_inquiry_freezes_what_is_left_of_its_top_up_and_no_more(alice: User) -> None:
    first, second = topped_up(alice, 50, bonus=5), topped_up(alice, 30)
    spend(alice, 10)
    disputed(first, State.INQUIRY)
    assert own(alice) == {"cash": 30, "cash_hold": 40, "bonus_hold": 5}
    assert lots(alice) == [
        (first.reference, "bonus", 0, 5),
        (first.reference, "cash", 0, 40),
        (second.reference, "cash", 30, 0),
    ]
    alice.refresh_from_db()
    assert alice.is_active


def test_an_inquiry_that_ends_frees_the_money(alice: User) -> None:
    deposit = topped_up(alice, 50, bonus=5)
    before = books()
    disputed(deposit, State.INQUIRY)
    disputed(deposit, State.CLOSED)
    assert books() == before
    assert not Case.objects.open().exists()


def test_what_an_order_gives_back_is_frozen_too(alice: User) -> None:
    deposit = topped_up(alice, 50)
    spend(alice, 50)
    dispute = disputed(deposit, State.INQUIRY)
    ledger.refund(
        customer_id=alice.pk, reference="order:1", due_micros=20 * MICROS, at=timezone.now()
    )
    assert disputes.to_collect(at=timezone.now()) == [dispute.pk]
    disputes.collect(dispute_id=dispute.pk, at=timezone.now())
    assert own(alice) == {"cash_hold": 20}


# --- A formal dispute -----------------------------------------------------------------------------


def test_a_chargeback_of_100_with_30_left_leaves_70_of_debt(alice: User) -> None:
    deposit = topped_up(alice, 100)
    spend(alice, 70)
    disputed(deposit, fee=15)
    assert own(alice) == {"debt": -70}
    assert books()["gateway_fees", 0] == -15
    # 100.00 came and went; the fee went, too.
    assert books()["gateway_clearing", 0] == 15


@pytest.mark.parametrize(("pass_fee", "gone"), [(0, 40), (15, 55)])
def test_40_are_40_or_55_where_the_fee_is_passed_on(alice: User, pass_fee: int, gone: int) -> None:
    publish(chargeback_pass_fee=pass_fee * MICROS)
    deposit = topped_up(alice, 100)
    dispute = disputed(deposit, amount=40, taken=40, fee=15)
    assert own(alice) == {"cash": 100 - gone}
    assert dispute.passed_fee_micros == pass_fee * MICROS


def test_no_more_than_the_fee_itself_is_passed_on(alice: User) -> None:
    """CHB-05."""
    publish(chargeback_pass_fee=15 * MICROS)
    disputed(topped_up(alice, 100), taken=100, fee=4)
    assert own(alice) == {"debt": -4}


def test_the_whole_balance_answers_its_own_lots_first(alice: User) -> None:
    first, second = topped_up(alice, 50), topped_up(alice, 30)
    disputed(second)
    assert lots(alice) == [(first.reference, "cash", 50, 0)]


def test_other_cash_pays_what_is_spent(alice: User) -> None:
    first, second = topped_up(alice, 50), topped_up(alice, 30)
    spend(alice, 50)
    disputed(first)
    assert own(alice) == {"debt": -20}
    assert lots(alice) == []
    assert ledger.reversal_of(_cause(first)).cash_micros == second.amount_micros


def test_where_only_the_top_up_answers_the_house_bears_the_rest(alice: User) -> None:
    publish(chargeback_recourse="deposit_only")
    first, second = topped_up(alice, 50), topped_up(alice, 30)
    spend(alice, 40)
    disputed(first)
    assert own(alice) == {"cash": 30}
    assert lots(alice) == [(second.reference, "cash", 30, 0)]
    assert books()["chargeback_loss", 0] == -40


def test_what_its_orders_give_back_later_makes_the_loss_smaller(alice: User) -> None:
    publish(chargeback_recourse="deposit_only")
    first, _second = topped_up(alice, 50), topped_up(alice, 30)
    spend(alice, 40)
    dispute = disputed(first)
    ledger.refund(
        customer_id=alice.pk, reference="order:1", due_micros=25 * MICROS, at=timezone.now()
    )
    disputes.collect(dispute_id=dispute.pk, at=timezone.now())
    assert own(alice) == {"cash": 30}
    assert books()["chargeback_loss", 0] == -15
    disputed(first, State.WON, entries=2)
    assert own(alice) == {"cash": 30 + 35}
    assert ("chargeback_loss", 0) not in books()


def test_the_bonus_that_came_with_it_is_cancelled_and_returns(alice: User) -> None:
    first, second = topped_up(alice, 50, bonus=5), topped_up(alice, 30, bonus=3)
    disputed(first)
    assert (second.reference, "bonus", 3, 0) in lots(alice)
    assert own(alice)["bonus"] == 3
    disputed(first, State.WON, entries=2)
    assert own(alice) == {"cash": 80, "bonus": 8}


def test_an_inquiry_that_becomes_formal_takes_what_it_froze(alice: User) -> None:
    deposit = topped_up(alice, 50, bonus=5)
    disputed(deposit, State.INQUIRY)
    disputed(deposit)
    assert own(alice) == {}


def test_formal_without_its_booking_yet_freezes(alice: User) -> None:
    deposit = topped_up(alice, 50)
    disputed(deposit, taken=0, entries=0)
    assert own(alice) == {"cash_hold": 50}
    disputed(deposit)
    assert own(alice) == {}


def test_a_win_without_its_booking_yet_is_looked_up_until_it_is_there(alice: User) -> None:
    deposit = topped_up(alice, 50)
    dispute = disputed(deposit)
    disputed(deposit, State.WON, taken=50, entries=1)
    assert own(alice) == {}
    assert list(Dispute.objects.unsettled()) == [dispute]
    disputed(deposit, State.WON, entries=2)
    assert own(alice) == {"cash": 50}
    assert not Dispute.objects.unsettled().exists()


def test_a_part_that_comes_back_is_given_back(alice: User) -> None:
    deposit = topped_up(alice, 50)
    disputed(deposit)
    disputed(deposit, State.LOST, taken=20, entries=2)
    assert own(alice) == {"cash": 30}


def test_a_fee_that_rises_and_comes_back_is_followed(alice: User) -> None:
    deposit = topped_up(alice, 50)
    for entries, fee in enumerate((15, 30, 15), start=1):
        disputed(deposit, taken=50, fee=fee, entries=entries)
        assert books()["gateway_fees", 0] == -fee


# --- The debt -------------------------------------------------------------------------------------


def test_the_next_top_up_pays_the_debt_first(alice: User) -> None:
    deposit = topped_up(alice, 100)
    spend(alice, 70)
    disputed(deposit)
    paid(alice, 90 * MICROS)
    assert own(alice) == {"cash": 20}


def test_who_owes_cannot_spend(alice: User) -> None:
    deposit = topped_up(alice, 50, bonus=5)
    topped_up(alice, 10, bonus=5)
    spend(alice, 60)
    disputed(deposit)
    with pytest.raises(ledger.InDebt), transaction.atomic():
        spend(alice, 1, order=2)


def test_money_that_orders_give_back_pays_the_debt(alice: User) -> None:
    deposit = topped_up(alice, 100)
    spend(alice, 70)
    dispute = disputed(deposit)
    ledger.refund(
        customer_id=alice.pk, reference="order:1", due_micros=70 * MICROS, at=timezone.now()
    )
    disputes.collect(dispute_id=dispute.pk, at=timezone.now())
    assert own(alice) == {}


def test_a_win_returns_what_another_top_up_paid_of_the_debt(alice: User) -> None:
    deposit = topped_up(alice, 100)
    spend(alice, 70)
    disputed(deposit)
    paid(alice, 50 * MICROS)
    assert own(alice) == {"debt": -20}
    disputed(deposit, State.WON, entries=2)
    assert own(alice) == {"cash": 80}


def test_the_worked_example_of_the_documentation(alice: User) -> None:
    publish(chargeback_pass_fee=15 * MICROS)
    deposit = topped_up(alice, 100)
    spend(alice, 70)
    disputed(deposit, fee=15)
    assert own(alice) == {"debt": -85}
    paid(alice, 90 * MICROS)
    assert own(alice) == {"cash": 5}
    assert books()["gateway_clearing", 0] == -75
    assert ("gateway_fees", 0) not in books()
    disputed(deposit, State.WON, entries=2, fee=15)
    assert own(alice) == {"cash": 5 + 30 + 85}
    assert books()["gateway_fees", 0] == -15


# --- In whatever order the news come --------------------------------------------------------------


def told_of(deposit: Deposit, end: Dispute.State) -> list[DisputeReport]:
    """What each event of one dispute shows when it is made."""
    created = report(deposit, State.FORMAL)
    withdrawn = report(deposit, State.FORMAL, taken=100, fee=15, entries=1)
    closed = report(deposit, end, taken=100, fee=15, entries=1)
    reinstated = [report(deposit, end, fee=15, entries=2)] if end == State.WON else []
    return [created, created, withdrawn, closed, *reinstated]


@pytest.mark.parametrize("end", [State.WON, State.LOST])
def test_every_order_of_the_news_ends_in_the_same_books(alice: User, end: Dispute.State) -> None:
    publish(chargeback_pass_fee=15 * MICROS)
    deposit = topped_up(alice, 100, bonus=10)
    topped_up(alice, 20)
    spend(alice, 70)
    ends = set()
    for order in set(permutations(told_of(deposit, end))):
        with transaction.atomic():
            for news in [*order, *order]:
                disputes.apply(news, gateway=deposit.gateway, at=timezone.now())
            ends.add((str(sorted(books().items())), str(lots(alice))))
            transaction.set_rollback(True)
    assert len(ends) == 1


def test_without_the_count_of_bookings_old_news_would_take_it_again(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disputes, "_is_old", lambda _report, _dispute: False)
    deposit = topped_up(alice, 100)
    news = told_of(deposit, State.WON)
    for report_ in (*news, news[2]):
        disputes.apply(report_, gateway=deposit.gateway, at=timezone.now())
    assert own(alice) == {}


def test_repeated_news_are_no_news(alice: User) -> None:
    deposit = topped_up(alice, 100)
    for _time in range(3):
        disputed(deposit, fee=15)
    transfers = Transfer.objects.count()
    disputed(deposit, fee=15)
    assert Transfer.objects.count() == transfers
    assert Case.objects.count() == 1


# --- The account ----------------------------------------------------------------------------------


def test_the_account_is_suspended_and_told_why_and_whom_to_ask(alice: User) -> None:
    deposit = topped_up(alice, 50)
    disputed(deposit)
    alice.refresh_from_db()
    assert (alice.standing, alice.is_active) == ("suspended", False)
    letters = {letter.key.partition(":")[0]: letter.body for letter in OutboundMail.objects.all()}
    assert f"The payment of top-up {deposit.pk} was reversed by your bank." in letters["standing"]
    assert "answer this mail" in letters["standing"]
    assert "answer this mail" in letters["dispute"]


def test_no_suspension_where_the_terms_promise_none(alice: User) -> None:
    publish(chargeback_suspend=False)
    disputed(topped_up(alice, 50))
    alice.refresh_from_db()
    assert alice.is_active


def test_who_is_reactivated_meanwhile_is_not_suspended_by_repeated_news(alice: User) -> None:
    deposit = topped_up(alice, 50)
    disputed(deposit)
    User.objects.filter(pk=alice.pk).update(standing="active", is_active=True)
    disputed(deposit)
    alice.refresh_from_db()
    assert alice.is_active


@pytest.mark.parametrize("state", [State.INQUIRY, State.FORMAL, State.LOST, State.WON])
def test_each_mail_of_a_dispute_says_whom_to_ask(alice: User, state: Dispute.State) -> None:
    """CHB-07."""
    deposit = topped_up(alice, 50)
    if state in (State.LOST, State.WON):
        disputed(deposit)
    members = {"entries": 2} if state == State.WON else {}
    dispute = disputed(deposit, state, **members)
    letter = OutboundMail.objects.get(key=f"{dispute.reference}:{state}")
    assert "answer this mail" in letter.body.lower()


def test_a_win_reactivates_nobody_but_asks_staff(alice: User) -> None:
    deposit = topped_up(alice, 50)
    dispute = disputed(deposit)
    disputed(deposit, State.WON, entries=2)
    alice.refresh_from_db()
    assert alice.standing == "suspended"
    case = Case.objects.open().get()
    assert (case.key, "may come back" in case.detail) == (dispute.reference, True)


@pytest.mark.parametrize(("setting", "is_banned"), [("staff", False), ("on_lost", True)])
def test_losing_is_final_where_the_terms_say_so(alice: User, setting: str, is_banned: bool) -> None:
    """Else staff are asked to decide (CHB-04)."""
    publish(chargeback_blacklist=setting)
    deposit = topped_up(alice, 50)
    disputed(deposit)
    disputed(deposit, State.LOST)
    alice.refresh_from_db()
    assert alice.standing == ("blacklisted" if is_banned else "suspended")
    asked = Case.objects.open().values_list("detail", flat=True)
    assert any("closed for good" in detail for detail in asked) is not is_banned
    for kind, value in ((Ban.Kind.EMAIL, alice.email), (Ban.Kind.CARD, deposit.card_fingerprint)):
        assert bans.is_banned(kind=kind, value=value) is is_banned


def test_a_case_has_the_clock_of_the_evidence(alice: User) -> None:
    due_at = timezone.now() + timedelta(days=7)
    dispute = disputed(topped_up(alice, 50), evidence_due_at=due_at)
    assert Case.objects.open().get(key=dispute.reference).due_at == due_at


def test_a_payment_of_nobody_moves_nothing_and_asks_staff(alice: User) -> None:
    topped_up(alice, 50)
    strange = DisputeReport("du_1", "ch_x", "pi_x", State.FORMAL, "needs_response", "", 50 * MICROS)
    assert disputes.apply(strange, gateway="stripe", at=timezone.now()) is None
    assert own(alice) == {"cash": 50}
    assert Case.objects.open().get().key == "stripe:du_1"


def _cause(deposit: Deposit) -> ledger.Cause:
    dispute = Dispute.objects.get(deposit=deposit)
    return ledger.Cause(
        customer_id=deposit.customer_id,
        gateway=deposit.gateway,
        reference=dispute.reference,
        deposit=deposit.reference,
    )
