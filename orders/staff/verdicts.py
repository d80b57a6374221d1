"""What is said when a doubt has been ended."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.sending.deciding import Verdict

DONE: Mapping[Verdict, Promise] = {
    Verdict.ATTACH: _("The order is followed at the provider from now on."),
    Verdict.NOT_CREATED: _("The order is queued and will be sent again."),
    Verdict.REFUND: _("The order is canceled, and the whole charge is back with the customer."),
}
