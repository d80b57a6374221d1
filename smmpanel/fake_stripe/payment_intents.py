"""Payment intents: the wish to be paid a sum, by a saved card without its holder or with them."""

from smmpanel.fake_stripe import money, paying, payment_methods
from smmpanel.fake_stripe.account import Account, random_text
from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.intent_fields import CONFIRM, CREATE, DESCRIPTION, MEMBERS, REASONS
from smmpanel.fake_stripe.paying import Presence
from smmpanel.fake_stripe.route import Route, reading
from smmpanel.fake_stripe.shapes import call, merged, one_of, text
from smmpanel.fake_stripe.store import Body

CANCELLABLE = (*paying.OPEN, "requires_capture")


def make(account: Account, params: Body) -> Body:
    """A new intent that nobody has paid yet. Raises Refused for a sum below the least charge."""
    least = money.CURRENCIES[params["currency"]].least
    if params["amount"] < least:
        least_written = money.written(least, params["currency"])
        raise Refused(
            f"Amount must be at least {least_written}", code="amount_too_small", param="amount"
        )
    members: Body = dict.fromkeys(DESCRIPTION) | {
        "allowed_payment_method_types": None,
        "automatic_payment_methods": None,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "customer": None,
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": {},
        "next_action": None,
        "payment_method": None,
        "payment_method_types": list(payment_methods.KINDS),
        "processing": None,
        "status": "requires_payment_method",
    }
    if "allowed_payment_method_types" in params:
        members["payment_method_types"] = params["allowed_payment_method_types"]
    intent = account.create("payment_intent", members | params)
    account.change(intent, client_secret=f"{intent['id']}_secret_{random_text(24)}")
    account.emit("payment_intent.created", intent)
    return intent


def choose(account: Account, intent: Body, name: str) -> None:
    """Pay with this method. Raises Refused when it is another customer's."""
    method = payment_methods.use(account, name)
    if method["customer"] and method["customer"] != intent["customer"]:
        raise Refused(
            f"The payment method {method['id']} belongs to a Customer. Please include the Customer "
            "in the `customer` parameter on the PaymentIntent.",
            param="payment_method",
        )
    if method["type"] not in intent["payment_method_types"]:
        raise Refused(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent.",
            param="payment_method",
        )
    account.change(intent, payment_method=method["id"])
    if intent["status"] == "requires_payment_method":
        account.change(intent, status="requires_confirmation")


def require_way_back(intent: Body, wishes: Body) -> None:
    """Raises Refused unless the holder could come back from a bank's page, or cannot go there."""
    automatic = intent["automatic_payment_methods"] or {}
    is_settled_here = automatic.get("allow_redirects") == "never"
    if not (wishes.get("return_url") or is_settled_here or intent["allowed_payment_method_types"]):
        raise Refused(
            "This intent accepts payment methods that might redirect your customer off of your "
            "page, so you must provide a `return_url`, or set "
            "`automatic_payment_methods[allow_redirects]` to `never`.",
            param="return_url",
        )


def cancel(account: Account, intent: Body, *, reason: str | None) -> None:
    """Nobody will pay it any more."""
    account.change(
        intent,
        status="canceled",
        canceled_at=account.now(),
        cancellation_reason=reason,
        next_action=None,
    )
    account.emit("payment_intent.canceled", intent)


def _create(account: Account, _: str, params: Body) -> Body:
    wishes = {name: params.pop(name, None) for name in ("confirm", "off_session", "return_url")}
    params.pop("expand", None)
    for name in ("off_session", "return_url"):
        if wishes[name] is not None and not wishes["confirm"]:
            raise Refused(f"`{name}` can only be used with `confirm=true`.", param=name)
    if params.get("customer"):
        account.get("customer", params["customer"], param="customer")
    chosen = params.pop("payment_method", None)
    intent = make(account, params)
    if chosen:
        choose(account, intent, chosen)
    if wishes["confirm"]:
        _pay(account, intent, wishes)
    return intent


def _pay(account: Account, intent: Body, wishes: Body) -> None:
    require_way_back(intent, wishes)
    presence = Presence.OFF_SESSION if wishes.get("off_session") else Presence.ON_SESSION
    return_url = wishes.get("return_url") or ""
    paying.confirm(account, intent, presence=presence, return_url=return_url)


def _confirm(account: Account, name: str, params: Body) -> Body:
    intent = _own(account, name)
    if intent["status"] not in paying.OPEN:
        raise paying.unexpected(intent, "must be one of " + ", ".join(paying.OPEN))
    for given in ("setup_future_usage", "receipt_email"):
        if given in params:
            account.change(intent, **{given: params[given]})
    if "payment_method" in params:
        choose(account, intent, params["payment_method"])
    _pay(account, intent, params)
    return intent


def _cancel(account: Account, name: str, params: Body) -> Body:
    intent = _own(account, name)
    if intent["status"] not in CANCELLABLE:
        raise paying.unexpected(intent, "must be one of " + ", ".join(CANCELLABLE))
    cancel(account, intent, reason=params.get("cancellation_reason"))
    return intent


def _own(account: Account, name: str) -> Body:
    """An intent that no session looks after."""
    intent = account.get("payment_intent", name)
    if "_session" in intent:
        raise Refused(
            "This PaymentIntent belongs to a Checkout Session; it can be neither confirmed nor "
            "canceled. Expire the session instead."
        )
    return intent


def _update(account: Account, name: str, params: Body) -> Body:
    intent = account.get("payment_intent", name)
    params.pop("expand", None)
    if not {"description", "metadata"}.issuperset(params) and intent["status"] not in paying.OPEN:
        raise paying.unexpected(intent, "must be one of " + ", ".join(paying.OPEN))
    if "metadata" in params:
        params["metadata"] = merged(intent["metadata"], params["metadata"])
    chosen = params.pop("payment_method", None)
    account.change(intent, **params)
    if chosen:
        choose(account, intent, chosen)
    return intent


ROUTES = [
    Route("POST", "/v1/payment_intents", _create, call(CREATE, ("amount", "currency"))),
    Route("POST", "/v1/payment_intents/*", _update, call(MEMBERS)),
    Route("POST", "/v1/payment_intents/*/confirm", _confirm, call(CONFIRM)),
    Route(
        "POST",
        "/v1/payment_intents/*/cancel",
        _cancel,
        call({"cancellation_reason": one_of(*REASONS)}),
    ),
    *reading("payment_intent", "/v1/payment_intents", customer=text()),
]
