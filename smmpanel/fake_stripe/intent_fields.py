"""The parameters of payment intents, some of which sessions and setup intents take as well."""

from smmpanel.fake_stripe.payment_methods import KINDS
from smmpanel.fake_stripe.shapes import (
    address,
    currency,
    flag,
    list_of,
    metadata,
    one_of,
    record,
    text,
    whole,
)

REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
USAGE = one_of("off_session", "on_session")
AUTOMATIC = record({"enabled": flag, "allow_redirects": one_of("always", "never")}, ("enabled",))
DESCRIPTION = {
    "description": text(1000),
    "metadata": metadata,
    "receipt_email": text(),
    "setup_future_usage": USAGE,
    "statement_descriptor": text(22),
    "statement_descriptor_suffix": text(22),
}
MEMBERS = {
    **DESCRIPTION,
    "amount": whole(1),
    "currency": currency,
    "customer": text(),
    "payment_method": text(),
    "allowed_payment_method_types": list_of(one_of(*KINDS)),
}
WISHES = {"off_session": flag, "return_url": address}
CREATE = {**MEMBERS, **WISHES, "confirm": flag, "automatic_payment_methods": AUTOMATIC}
CONFIRM = {**WISHES, "payment_method": text(), "receipt_email": text(), "setup_future_usage": USAGE}
