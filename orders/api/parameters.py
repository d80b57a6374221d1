"""What callers may send, under which names, and what it means."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from orders.api.transport import Parameter

KEY = Parameter("key", _("Your API key."), aliases=("api_key", "apikey", "token", "api"))
ACTION = Parameter("action", _("What to do."), is_required=True)
SERVICE = Parameter("service", _("The number of the service."), sample="1", is_required=True)
LINK = Parameter(
    "link",
    _("Where to deliver."),
    sample="https://example.com/p/1",
    aliases=("url",),
    is_required=True,
)
QUANTITY = Parameter("quantity", _("How many units."), sample="1000", is_required=True)
RUNS = Parameter("runs", _("Drip-feed is not offered here: leave it out."))
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
REFILL = Parameter("refill", _("The number of one refill."), sample="1")
REFILLS = Parameter(
    "refills", _("Up to 100 numbers of refills, separated by commas."), is_list=True
)
