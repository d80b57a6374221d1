"""Refunds: never more than the charge; accepted at once, and sometimes failed days later."""

from smmpanel.fake_stripe import balance, cards, disputes, fraud_warnings, money
from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.route import Route, reading
from smmpanel.fake_stripe.shapes import call, merged, metadata, one_of, text, whole
from smmpanel.fake_stripe.store import Body

BECOME = "refunds"
OUTCOMES = ("succeeded", "pending", "failing")
SECONDS_PENDING = 3 * 86_400
SUCCEED_TIMER = "refund succeeds"
FAIL_TIMER = "refund fails"
OPEN = ("pending", "requires_action")


def succeed(account: Account, name: str) -> None:
    """A refund that waited is paid; one that is final stays as it is."""
    refund = account.get("refund", name)
    if refund["status"] in OPEN:
        _pay(account, refund)
        before = account.change(refund, status="succeeded", pending_reason=None)
        _tell_updated(account, refund, before)


def fail(account: Account, name: str, *, reason: str = "expired_or_canceled_card") -> None:
    """The money could not be delivered and is ours again, even after it had succeeded."""
    refund = account.get("refund", name)
    if refund["status"] not in (*OPEN, "succeeded"):
        return
    charge = account.get("charge", refund["charge"])
    if refund["balance_transaction"]:
        back = balance.book(
            account,
            source=refund,
            amount=refund["amount"],
            kind="refund_failure",
            category="refund_failure",
        )
        account.change(refund, failure_balance_transaction=back["id"])
    before = account.change(refund, status="failed", failure_reason=reason, pending_reason=None)
    account.change(
        charge, amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False
    )
    _tell_updated(account, refund, before)
    account.emit("refund.failed", refund)


def fail_when_due(account: Account, name: str) -> None:
    """As `fail`, for a timer."""
    fail(account, name)


def _create(account: Account, _: str, params: Body) -> Body:
    charge = _charge(account, params)
    disputes.refuse_refund_of(account, charge)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    _check(charge, amount, left)
    become = account.store.setting(BECOME, _conduct(account, charge))
    status = "pending" if become == "pending" else "succeeded"
    refund = _open(account, charge, params | {"amount": amount, "status": status})
    if status == "succeeded":
        _pay(account, refund)
    _tell_created(account, refund, charge)
    if become != "succeeded":
        timer = SUCCEED_TIMER if become == "pending" else FAIL_TIMER
        account.store.schedule(timer, refund["id"], due_at=account.store.now() + SECONDS_PENDING)
    return refund


def _open(account: Account, charge: Body, chosen: Body) -> Body:
    status = chosen["status"]
    refund = account.create(
        "refund",
        {
            "amount": chosen["amount"],
            "balance_transaction": None,
            "charge": charge["id"],
            "currency": charge["currency"],
            "customer": charge["customer"],
            "description": None,
            "destination_details": {"card": {"type": "refund"}, "type": "card"},
            "failure_balance_transaction": None,
            "failure_reason": None,
            "metadata": chosen.get("metadata", {}),
            "payment_intent": charge["payment_intent"],
            "payment_method": charge["payment_method"],
            "pending_reason": "insufficient_funds" if status == "pending" else None,
            "reason": chosen.get("reason"),
            "receipt_number": None,
            "status": status,
        },
    )
    refund.pop("livemode")
    account.store.put(refund)
    return refund


def _charge(account: Account, params: Body) -> Body:
    if ("payment_intent" in params) == ("charge" in params):
        raise Refused(
            "One of the following params should be provided for this request: payment_intent or "
            "charge.",
            code="parameter_missing",
        )
    if "charge" in params:
        return account.get("charge", params["charge"], param="charge")
    name = params["payment_intent"]
    intent = account.get("payment_intent", name, param="payment_intent")
    if intent["status"] != "succeeded":
        raise Refused(
            f"This PaymentIntent ({name}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
        )
    return account.get("charge", intent["latest_charge"])


def _check(charge: Body, amount: int, left: int) -> None:
    name = charge["id"]
    if charge["status"] != "succeeded":
        raise Refused(f"Charge {name} is not refundable because it is {charge['status']}.")
    if left == 0:
        raise Refused(f"Charge {name} has already been refunded.", code="charge_already_refunded")
    if amount > left:
        asked, rest = (money.written(sum_, charge["currency"]) for sum_ in (amount, left))
        raise Refused(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})",
            param="amount",
        )


def _conduct(account: Account, charge: Body) -> str:
    return cards.conduct(account.get("payment_method", charge["payment_method"])).refunds


def _pay(account: Account, refund: Body) -> None:
    """The gateway's fee on the charge is not given back."""
    paid = balance.book(
        account, source=refund, amount=-refund["amount"], kind="refund", category="refund"
    )
    account.change(refund, balance_transaction=paid["id"])


def _tell_created(account: Account, refund: Body, charge: Body) -> None:
    refunded = charge["amount_refunded"] + refund["amount"]
    before = account.change(charge, amount_refunded=refunded, refunded=refunded == charge["amount"])
    account.emit("refund.created", refund)
    account.emit("charge.refunded", charge, previous=before)
    if charge["refunded"]:
        fraud_warnings.make_moot(account, charge)
        disputes.settle_inquiries(account, charge)


def _tell_updated(account: Account, refund: Body, before: Body) -> None:
    account.emit("refund.updated", refund, previous=before)
    account.emit("charge.refund.updated", refund, previous=before)


def _update(account: Account, name: str, params: Body) -> Body:
    refund = account.get("refund", name)
    changed = merged(refund["metadata"], params.get("metadata", {}))
    _tell_updated(account, refund, account.change(refund, metadata=changed))
    return refund


CREATE = {
    "amount": whole(1),
    "charge": text(),
    "metadata": metadata,
    "payment_intent": text(),
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
}
ROUTES = [
    Route("POST", "/v1/refunds", _create, call(CREATE)),
    Route("POST", "/v1/refunds/*", _update, call({"metadata": metadata})),
    *reading("refund", "/v1/refunds", charge=text(), payment_intent=text()),
]
