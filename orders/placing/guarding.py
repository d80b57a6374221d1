"""Nothing is sold below what it costs, unless the operator wants it (Service.below_cost).

Source: docs/placing.md, "Loss guard".
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.cases import raise_case
from accounts.models import Case
from orders.placing.reading import Reading
from orders.refusals import OrderRefused, RefusalCode
from services import pricing
from services.costs import in_dollars
from services.models import Service
from services.types import Counting, spec_of
from wallet.money import display


def is_covered(*, reading: Reading, quote: pricing.Quote) -> bool:
    """Whether the charge is provably no less than what the provider takes. Free services are meant
    to cost the house."""
    service, cost = reading.service, cost_micros(reading=reading, quote=quote)
    if service.is_free:
        return True
    return cost is not None and cost <= _at_rate(service, quote, quote.rate_micros)


def cost_micros(*, reading: Reading, quote: pricing.Quote) -> int | None:
    """What the provider takes for the order (of a subscription without an end: for a post), in
    micros of a dollar, rounded up; None where its currency has no rate."""
    cost = reading.cost
    if cost is None or cost.per_dollar_micros is None:
        return None
    amount = _at_rate(reading.service, quote, cost.rate_micros)
    return in_dollars(amount_micros=amount, per_dollar_micros=cost.per_dollar_micros)


def check_covered(*, reading: Reading, quote: pricing.Quote, at: datetime) -> None:
    """Raises OrderRefused for an order at a loss, as its service says; staff learn of it."""
    service = reading.service
    if service.below_cost == Service.BelowCost.ALLOW or is_covered(reading=reading, quote=quote):
        return
    cost = cost_micros(reading=reading, quote=quote)
    raise_case(
        kind=Case.Kind.BELOW_COST, key=f"service:{service.pk}", detail=_detail(quote, cost), at=at
    )
    if service.below_cost == Service.BelowCost.REFUSE:
        raise below_cost()


def below_cost() -> OrderRefused:
    message = _("This service cannot be ordered at its present price. Our staff look into it.")
    return OrderRefused(RefusalCode.BELOW_COST, message, field="service")


def _detail(quote: pricing.Quote, cost: int | None) -> str:
    price = display(quote.charge_micros)
    if cost is None:
        return f"{quote.units} for {price}: the cost is not known in dollars"
    return f"{quote.units} for {price}: the provider takes {display(cost)}"


def _at_rate(service: Service, quote: pricing.Quote, rate_micros: int) -> int:
    is_per_post = spec_of(service.type).counting == Counting.PER_POST
    runs = (quote.runs or 1) if is_per_post else quote.runs
    return pricing.charge_of(
        type_name=service.type, rate_micros=rate_micros, quantity=quote.quantity, runs=runs
    )
