"""Checkout sessions by the SDK: made, paid, left alone."""

import pytest
import stripe as sdk


def test_a_session_waits_at_an_address_and_keeps_what_it_was_given(api, session_params):
    session = api.checkout.sessions.create(session_params)
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency) == (5000, "usd")
    assert session.client_reference_id == "deposit:5"
    assert session.metadata["deposit_id"] == "5"
    assert session.payment_intent is None
    assert session.livemode is False
    assert session.id.startswith("cs_test_")
    assert session.url.endswith(f"/c/pay/{session.id}")
    assert api.checkout.sessions.retrieve(session.id).url == session.url


def test_a_paid_session_leads_to_its_payment_and_the_fee(api, fake, session_params):
    session = api.checkout.sessions.create(session_params)
    fake.pay(session.id)
    paths = ["payment_intent.latest_charge.balance_transaction", "line_items"]
    paid = api.checkout.sessions.retrieve(session.id, {"expand": paths})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    intent = paid.payment_intent
    assert (intent.status, intent.amount_received) == ("succeeded", 5000)
    assert intent.metadata["deposit_id"] == "5"
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert intent.latest_charge.balance_transaction.fee == 175
    assert paid.line_items.data[0].description == "Top-up"


def test_paying_tells_the_events_of_the_real_gateway(api, fake, session_params):
    fake.pay(api.checkout.sessions.create(session_params).id)
    assert [event["type"] for event in fake.events()] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_a_slow_bank_pays_after_the_session_is_complete(api, fake, session_params):
    session = fake.pay(api.checkout.sessions.create(session_params).id, "us_bank_account")
    assert (session["status"], session["payment_status"]) == ("complete", "unpaid")
    intent = api.payment_intents.retrieve(session["payment_intent"])
    assert (intent.status, intent.amount_received) == ("processing", 0)
    fake.settle_payment(intent.id)
    assert api.checkout.sessions.retrieve(session["id"]).payment_status == "paid"
    assert api.payment_intents.retrieve(intent.id).amount_received == 5000
    assert fake.events("checkout.session.async_payment_succeeded")


def test_a_slow_bank_may_refuse(api, fake, session_params):
    session = fake.pay(api.checkout.sessions.create(session_params).id, "us_bank_account")
    fake.settle_payment(session["payment_intent"], "failed")
    assert api.checkout.sessions.retrieve(session["id"]).payment_status == "unpaid"
    intent = api.payment_intents.retrieve(session["payment_intent"])
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert fake.events("checkout.session.async_payment_failed")
    assert not fake.events("charge.succeeded")


def test_a_declined_session_stays_open_and_is_paid_by_the_same_intent(api, fake, session_params):
    session = api.checkout.sessions.create(session_params)
    declined = fake.pay(session.id, "pm_card_visa_chargeDeclined")
    assert (declined["status"], declined["payment_status"]) == ("open", "unpaid")
    paid = fake.pay(session.id)
    assert paid["payment_intent"] == declined["payment_intent"]
    assert len(fake.objects("charge")) == 2
    with pytest.raises(ValueError, match="complete"):
        fake.pay(session.id)


