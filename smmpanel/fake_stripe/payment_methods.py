"""Payment methods: test cards and a slow bank account, kept by a customer or used once."""

from smmpanel.fake_stripe import cards, listing
from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.cards import BANK
from smmpanel.fake_stripe.errors import Declined, Refused
from smmpanel.fake_stripe.route import Route
from smmpanel.fake_stripe.shapes import call, merged, metadata, one_of, record, text, whole
from smmpanel.fake_stripe.store import Body

KINDS = ("card", BANK)
BANK_NUMBER = "000123456789"


def make(account: Account, *, number: str, **options: int) -> Body:
    """A new card nobody keeps yet."""
    method = _make(account, "card", cards.described(number, **options))
    account.change(method, _number=number)
    return method


def make_bank(account: Account) -> Body:
    """A bank account whose payments take their time."""
    return _make(
        account,
        BANK,
        {
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "DEMONSTRATION BANK",
            "fingerprint": "demobank00000001",
            "last4": BANK_NUMBER[-4:],
            "routing_number": "110000000",
        },
    )


def use(account: Account, name: str, *, param: str = "payment_method") -> Body:
    """The payment method with this id, or a new one for a test card's name such as pm_card_visa."""
    if name in cards.TOKENS:
        return make(account, number=cards.TOKENS[name])
    method = account.get("payment_method", name, param=param)
    if method["_is_spent"]:
        raise Refused(
            "This PaymentMethod was previously used without being attached to a Customer or was "
            "detached from a Customer, and may not be used again.",
            param=param,
        )
    return method


def attach(account: Account, method: Body, customer: str) -> None:
    """Let a customer keep it. Raises Declined for a card that its issuer refuses to check."""
    account.get("customer", customer, param="customer")
    if method["customer"] == customer:
        return
    if method["customer"]:
        raise Refused("The payment method you provided has already been attached to a customer.")
    conduct = cards.conduct(method)
    if not conduct.attaches:
        details = {"decline_code": conduct.decline}
        raise Declined(cards.MESSAGES[conduct.decline], code="card_declined", details=details)
    account.change(method, customer=customer)
    account.emit("payment_method.attached", method)


def detach(account: Account, method: Body) -> None:
    """Take it from its customer, for good."""
    before = account.change(method, customer=None, _is_spent=True)
    account.emit("payment_method.detached", method, previous=before)


def _make(account: Account, kind: str, description: Body) -> Body:
    billing = {"address": None, "email": None, "name": None, "phone": None}
    members = {
        "allow_redisplay": "unspecified",
        "billing_details": billing,
        kind: description,
        "customer": None,
        "metadata": {},
        "type": kind,
        "_is_set_up": False,
        "_is_spent": False,
    }
    return account.create("payment_method", members)


def _create(account: Account, _: str, params: Body) -> Body:
    if params["type"] == BANK:
        method = make_bank(account)
    elif "card" not in params:
        raise Refused("Missing required param: card.", code="parameter_missing", param="card")
    else:
        card = params["card"]
        if "token" in card:
            number = cards.TOKENS.get(card["token"].replace("tok_", "pm_card_"), "")
        else:
            number = card.get("number", "")
        method = make(
            account,
            number=number,
            month=card.get("exp_month", 12),
            year=card.get("exp_year", 2034),
        )
    billing = {**method["billing_details"], **params.get("billing_details", {})}
    account.change(method, metadata=params.get("metadata", {}), billing_details=billing)
    return method


def _update(account: Account, name: str, params: Body) -> Body:
    method = account.get("payment_method", name)
    changed = merged(method["metadata"], params.get("metadata", {}))
    before = account.change(method, metadata=changed)
    account.emit("payment_method.updated", method, previous=before)
    return method


def _attach(account: Account, name: str, params: Body) -> Body:
    method = use(account, name, param="id")
    attach(account, method, params["customer"])
    return method


def _detach(account: Account, name: str, _: Body) -> Body:
    method = account.get("payment_method", name)
    if method["customer"] is None:
        raise Refused(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible."
        )
    detach(account, method)
    return method


def _retrieve(account: Account, name: str, _: Body) -> Body:
    return account.get("payment_method", name)


def _list(account: Account, _: str, params: Body) -> Body:
    return listing.page(account, "payment_method", params, url="/v1/payment_methods")


def _list_of_customer(account: Account, name: str, params: Body) -> Body:
    account.get("customer", name)
    url = f"/v1/customers/{name}/payment_methods"
    return listing.page(account, "payment_method", {**params, "customer": name}, url=url)


CARD = record(
    {
        "number": text(),
        "exp_month": whole(1, 12),
        "exp_year": whole(2000, 2100),
        "cvc": text(4),
        "token": text(),
    }
)
BILLING = record({"email": text(), "name": text(), "phone": text()})
BANK_ACCOUNT = record(
    {"account_holder_type": text(), "account_number": text(), "routing_number": text()}
)
CREATE = {
    "type": one_of(*KINDS),
    "card": CARD,
    BANK: BANK_ACCOUNT,
    "billing_details": BILLING,
    "metadata": metadata,
}
ROUTES = [
    Route("POST", "/v1/payment_methods", _create, call(CREATE, ("type",))),
    Route(
        "GET",
        "/v1/payment_methods",
        _list,
        listing.parameters(customer=text(), type=one_of(*KINDS)),
    ),
    Route("GET", "/v1/payment_methods/*", _retrieve),
    Route("POST", "/v1/payment_methods/*", _update, call({"metadata": metadata})),
    Route(
        "POST",
        "/v1/payment_methods/*/attach",
        _attach,
        call({"customer": text()}, ("customer",)),
    ),
    Route("POST", "/v1/payment_methods/*/detach", _detach),
    Route(
        "GET",
        "/v1/customers/*/payment_methods",
        _list_of_customer,
        listing.parameters(type=one_of(*KINDS)),
    ),
]
