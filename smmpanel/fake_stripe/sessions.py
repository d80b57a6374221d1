"""Checkout sessions: what they take, and their end without a payment."""

from smmpanel.fake_stripe import carts, listing, payment_intents, payment_methods
from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.intent_fields import DESCRIPTION
from smmpanel.fake_stripe.route import Route, reading
from smmpanel.fake_stripe.shapes import (
    address,
    call,
    flag,
    list_of,
    merged,
    metadata,
    moment,
    one_of,
    record,
    text,
)
from smmpanel.fake_stripe.store import Body

KIND = "checkout.session"
PATH = "/v1/checkout/sessions"
PAGES = "/c/pay/"
EXPIRE_TIMER = "session expires"
LONGEST_SECONDS = 86_400
SHORTEST_SECONDS = 1800


def expire_when_due(account: Account, name: str) -> None:
    """Its time is over; one that was paid stays paid."""
    session = account.get(KIND, name)
    if session["status"] == "open":
        expire(account, session)


def expire(account: Account, session: Body) -> None:
    """Nobody can pay it any more."""
    if session["payment_intent"]:
        intent = account.get("payment_intent", session["payment_intent"])
        payment_intents.cancel(account, intent, reason="expired")
    account.change(session, status="expired", url=None)
    account.emit("checkout.session.expired", session)


def _create(account: Account, _: str, params: Body) -> Body:
    _check_customer(account, params)
    items = carts.lines(params["line_items"])
    members = (
        _chosen(params)
        | _sum(items)
        | {
            "expires_at": _expiry(account, params),
            "mode": "payment",
            "payment_intent": None,
            "payment_status": "unpaid",
            "setup_intent": None,
            "status": "open",
            "ui_mode": "hosted_page",
            "_intent_data": params.get("payment_intent_data", {}),
            "_items": items,
        }
    )
    session = account.create(KIND, members)
    account.change(session, url=f"{account.base_url}{PAGES}{session['id']}")
    account.store.schedule(EXPIRE_TIMER, session["id"], due_at=session["expires_at"])
    return session


def _chosen(params: Body) -> Body:
    """What is told as it was asked for."""
    types = params.get("allowed_payment_method_types")
    email = params.get("customer_email")
    details = {"email": email, "name": None, "phone": None}
    creation = None if "customer" in params else params.get("customer_creation", "if_required")
    return {name: params.get(name) for name in TOLD} | {
        "adaptive_pricing": params.get("adaptive_pricing", {"enabled": False}),
        "customer_creation": creation,
        "customer_details": details if email else None,
        "metadata": params.get("metadata", {}),
        "payment_method_types": types or list(payment_methods.KINDS),
    }


def _sum(items: list[Body]) -> Body:
    total = carts.total(items)
    return {"amount_subtotal": total, "amount_total": total, "currency": items[0]["currency"]}


def _check_customer(account: Account, params: Body) -> None:
    if "customer" not in params:
        return
    for other in ("customer_email", "customer_creation"):
        if other in params:
            raise Refused(
                f"You may only specify one of these parameters: customer, {other}.", param=other
            )
    account.get("customer", params["customer"], param="customer")


def _expiry(account: Account, params: Body) -> int:
    now = account.now()
    expires_at = int(params.get("expires_at", now + LONGEST_SECONDS))
    if expires_at > now + LONGEST_SECONDS:
        bound = "less than 24 hours"
    # A second is allowed for the way here, as the caller reckoned from its own clock.
    elif expires_at < now + SHORTEST_SECONDS - 1:
        bound = "at least 30 minutes"
    else:
        return expires_at
    raise Refused(
        f"The `expires_at` timestamp must be {bound} from Checkout Session creation.",
        param="expires_at",
    )


def _expire(account: Account, name: str, _: Body) -> Body:
    session = account.get(KIND, name)
    if session["status"] != "open":
        raise Refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of {session['status']}."
        )
    expire(account, session)
    return session


def _update(account: Account, name: str, params: Body) -> Body:
    session = account.get(KIND, name)
    account.change(session, metadata=merged(session["metadata"], params.get("metadata", {})))
    return session


def _line_items(account: Account, name: str, _: Body) -> Body:
    items = account.get(KIND, name)["_items"]
    return listing.as_list(items, url=f"{PATH}/{name}/line_items")


TOLD = (
    "allowed_payment_method_types",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_email",
    "locale",
    "submit_type",
    "success_url",
)
CREATE = {
    "adaptive_pricing": record({"enabled": flag}),
    "allowed_payment_method_types": list_of(one_of(*payment_methods.KINDS)),
    "cancel_url": address,
    "client_reference_id": text(200),
    "customer": text(),
    "customer_creation": one_of("always", "if_required"),
    "customer_email": text(800),
    "expires_at": moment(),
    "line_items": carts.READ,
    "locale": text(10),
    "metadata": metadata,
    "mode": one_of("payment"),
    "payment_intent_data": record(DESCRIPTION),
    "submit_type": one_of("auto", "pay"),
    "success_url": address,
    "ui_mode": one_of("hosted_page"),
}
ROUTES = [
    Route("POST", PATH, _create, call(CREATE, ("mode", "line_items", "success_url"))),
    Route("POST", f"{PATH}/*", _update, call({"metadata": metadata})),
    Route("POST", f"{PATH}/*/expire", _expire),
    Route("GET", f"{PATH}/*/line_items", _line_items, listing.parameters()),
    *reading(
        KIND,
        PATH,
        customer=text(),
        payment_intent=text(),
        status=one_of("complete", "expired", "open"),
    ),
]