def test_a_session_expires_by_the_clock_and_takes_its_intent_along(api, fake, session_params):
    session = api.checkout.sessions.create(session_params)
    intent = fake.pay(session.id, "pm_card_visa_chargeDeclined")["payment_intent"]
    fake.advance(3700)
    expired = api.checkout.sessions.retrieve(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert api.payment_intents.retrieve(intent).status == "canceled"
    assert len(fake.events("checkout.session.expired")) == 1


def test_only_an_open_session_can_be_expired(api, fake, session_params):
    session = api.checkout.sessions.create(session_params)
    assert api.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(sdk.InvalidRequestError, match="status of expired"):
        api.checkout.sessions.expire(session.id)


@pytest.mark.parametrize(("seconds", "bound"), [(60, "at least 30"), (90_000, "less than 24")])
def test_a_session_lasts_half_an_hour_to_a_day(api, fake, session_params, seconds, bound):
    session_params["expires_at"] += seconds - 3600
    with pytest.raises(sdk.InvalidRequestError, match=bound):
        api.checkout.sessions.create(session_params)


def test_a_card_is_kept_only_when_asked_for(api, fake, session_params):
    customer = api.customers.create({"email": "customer@example.com"}).id
    fake.pay(api.checkout.sessions.create(session_params | {"customer": customer}).id)
    assert api.customers.payment_methods.list(customer).data == []
    keeping = {"customer": customer, "payment_intent_data": {"setup_future_usage": "off_session"}}
    fake.pay(api.checkout.sessions.create(session_params | keeping).id)
    (method,) = api.payment_methods.list({"customer": customer, "type": "card"}).data
    assert (method.card.brand, method.card.last4) == ("visa", "4242")
    assert fake.events("payment_method.attached")


def test_a_customer_is_made_when_asked_for(api, fake, session_params):
    session = api.checkout.sessions.create(session_params | {"customer_creation": "always"})
    assert session.customer is None
    assert fake.pay(session.id)["customer"].startswith("cus_")


def test_sessions_are_listed_by_their_payment(api, fake, session_params):
    sessions = [api.checkout.sessions.create(session_params) for _ in range(2)]
    paid = fake.pay(sessions[0].id)
    found = api.checkout.sessions.list({"payment_intent": paid["payment_intent"]})
    assert [session.id for session in found.data] == [sessions[0].id]
    still_open = api.checkout.sessions.list({"status": "open"})
    assert [session.id for session in still_open.data] == [sessions[1].id]


def test_another_currency_keeps_its_name_and_is_settled_in_dollars(api, fake, session_params):
    session_params["line_items"][0]["price_data"] |= {"currency": "eur"}
    intent = fake.pay(api.checkout.sessions.create(session_params).id)["payment_intent"]
    paths = ["latest_charge.balance_transaction"]
    paid = api.payment_intents.retrieve(intent, {"expand": paths})
    assert (paid.currency, paid.amount_received) == ("eur", 5000)
    booked = paid.latest_charge.balance_transaction
    assert (booked.currency, booked.amount, booked.exchange_rate) == ("usd", 5400, 1.08)


def test_metadata_and_line_items_can_be_asked_for_later(api, session_params):
    session = api.checkout.sessions.create(session_params)
    changed = api.checkout.sessions.update(session.id, {"metadata": {"seen": "1"}})
    assert changed.metadata.to_dict() == {"deposit_id": "5", "seen": "1"}
    (line,) = api.checkout.sessions.line_items.list(session.id).data
    assert (line.description, line.amount_total) == ("Top-up", 5000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "subscription"}, "Invalid mode"),
        ({"success_url": "/wallet/"}, "Not a valid URL"),
        ({"line_items": []}, "line_items"),
        ({"customer_email": "a@example.com"}, "only specify one"),
        ({"customer_creation": "always"}, "only specify one"),
        ({"payment_intent_data": {"capture_method": "manual"}}, "unknown parameter"),
        ({"client_reference_id": "x" * 201}, "at most 200"),
    ],
)
def test_what_a_session_cannot_be_is_refused(api, fake, session_params, change, message):
    customer = api.customers.create().id
    with pytest.raises(sdk.InvalidRequestError, match=message):
        api.checkout.sessions.create(session_params | {"customer": customer} | change)
    assert fake.objects("checkout.session") == []


def test_a_session_costs_at_least_the_least_charge_in_one_currency(api, session_params):
    (item,) = session_params["line_items"]
    item["price_data"]["unit_amount"] = 49
    with pytest.raises(sdk.InvalidRequestError) as caught:
        api.checkout.sessions.create(session_params)
    assert caught.value.code == "amount_too_small"
    other = {**item, "price_data": {**item["price_data"], "currency": "eur"}}
    with pytest.raises(sdk.InvalidRequestError, match="same currency"):
        api.checkout.sessions.create(session_params | {"line_items": [item, other]})
