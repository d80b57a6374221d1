"""What a price below the cost means, said to whoever has just saved it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _now

from services import costs
from services.admin.catalogue import CatalogueAdmin
from services.models import Service
from wallet.money import display


def warn_of_loss(page: CatalogueAdmin[Any], request: HttpRequest, service: Service) -> None:
    """Says after saving what the lowest price means beside the provider's cost."""
    loss = costs.loss_on(service)
    if loss is None or service.below_cost == Service.BelowCost.ALLOW:
        return
    is_refused = service.below_cost == Service.BelowCost.REFUSE
    if loss.cost_micros is None:
        text = _now("Service {id}: there is no rate for {currency}, so nobody knows its cost.")
    else:
        text = _now("Service {id}: the lowest price, {price}, is below its cost of {cost}.")
    outcome = _now("Such orders are refused.") if is_refused else _now("Staff hear of such orders.")
    words = text.format(
        id=service.pk,
        price=display(loss.price_micros),
        cost=display(loss.cost_micros or 0),
        currency=loss.currency,
    )
    page.message_user(request, f"{words} {outcome}", messages.WARNING)
