"""Customers: who keeps payment methods."""

from smmpanel.fake_stripe import payment_methods
from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.route import Route, reading
from smmpanel.fake_stripe.shapes import call, merged, metadata, record, text
from smmpanel.fake_stripe.store import Body

MEMBERS = {
    "description": text(),
    "email": text(512),
    "invoice_settings": record({"default_payment_method": text()}),
    "metadata": metadata,
    "name": text(256),
    "phone": text(20),
}


def make(account: Account, **members: object) -> Body:
    """A new customer."""
    customer = account.create(
        "customer",
        {
            "address": None,
            "balance": 0,
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "description": None,
            "email": None,
            "invoice_settings": {"default_payment_method": None},
            "metadata": {},
            "name": None,
            "phone": None,
            "shipping": None,
            "tax_exempt": "none",
            **members,
        },
    )
    account.emit("customer.created", customer)
    return customer


def _create(account: Account, _: str, params: Body) -> Body:
    params.pop("expand", None)
    kept = params.pop("payment_method", None)
    customer = make(account, **params)
    if kept:
        payment_methods.attach(account, payment_methods.use(account, kept), customer["id"])
    return customer


def _update(account: Account, name: str, params: Body) -> Body:
    customer = account.get("customer", name)
    params.pop("expand", None)
    if "metadata" in params:
        params["metadata"] = merged(customer["metadata"], params["metadata"])
    before = account.change(customer, **params)
    account.emit("customer.updated", customer, previous=before)
    return customer


def _delete(account: Account, name: str, _: Body) -> Body:
    customer = account.get("customer", name)
    for method in account.store.newest_first("payment_method"):
        if method["customer"] == name:
            payment_methods.detach(account, method)
    account.emit("customer.deleted", customer)
    gone = {"id": name, "object": "customer", "deleted": True}
    account.store.put(gone)
    return gone


def _retrieve(account: Account, name: str, _: Body) -> Body:
    found = account.store.find(name)
    return found if found and found.get("deleted") else account.get("customer", name)


ROUTES = [
    Route("POST", "/v1/customers", _create, call({**MEMBERS, "payment_method": text()})),
    Route("GET", "/v1/customers/*", _retrieve),
    Route("POST", "/v1/customers/*", _update, call(MEMBERS)),
    Route("DELETE", "/v1/customers/*", _delete),
    *reading("customer", "/v1/customers", email=text())[1:],
]
