"""The price of what is asked, in the words of a refusal where there is none."""

from __future__ import annotations

from django.utils.translation import gettext as _

from orders.refusals import OrderRefused, RefusalCode
from services import pricing
from services.models import Service
from services.types import Counting, spec_of


def quote(*, service: Service, quantity: int, runs: int | None) -> pricing.Quote:
    """Of a service that was read through `priced_for`. Raises OrderRefused."""
    try:
        return pricing.quote(
            service=service,
            own_rate_micros=service.own_rate_micros,
            quantity=quantity,
            runs=runs,
        )
    except pricing.BelowMinimum:
        message = _("The smallest order of this service is %(limit)s.")
        code, limit = RefusalCode.BELOW_MINIMUM, service.min_quantity
    except pricing.AboveMaximum:
        message = _("The largest order of this service is %(limit)s.")
        code, limit = RefusalCode.ABOVE_MAXIMUM, service.max_quantity
        if runs is not None and spec_of(service.type).counting == Counting.ASKED:
            message = _("The largest order of this service is %(limit)s, all runs together.")
    except pricing.PriceTooSmall:
        message = _("So few would cost less than the smallest sum we can charge. Order more.")
        code, limit = RefusalCode.PRICE_TOO_SMALL, service.min_quantity
    except pricing.Unavailable:
        raise unknown_service() from None
    raise OrderRefused(
        code, message % {"limit": f"{limit:,}"}, field=counted_input(service), fact=limit
    )


def unknown_service() -> OrderRefused:
    return OrderRefused(
        RefusalCode.UNKNOWN_SERVICE, _("This service is not on sale."), field="service"
    )


def counted_input(service: Service) -> str:
    """The input that a quantity comes from."""
    spec = spec_of(service.type)
    match spec.counting:
        case Counting.LINES:
            return spec.counted
        case Counting.PER_POST:
            return "max"
        case _:
            return "quantity"
