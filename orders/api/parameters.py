"""What callers may send, under which names, and what it means."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orders.api.transport import Parameter
from services.types import SPECS, Shape

KEY = Parameter("key", _("Your API key."), aliases=("api_key", "apikey", "token", "api"))
ACTION = Parameter("action", _("What to do."), is_required=True)
SERVICE = Parameter("service", _("The number of the service."), sample="1", is_required=True)
LINK = Parameter(
    "link",
    _("Where to deliver. Subscriptions have a user name instead."),
    sample="https://example.com/p/1",
    aliases=("url",),
)
QUANTITY = Parameter(
    "quantity",
    _("How many units, of a drip-feed in each run. Some types count for themselves: see below."),
    sample="1000",
)
RUNS = Parameter("runs", _("Of a drip-feed: how many runs. The price is that of all of them."))
INTERVAL = Parameter("interval", _("Of a drip-feed: minutes between two runs."))
ALLOW_DUPLICATE = Parameter(
    "allow_duplicate",
    _(
        "1 for a second order on a link that has a running one, where the terms allow it: you know "
        "that their numbers cannot be told apart."
    ),
)
REQUEST_ID = Parameter(
    "request_id",
    _(
        "Your own name for this order, at most 100 characters. Sent again, the call gives the same "
        "order instead of a second one. It may also come as the header Idempotency-Key."
    ),
    sample="my-order-1",
)
ORDER = Parameter("order", _("The number of one order."), sample="23501")
ORDERS = Parameter(
    "orders",
    _("Up to 100 numbers, separated by commas. Each gets its own report under its number."),
    is_list=True,
)
MASS_ORDERS = Parameter(
    "orders",
    _(
        "The orders: a JSON array of objects with the parameters of add, each with its own "
        "request_id if you like. In a form it is the text of that array."
    ),
    sample='[{"service": 1, "link": "https://example.com/p/2", "quantity": 1000}, {"service": 0}]',
)
REFILL = Parameter("refill", _("The number of one refill."), sample="731")
REFILLS = Parameter(
    "refills", _("Up to 100 numbers of refills, separated by commas."), is_list=True
)

_LISTS = frozenset(
    name
    for spec in SPECS.values()
    for parameter in spec.parameters
    if parameter.shape == Shape.LINES
    for name in (parameter.name, *parameter.aliases)
)
# The parameters of all service types by every name, each read for itself: which of them count is
# known once the service is (services.types).
TEXTS = tuple(
    Parameter(name, "", is_list=name in _LISTS, joined_by="\n")
    for name in sorted(
        {
            name
            for spec in SPECS.values()
            for parameter in spec.parameters
            for name in (parameter.name, *parameter.aliases)
        }
    )
)
