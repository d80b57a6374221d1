"""Payment intents, saved cards and setup intents by the SDK."""

from typing import Any

import pytest
import stripe as sdk

INTENT = {"amount": 2000, "currency": "usd"}
CONFIRMATION = {"payment_method": "pm_card_visa", "return_url": "http://127.0.0.1:1/back/"}


def test_a_confirmed_intent_is_paid_at_once(fake, buy):
    intent = buy(2000)
    assert (intent.status, intent.amount_received) == ("succeeded", 2000)
    assert [event["type"] for event in fake.events()] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


def test_an_intent_may_be_confirmed_later_or_canceled(api):
    first, second = (api.payment_intents.create(dict(INTENT)) for _ in range(2))
    assert first.status == "requires_payment_method"
    paid = api.payment_intents.confirm(first.id, CONFIRMATION)
    assert paid.status == "succeeded"
    assert api.payment_intents.cancel(second.id).status == "canceled"
    with pytest.raises(sdk.InvalidRequestError) as caught:
        api.payment_intents.cancel(first.id)
    assert caught.value.code == "payment_intent_unexpected_state"


def test_a_saved_card_pays_without_its_holder(buy, saved_card):
    customer, method = saved_card()
    intent = buy(1500, method, customer=customer, off_session=True)
    assert (intent.status, intent.amount_received, intent.customer) == ("succeeded", 1500, customer)


def test_a_card_that_wants_its_holder_is_an_error_without_them(api, fake, buy, saved_card):
    customer, method = saved_card("pm_card_authenticationRequired")
    with pytest.raises(sdk.CardError) as caught:
        buy(1500, method, customer=customer, off_session=True)
    assert (caught.value.code, caught.value.http_status) == ("authentication_required", 402)
    told: Any = caught.value.json_body
    intent = api.payment_intents.retrieve(told["error"]["payment_intent"]["id"])
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert intent.last_payment_error.code == "authentication_required"
    assert fake.events("payment_intent.payment_failed")


@pytest.mark.parametrize(
    ("outcome", "status"), [("succeeded", "succeeded"), ("failed", "requires_payment_method")]
)
def test_with_the_holder_there_the_issuer_asks(api, fake, buy, outcome, status):
    intent = buy(card="pm_card_authenticationRequired")
    assert (intent.status, intent.next_action.type) == ("requires_action", "use_stripe_sdk")
    assert fake.events("payment_intent.requires_action")
    fake.authenticate(intent.id, outcome)
    assert api.payment_intents.retrieve(intent.id).status == status


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedFraudulent", "fraudulent"),
    ],
)
def test_a_declined_card_is_a_card_error_and_takes_nothing(api, fake, buy, card, reason):
    with pytest.raises(sdk.CardError) as caught:
        buy(card=card)
    told: Any = caught.value.json_body
    error = told["error"]
    assert (error["code"], error["decline_code"]) == ("card_declined", reason)
    charge = api.charges.retrieve(error["charge"])
    assert (charge.status, charge.paid, charge.balance_transaction) == ("failed", False, None)
    assert fake.objects("balance_transaction") == []


def test_a_setup_intent_keeps_a_card_for_later(api, fake, buy):
    customer = api.customers.create().id
    intent = api.setup_intents.create(
        {
            "customer": customer,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "usage": "off_session",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
        }
    )
    assert intent.status == "requires_action"
    fake.authenticate(intent.id)
    assert api.setup_intents.retrieve(intent.id).status == "succeeded"
    assert fake.events("setup_intent.succeeded")
    paid = buy(1000, intent.payment_method, customer=customer, off_session=True)
    assert paid.status == "succeeded"


def test_the_same_card_has_the_same_fingerprint_under_two_customers(api, saved_card):
    methods = [api.payment_methods.retrieve(saved_card()[1]) for _ in range(2)]
    assert methods[0].id != methods[1].id
    assert methods[0].card.fingerprint == methods[1].card.fingerprint


def test_a_detached_card_pays_no_more(api, fake, buy, saved_card):
    customer, method = saved_card()
    api.payment_methods.detach(method)
    assert api.customers.payment_methods.list(customer).data == []
    assert fake.events("payment_method.detached")
    with pytest.raises(sdk.InvalidRequestError, match="may not be used again"):
        buy(1000, method, customer=customer, off_session=True)


