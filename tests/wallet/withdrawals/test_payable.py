"""What can be paid back, to the cent and to the minute (WDR-01, WDR-02, WDR-03,
WDR-04, WAL-06, WAL-10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import MICROS
from tests.wallet.withdrawals.scenes import (
    AT,
    FEE,
    ask,
    credited,
    days,
    give_back,
    payables,
    spend,
    terms_with,
)
from wallet.lots.payback import Reason
from wallet.models import Dispute, FraudWarning
from wallet.payouts import payable
from wallet.payouts.payable import Stop

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_fifty_paid_in_and_ten_spent_leave_forty(alice):
    deposit = credited(alice)
    spend(alice, 10 * MICROS)
    one = payables(alice)[deposit.pk]
    assert one.payable_micros == 40 * MICROS
    assert (one.deductions.fee_micros, one.arrives_micros) == (FEE, 38_250_000)


def test_the_window_of_fourteen_days_closes_at_the_minute(alice):
    deposit = credited(alice)
    last = payables(alice, at=AT + days(14))[deposit.pk]
    late = payables(alice, at=AT + days(14) + MINUTE)[deposit.pk]
    assert last.payable_micros == 50 * MICROS
    assert (late.payable_micros, late.payback.reason) == (0, Reason.WINDOW_CLOSED)


def test_money_from_orders_has_no_window(alice):
    deposit = credited(alice)
    order = spend(alice, 30 * MICROS)
    give_back(alice, order, 20 * MICROS, at=AT + days(20))
    one = payables(alice, at=AT + days(40))[deposit.pk]
    assert (one.payable_micros, one.payback.reason) == (20 * MICROS, Reason.ORDER_MONEY)


def test_terms_may_give_money_from_orders_the_same_window(alice):
    terms_with(withdraw_order_refunds_exempt=False)
    deposit = credited(alice)
    give_back(alice, spend(alice, 30 * MICROS), 20 * MICROS, at=AT + days(1))
    assert payables(alice, at=AT + days(14))[deposit.pk].payable_micros == 40 * MICROS
    late = payables(alice, at=AT + days(14) + MINUTE)[deposit.pk]
    assert (late.payable_micros, late.payback.reason) == (0, Reason.WINDOW_CLOSED)


def test_the_window_begins_with_the_credit_and_not_with_the_payment(alice):
    """Paid on day 0 and credited on day 3: the window ends on day 17 (WAL-10)."""
    deposit = credited(alice, at=AT + days(3))
    deposit.created_at = AT
    deposit.save()
    assert payables(alice, at=AT + days(17))[deposit.pk].payable_micros == 50 * MICROS
    assert payables(alice, at=AT + days(17) + MINUTE)[deposit.pk].payable_micros == 0


def test_two_top_ups_are_tracked_apart(alice):
    first = credited(alice, 50 * MICROS)
    second = credited(alice, 30 * MICROS, at=AT + days(10))
    spend(alice, 60 * MICROS, at=AT + days(11))
    found = payables(alice, at=AT + days(12))
    assert {number: one.payable_micros for number, one in found.items()} == {
        second.pk: 20 * MICROS,
        first.pk: 0,
    }


def test_fractions_of_a_cent_stay_in_the_wallet(alice):
    deposit = credited(alice)
    spend(alice, 10_000_001)
    assert payables(alice)[deposit.pk].payable_micros == 39_990_000


def test_a_bonus_is_never_part_of_it(alice):
    deposit = credited(alice, 100 * MICROS, bonus_micros=10 * MICROS)
    one = payables(alice)[deposit.pk]
    assert (one.payable_micros, one.bonus_micros) == (100 * MICROS, 10 * MICROS)


def test_everything_is_every_top_up_the_newest_first(alice):
    first = credited(alice, 30 * MICROS)
    second = credited(alice, 50 * MICROS, at=AT + MINUTE)
    found = payable.read_payable(customer_id=alice.pk, at=AT + days(1))
    assert list(payable.everything(found).items()) == [
        (second.pk, 50 * MICROS),
        (first.pk, 30 * MICROS),
    ]


def test_an_open_dispute_stops_its_own_top_up_only(alice):
    first, second = credited(alice), credited(alice)
    Dispute.objects.create(
        gateway="stripe", dispute_id="dp_1", deposit=first, state=Dispute.State.INQUIRY,
        gateway_status="warning_needs_response", amount_micros=first.amount_micros,
    )  # fmt: skip
    found = payables(alice)
    assert (found[first.pk].payable_micros, found[first.pk].stop) == (0, Stop.DISPUTED)
    assert found[second.pk].payable_micros == 50 * MICROS


def test_a_fraud_warning_stops_its_top_up_until_it_is_resolved(alice):
    deposit = credited(alice)
    warning = FraudWarning.objects.create(
        gateway="stripe", warning_id="w_1", deposit=deposit, is_actionable=True
    )
    assert payables(alice)[deposit.pk].stop == Stop.WARNED
    warning.resolved_at = AT
    warning.save()
    assert payables(alice)[deposit.pk].payable_micros == 50 * MICROS


def test_what_the_fee_would_eat_is_not_offered(alice):
    deposit = credited(alice)
    spend(alice, 50 * MICROS - FEE)
    one = payables(alice)[deposit.pk]
    assert (one.payable_micros, one.stop) == (0, Stop.ALL_FEE)
    assert one.words


def test_what_is_asked_for_is_not_offered_again(alice):
    deposit = credited(alice)
    ask(alice, {deposit: 30 * MICROS})
    one = payables(alice)[deposit.pk]
    assert (one.payable_micros, one.deductions.fee_micros) == (20 * MICROS, 0)


def test_terms_without_money_back_offer_none_and_earlier_top_ups_keep_theirs(alice):
    before = credited(alice)
    terms_with(withdraw_enabled=False)
    after = credited(alice)
    found = payables(alice)
    assert found[before.pk].payable_micros == 50 * MICROS
    assert (found[after.pk].payable_micros, found[after.pk].payback.reason) == (
        0,
        Reason.NOT_OFFERED,
    )
    assert payable.is_offered(customer_id=alice.pk, at=AT + days(1))


@pytest.mark.parametrize("why", [*Reason, *Stop])
def test_every_reason_has_words(why):
    assert payable.words_of(why).endswith(".")


def test_a_long_life_of_top_ups_costs_no_more_questions(alice, django_assert_max_num_queries):
    credited(alice)
    for _number in range(3):
        credited(alice)
    spend(alice, 150 * MICROS)
    with CaptureQueriesContext(connection) as few:
        payables(alice)
    for _number in range(10):
        credited(alice, at=AT + days(1))
        spend(alice, 50 * MICROS, at=AT + days(1))
    with django_assert_max_num_queries(len(few)):
        payables(alice, at=AT + days(1))
