"""What becomes of a payment intent once somebody tries to pay it.

The one place that turns a card's conduct into charges, states and events.
"""

from enum import StrEnum

from smmpanel.fake_stripe import cards, charges, following, payment_methods
from smmpanel.fake_stripe.account import Account, shown
from smmpanel.fake_stripe.cards import BANK
from smmpanel.fake_stripe.errors import Declined, Refused
from smmpanel.fake_stripe.store import Body

BANK_SECONDS = "the bank answers after"
BANK_TIMER = "bank answers"
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


class Presence(StrEnum):
    """Where the holder is: away, before the merchant's page, or at the gateway's own page."""

    OFF_SESSION = "off_session"
    ON_SESSION = "on_session"
    AT_PAGE = "at_page"


def confirm(account: Account, intent: Body, *, presence: Presence, return_url: str = "") -> None:
    """Try to pay. Raises Declined when the issuer says no, with the attempt recorded."""
    if intent["status"] not in OPEN:
        raise unexpected(intent, "must be one of " + ", ".join(OPEN))
    if not intent["payment_method"]:
        raise Refused(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    method = account.get("payment_method", intent["payment_method"])
    conduct = cards.conduct(method)
    if method["type"] == BANK:
        _process(account, intent, method)
    elif conduct.decline:
        _decline(account, intent, method, code="card_declined", reason=conduct.decline)
    elif _must_authenticate(method, conduct.asks, presence):
        _ask(account, intent, method, presence=presence, return_url=return_url)
    else:
        _succeed(account, intent, method)


def authenticate(account: Account, name: str, *, outcome: str) -> None:
    """The holder answered the issuer's question: `succeeded` or `failed`."""
    intent = account.get("payment_intent", name)
    if intent["status"] != "requires_action":
        raise unexpected(intent, "must be requires_action")
    method = account.get("payment_method", intent["payment_method"])
    if outcome == "succeeded":
        account.change(method, _is_set_up=True)
        _succeed(account, intent, method)
        return
    account.change(
        intent,
        status="requires_payment_method",
        next_action=None,
        payment_method=None,
        last_payment_error={
            "type": "invalid_request_error",
            "code": "payment_intent_authentication_failure",
            "message": "The provided PaymentMethod has failed authentication.",
            "payment_method": shown(method),
        },
    )
    account.emit("payment_intent.payment_failed", intent)


def settle(account: Account, name: str, *, outcome: str) -> None:
    """The slow bank answered: `succeeded` or `failed`."""
    intent = account.get("payment_intent", name)
    if intent["status"] != "processing":
        raise unexpected(intent, "must be processing")
    charge = account.get("charge", intent["latest_charge"])
    method = account.get("payment_method", charge["payment_method"])
    if outcome == "succeeded":
        charges.succeed(account, charge)
        _finish(account, intent, charge)
        return
    message = "The customer's account has insufficient funds to cover this payment."
    _fail(account, intent, charge, method, code="insufficient_funds", reason="", message=message)


def unexpected(intent: Body, expectation: str) -> Refused:
    """The intent is past what was asked of it."""
    return Refused(
        f"This PaymentIntent's status is {intent['status']}, but {expectation}.",
        code="payment_intent_unexpected_state",
        details={"payment_intent": shown(intent)},
    )


def _must_authenticate(method: Body, asks: str, presence: Presence) -> bool:
    if presence is Presence.AT_PAGE or asks == "never":
        return False
    return asks == "always" or not method["_is_set_up"]


def _ask(
    account: Account, intent: Body, method: Body, *, presence: Presence, return_url: str
) -> None:
    if presence is Presence.OFF_SESSION:
        code = "authentication_required"
        _decline(account, intent, method, code=code, reason=code)
    action: Body = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    if return_url:
        url = f"{account.base_url}/authenticate/{intent['id']}"
        redirect = {"return_url": return_url, "url": url}
        action = {"type": "redirect_to_url", "redirect_to_url": redirect}
    account.change(intent, status="requires_action", next_action=action)
    account.emit("payment_intent.requires_action", intent)


def _process(account: Account, intent: Body, method: Body) -> None:
    charge = charges.open_charge(account, intent, method, status="pending")
    account.change(intent, status="processing", latest_charge=charge["id"])
    account.emit("charge.pending", charge)
    account.emit("payment_intent.processing", intent)
    if seconds := account.store.setting(BANK_SECONDS, 0):
        account.store.schedule(BANK_TIMER, intent["id"], due_at=account.store.now() + seconds)


def _succeed(account: Account, intent: Body, method: Body) -> None:
    charge = charges.open_charge(account, intent, method, status="succeeded")
    charges.succeed(account, charge)
    if intent["setup_future_usage"] and intent["customer"]:
        account.change(method, _is_set_up=True)
        payment_methods.attach(account, method, intent["customer"])
    elif not method["customer"]:
        account.change(method, _is_spent=True)
    _finish(account, intent, charge)
    following.follow(account, charge, cards.conduct(method).follows)


def _finish(account: Account, intent: Body, charge: Body) -> None:
    account.change(
        intent,
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        last_payment_error=None,
        next_action=None,
    )
    account.emit("payment_intent.succeeded", intent)


def _decline(account: Account, intent: Body, method: Body, *, code: str, reason: str) -> None:
    message = cards.MESSAGES[reason]
    charge = charges.open_charge(account, intent, method, status="failed")
    _fail(account, intent, charge, method, code=code, reason=reason, message=message)
    details = intent["last_payment_error"] | {"payment_intent": shown(intent)}
    for told in ("type", "code", "message"):
        details.pop(told)
    raise Declined(message, code=code, details=details)


def _fail(
    account: Account,
    intent: Body,
    charge: Body,
    method: Body,
    *,
    code: str,
    reason: str,
    message: str,
) -> None:
    charges.decline(account, charge, code=code, reason=reason or code, message=message)
    error: Body = {"type": "card_error" if reason else "invalid_request_error", "code": code}
    error |= {"message": message, "charge": charge["id"], "payment_method": shown(method)}
    if reason:
        error["decline_code"] = reason
    account.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        latest_charge=charge["id"],
        last_payment_error=error,
        next_action=None,
    )
    account.emit("payment_intent.payment_failed", intent)
