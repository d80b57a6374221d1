"""Setup intents: a card kept for later payments without taking money now."""

from smmpanel.fake_stripe import cards, payment_methods
from smmpanel.fake_stripe.account import Account, random_text, shown
from smmpanel.fake_stripe.errors import Declined, Refused
from smmpanel.fake_stripe.intent_fields import AUTOMATIC, USAGE
from smmpanel.fake_stripe.payment_intents import require_way_back
from smmpanel.fake_stripe.route import Route, reading
from smmpanel.fake_stripe.shapes import address, call, flag, list_of, metadata, one_of, text
from smmpanel.fake_stripe.store import Body

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def authenticate(account: Account, name: str, *, outcome: str) -> None:
    """The holder answered the issuer's question: `succeeded` or `failed`."""
    intent = account.get("setup_intent", name)
    if intent["status"] != "requires_action":
        raise _unexpected(intent)
    if outcome == "succeeded":
        _succeed(account, intent, account.get("payment_method", intent["payment_method"]))
        return
    error = {
        "type": "invalid_request_error",
        "code": "setup_intent_authentication_failure",
        "message": "The provided PaymentMethod has failed authentication.",
    }
    _fail(account, intent, error)


def _create(account: Account, _: str, params: Body) -> Body:
    wants_confirmation = params.pop("confirm", False)
    return_url = params.pop("return_url", "")
    params.pop("expand", None)
    if "customer" in params:
        account.get("customer", params["customer"], param="customer")
    if "payment_method" in params:
        params["payment_method"] = payment_methods.use(account, params["payment_method"])["id"]
    chosen = params.get("payment_method")
    members: Body = {
        "allowed_payment_method_types": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "customer": None,
        "description": None,
        "last_setup_error": None,
        "metadata": {},
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "status": "requires_confirmation" if chosen else "requires_payment_method",
        "usage": "off_session",
    }
    intent = account.create("setup_intent", members | params)
    account.change(intent, client_secret=f"{intent['id']}_secret_{random_text(24)}")
    account.emit("setup_intent.created", intent)
    if wants_confirmation:
        _pay_nothing(account, intent, return_url)
    return intent


def _confirm(account: Account, name: str, params: Body) -> Body:
    intent = account.get("setup_intent", name)
    if "payment_method" in params:
        method = payment_methods.use(account, params["payment_method"])
        account.change(intent, payment_method=method["id"])
    _pay_nothing(account, intent, params.get("return_url", ""))
    return intent


def _pay_nothing(account: Account, intent: Body, return_url: str) -> None:
    """Ask the issuer whether the card may be kept."""
    if intent["status"] not in OPEN:
        raise _unexpected(intent)
    require_way_back(intent, {"return_url": return_url})
    if not intent["payment_method"]:
        raise Refused(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
        )
    method = account.get("payment_method", intent["payment_method"])
    conduct = cards.conduct(method)
    if not conduct.attaches:
        error = {
            "type": "card_error",
            "code": "card_declined",
            "decline_code": conduct.decline,
            "message": cards.MESSAGES[conduct.decline],
        }
        _fail(account, intent, error)
        details = {"decline_code": conduct.decline, "setup_intent": shown(intent)}
        raise Declined(error["message"], code="card_declined", details=details)
    if conduct.asks == "never":
        _succeed(account, intent, method)
        return
    action: Body = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    if return_url:
        url = f"{account.base_url}/authenticate/{intent['id']}"
        redirect = {"return_url": return_url, "url": url}
        action = {"type": "redirect_to_url", "redirect_to_url": redirect}
    account.change(intent, status="requires_action", next_action=action)
    account.emit("setup_intent.requires_action", intent)


def _succeed(account: Account, intent: Body, method: Body) -> None:
    account.change(method, _is_set_up=True)
    if intent["customer"]:
        payment_methods.attach(account, method, intent["customer"])
    account.change(intent, status="succeeded", next_action=None, last_setup_error=None)
    account.emit("setup_intent.succeeded", intent)


def _fail(account: Account, intent: Body, error: Body) -> None:
    account.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_setup_error=error,
    )
    account.emit("setup_intent.setup_failed", intent)


def _cancel(account: Account, name: str, params: Body) -> Body:
    intent = account.get("setup_intent", name)
    if intent["status"] not in OPEN:
        raise _unexpected(intent)
    account.change(intent, status="canceled", cancellation_reason=params.get("cancellation_reason"))
    account.emit("setup_intent.canceled", intent)
    return intent


def _unexpected(intent: Body) -> Refused:
    return Refused(
        f"This SetupIntent's status is {intent['status']}, which does not allow this.",
        code="setup_intent_unexpected_state",
        details={"setup_intent": shown(intent)},
    )


CREATE = {
    "automatic_payment_methods": AUTOMATIC,
    "confirm": flag,
    "customer": text(),
    "description": text(1000),
    "metadata": metadata,
    "payment_method": text(),
    "allowed_payment_method_types": list_of(one_of("card")),
    "return_url": address,
    "usage": USAGE,
}
REASON = one_of("abandoned", "duplicate", "requested_by_customer")
ROUTES = [
    Route("POST", "/v1/setup_intents", _create, call(CREATE)),
    Route(
        "POST",
        "/v1/setup_intents/*/confirm",
        _confirm,
        call({"payment_method": text(), "return_url": address}),
    ),
    Route("POST", "/v1/setup_intents/*/cancel", _cancel, call({"cancellation_reason": REASON})),
    *reading("setup_intent", "/v1/setup_intents", customer=text(), payment_method=text()),
]
