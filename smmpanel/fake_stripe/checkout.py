"""What a person does at the gateway's own page."""

from smmpanel.fake_stripe import customers, paying, payment_intents, payment_methods
from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.cards import BANK
from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.paying import Presence
from smmpanel.fake_stripe.sessions import KIND
from smmpanel.fake_stripe.store import Body

PLACE = "{CHECKOUT_SESSION_ID}"


def pay(account: Account, name: str, *, method: str) -> Body:
    """Pay with a test card's name, such as pm_card_visa, or `us_bank_account`.

    Returns the session. Raises Declined and leaves it open, Refused when it cannot be paid.
    """
    session = account.get(KIND, name)
    if session["status"] != "open":
        raise Refused(f"This page is no longer available: the session is {session['status']}.")
    kind = BANK if method == BANK else "card"
    if kind not in session["payment_method_types"]:
        raise Refused(f"This session does not take {kind}.")
    intent = _intent(account, session)
    chosen = (
        payment_methods.make_bank(account)
        if method == BANK
        else payment_methods.use(account, method)
    )
    payment_intents.choose(account, intent, chosen["id"])
    _keep_customer(account, session, intent)
    paying.confirm(account, intent, presence=Presence.AT_PAGE)
    _complete(account, session, intent)
    return session


def settle_when_due(account: Account, intent_name: str) -> None:
    """The slow bank says yes by itself, unless it has answered before."""
    if account.get("payment_intent", intent_name)["status"] == "processing":
        settle(account, intent_name, outcome="succeeded")


def settle(account: Account, intent_name: str, *, outcome: str) -> None:
    """The slow bank's answer, `succeeded` or `failed`, told to the session too."""
    paying.settle(account, intent_name, outcome=outcome)
    for session in account.store.newest_first(KIND):
        if session["payment_intent"] == intent_name:
            if outcome == "succeeded":
                account.change(session, payment_status="paid")
            account.emit(f"checkout.session.async_payment_{outcome}", session)


def return_address(session: Body) -> str:
    """Where the browser goes after paying."""
    return str(session["success_url"].replace(PLACE, session["id"]))


def _intent(account: Account, session: Body) -> Body:
    """One for all attempts of a session."""
    if session["payment_intent"]:
        return account.get("payment_intent", session["payment_intent"])
    intent = payment_intents.make(
        account,
        {
            **session["_intent_data"],
            "amount": session["amount_total"],
            "currency": session["currency"],
            "customer": session["customer"],
            "payment_method_types": session["payment_method_types"],
            "_session": session["id"],
        },
    )
    account.change(session, payment_intent=intent["id"])
    return intent


def _keep_customer(account: Account, session: Body, intent: Body) -> None:
    is_kept = session["customer_creation"] == "always" or intent["setup_future_usage"]
    if session["customer"] or not is_kept:
        return
    customer = customers.make(account, email=session["customer_email"])
    account.change(session, customer=customer["id"])
    account.change(intent, customer=customer["id"])


def _complete(account: Account, session: Body, intent: Body) -> None:
    is_paid = intent["status"] == "succeeded"
    email = session["customer_email"] or "customer@example.com"
    details = {"email": email, "name": "Test Customer", "phone": None}
    account.change(
        session,
        customer_details=details,
        payment_status="paid" if is_paid else "unpaid",
        status="complete",
        url=None,
    )
    account.emit("checkout.session.completed", session)
