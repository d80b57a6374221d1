"""Charges: one attempt to take money each, and what the gateway kept of it."""

from smmpanel.fake_stripe import balance, money
from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.cards import BANK
from smmpanel.fake_stripe.route import Route, reading
from smmpanel.fake_stripe.shapes import call, merged, metadata, text
from smmpanel.fake_stripe.store import Body

FEES = "fees"
FEES_NOW = "now"
FEES_LATER = "later"
FEE_TIMER = "fee is known"
SECONDS_UNTIL_FEE = 3600


def open_charge(account: Account, intent: Body, method: Body, *, status: str) -> Body:
    """A charge of the whole intent with this payment method."""
    return account.create(
        "charge",
        {
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if status == "succeeded" else 0,
            "amount_refunded": 0,
            "balance_transaction": None,
            "billing_details": method["billing_details"],
            "captured": status == "succeeded",
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_balance_transaction": None,
            "failure_code": None,
            "failure_message": None,
            "fraud_details": {},
            "metadata": dict(intent["metadata"]),
            "outcome": _outcome(status),
            "paid": status == "succeeded",
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": _details(method),
            "receipt_email": intent["receipt_email"],
            "receipt_number": None,
            "receipt_url": None,
            "refunded": False,
            "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
            "status": status,
        },
    )


def decline(account: Account, charge: Body, *, code: str, reason: str, message: str) -> None:
    """The issuer or the bank said no."""
    outcome = {
        "network_status": "declined_by_network",
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    account.change(
        charge,
        status="failed",
        paid=False,
        failure_code=code,
        failure_message=message,
        outcome=outcome,
    )
    account.emit("charge.failed", charge)


def succeed(account: Account, charge: Body) -> None:
    """The money was taken; its fee is known at once unless the account was told otherwise."""
    account.change(
        charge, status="succeeded", paid=True, captured=True, amount_captured=charge["amount"]
    )
    if account.store.setting(FEES, FEES_NOW) == FEES_NOW:
        _book(account, charge)
    else:
        due_at = account.store.now() + SECONDS_UNTIL_FEE
        account.store.schedule(FEE_TIMER, charge["id"], due_at=due_at)
    account.emit("charge.succeeded", charge)


def make_fee_known(account: Account, name: str) -> None:
    """What `charge.updated` tells some time after a payment, once."""
    charge = account.get("charge", name)
    if charge["balance_transaction"] is None:
        before = _book(account, charge)
        account.emit("charge.updated", charge, previous=before)


def _book(account: Account, charge: Body) -> Body:
    method = charge["payment_method_details"]["type"]
    cents = money.settled(charge["amount"], charge["currency"])
    booked = balance.book(
        account,
        source=charge,
        amount=charge["amount"],
        kind="charge" if method == "card" else "payment",
        category="charge",
        fee_cents=money.fee_cents(cents, method),
        fee_is="Processing fees",
    )
    return account.change(charge, balance_transaction=booked["id"])


def _outcome(status: str) -> Body:
    return {
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "Payment complete." if status == "succeeded" else None,
        "type": "authorized",
    }


def _details(method: Body) -> Body:
    kind = method["type"]
    details = dict(method[kind])
    if kind != BANK:
        details |= {"network": details["brand"], "three_d_secure": None}
    return {kind: details, "type": kind}


def _update(account: Account, name: str, params: Body) -> Body:
    charge = account.get("charge", name)
    if "metadata" in params:
        params["metadata"] = merged(charge["metadata"], params["metadata"])
    params.pop("expand", None)
    before = account.change(charge, **params)
    account.emit("charge.updated", charge, previous=before)
    return charge


ROUTES = [
    *reading("charge", "/v1/charges", customer=text(), payment_intent=text()),
    Route(
        "POST", "/v1/charges/*", _update, call({"description": text(1000), "metadata": metadata})
    ),
]
