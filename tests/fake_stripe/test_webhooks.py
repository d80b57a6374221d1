"""Deliveries to a little receiver: signed as the SDK expects, and spoilt on demand."""

import json

import pytest
import stripe as sdk


@pytest.fixture
def read(fake, receiver):
    """What has arrived, each checked and read by the SDK."""

    def read():
        fake.settle()
        return [
            sdk.Webhook.construct_event(body, signature, fake.webhook_secret)
            for body, signature in receiver.received
        ]

    return read


def kinds(events):
    return [event["type"] for event in events]


def test_what_happened_is_delivered_in_order_and_signed(api, fake, buy, read):
    intent = buy()
    delivered = read()
    assert kinds(delivered) == kinds(fake.events())
    assert kinds(delivered)[-1] == "payment_intent.succeeded"
    assert delivered[-1]["data"]["object"]["id"] == intent.id
    assert delivered[-1]["livemode"] is False
    assert [delivery["state"] for delivery in fake.deliveries()] == ["delivered"] * 3


def test_a_wrong_secret_is_noticed(api, fake, receiver):
    fake.spoil_webhooks("wrong_secret")
    api.customers.create()
    fake.settle()
    ((body, signature),) = receiver.received
    with pytest.raises(sdk.SignatureVerificationError):
        sdk.Webhook.construct_event(body, signature, fake.webhook_secret)


def test_one_event_may_come_twice(api, fake, read):
    fake.spoil_webhooks("twice", event_type="customer.created")
    api.customers.create()
    first, second = read()
    assert first["id"] == second["id"]


def test_one_event_may_never_come_yet_be_listed(api, fake, read, buy):
    fake.spoil_webhooks("dropped", event_type="payment_intent.succeeded")
    buy()
    assert "payment_intent.succeeded" not in kinds(read())
    assert api.events.list({"type": "payment_intent.succeeded"}).data


def test_an_event_may_come_late(api, fake, read, buy):
    fake.spoil_webhooks("late", event_type="payment_intent.created", seconds=600)
    buy()
    assert kinds(read()) == ["charge.succeeded", "payment_intent.succeeded"]
    fake.advance(601)
    assert kinds(read())[-1] == "payment_intent.created"


def test_an_event_may_claim_the_other_mode(api, fake, read):
    fake.spoil_webhooks("other_livemode")
    api.customers.create()
    (event,) = read()
    assert event["livemode"] is True


def test_a_rule_is_for_as_many_events_as_told(api, fake, read):
    fake.spoil_webhooks("dropped", count=2)
    names = [api.customers.create().id for _ in range(3)]
    assert [event["data"]["object"]["id"] for event in read()] == names[2:]


def test_held_deliveries_come_in_the_order_of_release(api, fake, read):
    fake.hold()
    names = [api.customers.create().id for _ in range(4)]
    assert read() == []
    assert fake.release("reversed") == 4
    assert [event["data"]["object"]["id"] for event in read()] == names[::-1]


def test_one_type_may_be_let_go_before_the_rest(fake, read, buy):
    fake.hold()
    buy()
    assert fake.release(event_type="payment_intent.succeeded") == 1
    assert kinds(read()) == ["payment_intent.succeeded"]
    assert fake.release("shuffled", seed=1) == 2
    assert set(kinds(read())[1:]) == {"payment_intent.created", "charge.succeeded"}
    with pytest.raises(ValueError, match="unknown order"):
        fake.release("sideways")


def test_a_shuffle_is_the_same_for_the_same_seed(api, fake, receiver):
    orders = []
    for _ in range(2):
        fake.hold()
        made = [api.customers.create().id for _ in range(6)]
        receiver.received.clear()
        fake.release("shuffled", seed=3)
        fake.settle()
        came = [json.loads(body)["data"]["object"]["id"] for body, _ in receiver.received]
        orders.append([made.index(name) for name in came])
    assert orders[0] == orders[1] != sorted(orders[0])


def test_a_refused_delivery_is_tried_again_until_it_is_taken(api, fake, receiver):
    receiver.statuses = [500, 302]
    api.customers.create()
    fake.settle()
    assert len(receiver.received) == 1
    for seconds in (61, 301):
        fake.advance(seconds)
        fake.settle()
    (delivery,) = fake.deliveries()
    assert (delivery["state"], delivery["attempts"]) == ("delivered", [500, 302, 200])


def test_a_receiver_that_never_answers_is_given_up_after_three_days(api, fake):
    fake.deliver_to("http://127.0.0.1:1/nobody/")
    api.customers.create()
    for _ in range(12):
        fake.settle()
        fake.advance(43_201)
    (delivery,) = fake.deliveries()
    assert delivery["state"] == "given_up"
    assert delivery["attempts"] == [0] * 11


def test_an_event_is_delivered_again_on_demand(api, fake, read):
    api.customers.create()
    fake.settle()
    (event,) = fake.events()
    fake.resend(event["id"])
    assert [one["id"] for one in read()] == [event["id"]] * 2


def test_a_test_may_sign_an_event_itself(fake, api):
    api.customers.create()
    (event,) = fake.events()
    body, signature = fake.signed(event)
    taken = sdk.Webhook.construct_event(body, signature, fake.webhook_secret)
    assert taken["id"] == event["id"]
    for spoilt in ({"age_seconds": 301}, {"secret": "whsec_other"}, {"secret": ""}):
        body, signature = fake.signed(event, **spoilt)
        with pytest.raises(sdk.SignatureVerificationError):
            sdk.Webhook.construct_event(body, signature, fake.webhook_secret)


def test_what_happened_before_there_was_an_address_is_not_delivered(api, fake):
    api.customers.create()
    assert fake.deliveries() == []
    assert len(fake.events()) == 1


def test_a_receiver_may_ask_the_api_while_it_is_told(api, fake, receiver, buy):
    seen = []
    receiver.on_receipt = lambda: seen.append(api.payment_intents.list().data[0].status)
    buy()
    fake.settle()
    assert seen == ["succeeded"] * 3


def test_any_other_event_may_be_made_up(fake, read, buy):
    charge = buy().latest_charge
    fake.emit("charge.captured", charge)
    fake.emit("review.opened", {"id": "prv_1", "object": "review", "charge": charge})
    about = [(event["type"], event["data"]["object"]["id"]) for event in read()[-2:]]
    assert about == [("charge.captured", charge), ("review.opened", "prv_1")]
