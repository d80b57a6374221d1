"""Refunds by the SDK: never more than the charge, not always as quick as they look."""

import pytest
import stripe as sdk

THREE_DAYS = 3 * 86_400


def test_several_refunds_may_add_up_to_the_charge_and_no_further(api, fake, buy):
    intent = buy(2500)
    first = api.refunds.create({"payment_intent": intent.id, "amount": 1000})
    second = api.refunds.create({"charge": intent.latest_charge, "amount": 1000})
    assert (first.status, second.status) == ("succeeded", "succeeded")
    with pytest.raises(sdk.InvalidRequestError, match="greater than unrefunded amount") as caught:
        api.refunds.create({"payment_intent": intent.id, "amount": 501})
    assert caught.value.param == "amount"
    assert api.refunds.create({"payment_intent": intent.id}).amount == 500
    charge = api.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (2500, True)
    assert len(charge.refunds.data) == 3


def test_a_charge_that_was_paid_back_is_paid_back_once(api, buy):
    intent = buy()
    api.refunds.create({"payment_intent": intent.id})
    with pytest.raises(sdk.InvalidRequestError) as caught:
        api.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_already_refunded"


def test_what_was_never_paid_cannot_be_paid_back(api):
    intent = api.payment_intents.create({"amount": 2000, "currency": "usd"})
    with pytest.raises(sdk.InvalidRequestError, match="does not have a successful charge"):
        api.refunds.create({"payment_intent": intent.id})
    with pytest.raises(sdk.InvalidRequestError, match="payment_intent or charge"):
        api.refunds.create({"amount": 100})


def test_a_refund_keeps_reason_and_metadata_and_moves_the_balance(api, fake, buy):
    intent = buy(5000)
    refund = api.refunds.create(
        {
            "payment_intent": intent.id,
            "amount": 3825,
            "reason": "requested_by_customer",
            "metadata": {"withdrawal": "7"},
        }
    )
    assert (refund.reason, refund.metadata["withdrawal"]) == ("requested_by_customer", "7")
    moved = api.balance_transactions.retrieve(refund.balance_transaction)
    assert (moved.amount, moved.fee, moved.reporting_category) == (-3825, 0, "refund")
    kinds = [event["type"] for event in fake.events()]
    assert kinds[-2:] == ["refund.created", "charge.refunded"]


def test_a_refund_may_wait_and_then_be_paid(api, fake, buy):
    fake.make_refunds("pending")
    refund = api.refunds.create({"payment_intent": buy().id})
    assert (refund.status, refund.pending_reason) == ("pending", "insufficient_funds")
    assert refund.balance_transaction is None
    fake.succeed_refund(refund.id)
    assert api.refunds.retrieve(refund.id).status == "succeeded"
    assert fake.events("refund.updated")
    assert fake.events("charge.refund.updated")


def test_a_failed_refund_gives_the_money_back_to_the_charge(api, fake, buy):
    intent = buy()
    refund = api.refunds.create({"payment_intent": intent.id, "amount": 4000})
    fake.fail_refund(refund.id, reason="lost_or_stolen_card")
    failed = api.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert api.charges.retrieve(intent.latest_charge).amount_refunded == 0
    returned = api.balance_transactions.retrieve(failed.failure_balance_transaction)
    assert returned.amount == 4000
    assert len(fake.events("refund.failed")) == 1
    assert api.refunds.create({"payment_intent": intent.id}).amount == 5000


def test_a_refund_that_failed_while_it_waited_moved_no_money(api, fake, buy):
    fake.make_refunds("pending")
    refund = api.refunds.create({"payment_intent": buy().id})
    fake.fail_refund(refund.id)
    categories = [moved["reporting_category"] for moved in fake.objects("balance_transaction")]
    assert categories == ["charge"]


@pytest.mark.parametrize(
    ("card", "at_first", "status"),
    [
        ("pm_card_refundFail", "succeeded", "failed"),
        ("pm_card_pendingRefund", "pending", "succeeded"),
    ],
)
def test_some_cards_change_their_mind_days_later(api, fake, buy, card, at_first, status):
    refund = api.refunds.create({"payment_intent": buy(card=card).id})
    assert refund.status == at_first
    fake.advance(THREE_DAYS + 1)
    assert api.refunds.retrieve(refund.id).status == status


def test_a_refund_fails_at_a_time_of_the_tests_choice(api, fake, buy):
    refund = api.refunds.create({"payment_intent": buy().id})
    fake.fail_refund(refund.id, after_seconds=600)
    assert api.refunds.retrieve(refund.id).status == "succeeded"
    fake.advance(601)
    assert api.refunds.retrieve(refund.id).status == "failed"


def test_refunds_are_listed_by_their_payment(api, buy):
    intents = [buy(), buy()]
    for intent in intents:
        api.refunds.create({"payment_intent": intent.id, "amount": 100})
    (found,) = api.refunds.list({"payment_intent": intents[0].id}).data
    assert found.payment_intent == intents[0].id