def test_a_card_of_one_customer_does_not_pay_for_another(api, buy, saved_card):
    _, method = saved_card()
    with pytest.raises(sdk.InvalidRequestError, match="belongs to a Customer"):
        buy(1000, method, customer=api.customers.create().id)


def test_a_deleted_customer_keeps_no_cards(api, fake, saved_card):
    customer, method = saved_card()
    assert api.customers.delete(customer).deleted
    assert api.customers.retrieve(customer).deleted
    assert api.payment_methods.retrieve(method).customer is None
    assert fake.events("customer.deleted")
    with pytest.raises(sdk.InvalidRequestError, match="No such customer"):
        api.payment_methods.attach("pm_card_visa", {"customer": customer})


def test_the_fee_is_known_at_once_or_later(api, fake, buy):
    paths = {"expand": ["latest_charge.balance_transaction"]}
    known = api.payment_intents.retrieve(buy(5000).id, paths).latest_charge.balance_transaction
    assert (known.amount, known.fee, known.net) == (5000, 175, 4825)
    fake.make_fees("later")
    intent = buy(10_000)
    assert api.payment_intents.retrieve(intent.id, paths).latest_charge.balance_transaction is None
    fake.make_fee_known(intent.id)
    later = api.payment_intents.retrieve(intent.id, paths).latest_charge.balance_transaction
    assert later.fee == 320
    (event,) = fake.events("charge.updated")
    assert event["data"]["previous_attributes"] == {"balance_transaction": None}


def test_a_fee_that_nobody_tells_is_known_in_an_hour(api, fake, buy):
    fake.make_fees("later")
    charge = buy().latest_charge
    fake.advance(3601)
    assert api.charges.retrieve(charge).balance_transaction.startswith("txn_")


def test_a_payment_that_might_leave_the_shop_needs_a_way_back(api, fake):
    params = INTENT | {"payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(sdk.InvalidRequestError, match="return_url"):
        api.payment_intents.create(params)
    with pytest.raises(sdk.InvalidRequestError, match="return_url"):
        api.setup_intents.create({"payment_method": "pm_card_visa", "confirm": True})
    assert fake.objects("payment_intent") == fake.objects("setup_intent") == []


def test_a_sessions_payment_is_left_to_the_session(api, fake, session_params):
    session = fake.pay(
        api.checkout.sessions.create(session_params).id, "pm_card_visa_chargeDeclined"
    )
    with pytest.raises(sdk.InvalidRequestError, match="Expire the session"):
        api.payment_intents.cancel(session["payment_intent"])
    with pytest.raises(sdk.InvalidRequestError, match="Expire the session"):
        api.payment_intents.confirm(session["payment_intent"], CONFIRMATION)


def test_a_card_that_was_checked_may_still_be_declined_later(buy, saved_card):
    customer, method = saved_card("pm_card_chargeCustomerFail")
    with pytest.raises(sdk.CardError):
        buy(1000, method, customer=customer, off_session=True)


def test_a_card_that_is_declined_is_not_kept(api, fake):
    customer = api.customers.create().id
    with pytest.raises(sdk.CardError):
        api.payment_methods.attach("pm_card_visa_chargeDeclined", {"customer": customer})
    setup = {"customer": customer, "payment_method": "pm_card_visa_chargeDeclined"}
    with pytest.raises(sdk.CardError):
        api.setup_intents.create(
            setup | {"confirm": True, "allowed_payment_method_types": ["card"]}
        )
    assert api.customers.payment_methods.list(customer).data == []
    assert fake.events("setup_intent.setup_failed")


def test_a_card_number_must_add_up(api):
    card = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2031, "cvc": "314"}
    method = api.payment_methods.create({"type": "card", "card": card})
    assert (method.card.last4, method.card.exp_year) == ("4242", 2031)
    with pytest.raises(sdk.CardError) as caught:
        api.payment_methods.create({"type": "card", "card": card | {"number": "4242424242424241"}})
    assert caught.value.code == "incorrect_number"
