"""What holds for every call: keys, parameters, versions, lists, repeated calls."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe as sdk

INTENT = {"amount": 2000, "currency": "usd"}


@pytest.fixture
def raw(fake):
    """One call without the SDK: status, headers, body."""

    def raw(method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", fake.port, timeout=20)
        given = {"Authorization": f"Bearer {fake.key}"} | headers
        connection.request(method, path, body=body, headers=given)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, response.headers, answer

    return raw


def test_a_repeated_call_with_its_key_gives_the_first_answer(api, fake):
    options = {"idempotency_key": "topup:1:1"}
    first, second = (api.payment_intents.create(INTENT, options) for _ in range(2))
    assert first.id == second.id
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(fake.objects("payment_intent")) == 1
    assert fake.events()[0]["request"]["idempotency_key"] == "topup:1:1"


def test_parallel_calls_with_one_key_act_once(api, fake, buy):
    intent = buy()
    params = {"payment_intent": intent.id, "amount": 1000}
    with ThreadPoolExecutor(8) as pool:
        refunds = list(
            pool.map(
                lambda _: api.refunds.create(params, {"idempotency_key": "wr:1"}).id, range(16)
            )
        )
    assert len(set(refunds)) == 1
    assert api.charges.retrieve(intent.latest_charge).amount_refunded == 1000


def test_a_key_reused_for_something_else_is_refused(api):
    options = {"idempotency_key": "topup:1:1"}
    api.payment_intents.create(INTENT, options)
    with pytest.raises(sdk.IdempotencyError) as caught:
        api.payment_intents.create(INTENT | {"amount": 2001}, options)
    assert caught.value.http_status == 400
    with pytest.raises(sdk.IdempotencyError):
        api.refunds.create({"charge": "ch_1"}, options)


def test_a_refusal_is_replayed_too_but_not_one_of_its_parameters(api, fake, buy):
    intent = buy(1000)
    options = {"idempotency_key": "wr:2"}
    for _ in range(2):
        with pytest.raises(sdk.InvalidRequestError, match="greater than"):
            api.refunds.create({"payment_intent": intent.id, "amount": 1001}, options)
    again = {"idempotency_key": "wr:3"}
    with pytest.raises(sdk.InvalidRequestError, match="unknown parameter"):
        api.refunds.create({"payment_intent": intent.id, "colour": "red"}, again)
    assert api.refunds.create({"payment_intent": intent.id}, again).amount == 1000


def test_a_declined_payment_is_replayed_as_declined(api, fake, buy):
    params = INTENT | {"payment_method": "pm_card_visa_chargeDeclined", "confirm": True}
    params |= {"return_url": "http://127.0.0.1:1/back/"}
    for _ in range(2):
        with pytest.raises(sdk.CardError):
            api.payment_intents.create(params, {"idempotency_key": "sub:1:2"})
    assert len(fake.objects("charge")) == 1


def test_a_key_is_forgotten_after_a_day(api, fake):
    options = {"idempotency_key": "topup:1:1"}
    first = api.payment_intents.create(INTENT, options)
    fake.advance(86_401)
    assert api.payment_intents.create(INTENT, options).id != first.id


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        (
            {"automatic_payment_methods": {"enabled": True, "x": "1"}},
            "parameter_unknown",
            "automatic_payment_methods[x]",
        ),
        ({"amount": "12.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": -1}, "parameter_invalid_integer", "amount"),
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"currency": "xxx"}, None, "currency"),
        ({"description": ""}, "parameter_invalid_empty", "description"),
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"confirm": "perhaps"}, None, "confirm"),
        ({"off_session": True}, None, "off_session"),
        ({"metadata": {"k": "v" * 501}}, None, "metadata[k]"),
    ],
)
def test_wrong_parameters_are_named(api, fake, change, code, param):
    with pytest.raises(sdk.InvalidRequestError) as caught:
        api.payment_intents.create(INTENT | change)
    error = caught.value
    assert (error.http_status, error.code, error.param) == (400, code, param)
    assert fake.objects("payment_intent") == []


def test_missing_parameters_are_named(api, session_params):
    with pytest.raises(sdk.InvalidRequestError) as caught:
        api.payment_intents.create({"currency": "usd"})
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "amount")
    del session_params["line_items"][0]["price_data"]["unit_amount"]
    with pytest.raises(sdk.InvalidRequestError) as caught:
        api.checkout.sessions.create(session_params)
    assert caught.value.param == "line_items[0][price_data][unit_amount]"


def test_a_wrong_key_opens_nothing(fake, raw):
    client = sdk.StripeClient("sk_test_other", base_addresses={"api": fake.url})
    with pytest.raises(sdk.AuthenticationError) as caught:
        client.v1.events.list()
    assert caught.value.http_status == 401
    assert raw("GET", "/v1/events", Authorization="")[0] == 401


def test_unknown_ids_and_addresses_are_not_found(api, raw):
    with pytest.raises(sdk.InvalidRequestError) as caught:
        api.payment_intents.retrieve("pi_nothing")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert raw("GET", "/v1/nothing")[0] == 404
    assert raw("DELETE", "/v1/payment_intents/pi_nothing")[0] == 404


def test_the_version_is_echoed_and_events_have_the_accounts_own(fake, raw):
    status, headers, _ = raw("GET", "/v1/events", **{"Stripe-Version": "2025-03-31.basil"})
    assert (status, headers["Stripe-Version"]) == (200, "2025-03-31.basil")
    assert headers["Request-Id"].startswith("req_")
    assert raw("GET", "/v1/events", **{"Stripe-Version": "latest"})[0] == 400
    raw("POST", "/v1/customers")
    assert fake.events()[0]["api_version"] == sdk.api_version


def test_lists_come_newest_first_page_by_page(api):
    made = [api.customers.create({"name": str(number)}).id for number in range(5)]
    page = api.customers.list({"limit": 2})
    assert ([one.id for one in page.data], page.has_more) == (made[:2:-1], True)
    everyone = [one.id for one in api.customers.list({"limit": 2}).auto_paging_iter()]
    assert everyone == made[::-1]
    older = api.customers.list({"starting_after": made[1]})
    assert ([one.id for one in older.data], older.has_more) == (made[:1], False)
    newer = api.customers.list({"ending_before": made[2], "limit": 1})
    assert [one.id for one in newer.data] == [made[3]]
    with pytest.raises(sdk.InvalidRequestError):
        api.customers.list({"limit": 101})


def test_events_are_filtered_by_time_and_type(api, fake, buy):
    buy()
    fake.advance(1000)
    since = int(time.time()) + 500
    intent = buy()
    recent = api.events.list({"created": {"gte": since}, "limit": 100}).data
    assert {event.data.object.id for event in recent} == {intent.id, intent.latest_charge}
    paid = api.events.list({"type": "payment_intent.succeeded"}).data
    assert len(paid) == 2
    either = api.events.list({"types": ["charge.succeeded", "payment_intent.created"]}).data
    assert len(either) == 4
    assert api.events.retrieve(paid[0].id).data.object.amount_received == 5000


def test_only_ids_are_expanded(api, buy):
    intent = buy()
    found = api.payment_intents.list({"expand": ["data.latest_charge"]})
    assert found.data[0].latest_charge.paid
    with pytest.raises(sdk.InvalidRequestError, match="cannot be expanded"):
        api.payment_intents.retrieve(intent.id, {"expand": ["status"]})


def test_metadata_is_merged_and_emptied(api):
    intent = api.payment_intents.create(INTENT | {"metadata": {"a": "1", "b": "2"}})
    changed = api.payment_intents.update(intent.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert api.payment_intents.update(intent.id, {"metadata": ""}).metadata.to_dict() == {}
