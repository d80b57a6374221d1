"""Names are the SDK's own: a parameter that the real gateway does not know must not creep in."""

from typing import Any, Literal, get_args, get_origin

import pytest
import stripe as sdk
from stripe import params

from smmpanel.fake_stripe import (
    customers,
    disputes,
    intent_fields,
    payment_methods,
    refunds,
    sessions,
    setup_intents,
)


def names(typed: Any) -> set[str]:
    """The members of a typed dictionary of the SDK."""
    return {name for kind in typed.__mro__ for name in getattr(kind, "__annotations__", {})}


@pytest.mark.parametrize(
    ("taken", "known"),
    [
        (sessions.CREATE, params.checkout.SessionCreateParams),
        (intent_fields.DESCRIPTION, params.checkout.SessionCreateParamsPaymentIntentData),
        (intent_fields.CREATE, params.PaymentIntentCreateParams),
        (intent_fields.MEMBERS, params.PaymentIntentUpdateParams),
        (intent_fields.CONFIRM, params.PaymentIntentConfirmParams),
        (setup_intents.CREATE, params.SetupIntentCreateParams),
        (payment_methods.CREATE, params.PaymentMethodCreateParams),
        (refunds.CREATE, params.RefundCreateParams),
        (customers.MEMBERS, params.CustomerCreateParams),
        (disputes.UPDATE, params.DisputeUpdateParams),
        (dict.fromkeys(disputes.EVIDENCE), params.DisputeUpdateParamsEvidence),
    ],
    ids=lambda value: getattr(value, "__name__", "taken"),
)
def test_every_parameter_is_known_to_the_sdk(taken, known):
    assert set(taken) - names(known) == set()


def test_every_event_and_state_is_known_to_the_sdk(api, fake, session_params):
    for outcome in ("succeeded", "failed"):
        session = fake.pay(api.checkout.sessions.create(session_params).id, "us_bank_account")
        fake.settle_payment(session["payment_intent"], outcome)
    paid = fake.pay(api.checkout.sessions.create(session_params).id)["payment_intent"]
    fake.fail_refund(api.refunds.create({"payment_intent": paid, "amount": 1}).id)
    fake.warn_of_fraud(paid)
    inquiry = fake.dispute(paid, kind="inquiry")["id"]
    fake.close_dispute(inquiry, "escalated")
    fake.close_dispute(inquiry, "won")
    known = literals(sdk.Event.__annotations__["type"])
    told = {event["type"] for event in fake.events()}
    assert len(told) > 15
    assert told - known == set()


def literals(annotation: Any) -> set[str]:
    """All words of a literal type."""
    assert get_origin(annotation) is Literal
    return set(get_args(annotation))
