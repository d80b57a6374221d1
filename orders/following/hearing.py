"""Reports about an order that makes further ones: kept as they are, acted on by `orders.plans`."""

from __future__ import annotations

from datetime import datetime

from orders.models import Order, Role, Subscription
from services.providers.dialect import normalise_word
from services.providers.reports import Report

# Words that only an order with a plan is described by.
_WORDS_OF_PLANS = frozenset({"paused", "expired"})


def is_known(*, order: Order, report: Report) -> bool:
    """Whether the provider's word means anything for this order."""
    if report.state is not None:
        return True
    return order.role == Role.SUBSCRIPTION and normalise_word(report.word) in _WORDS_OF_PLANS


def hear(*, order: Order, report: Report, at: datetime) -> None:
    """Writes down what the provider says of a locked subscription if it is new. No money and no
    status: what becomes of it is decided where the plan is known (docs/plans.md)."""
    told = report.subscription
    said = {
        "status": report.word,
        "posts": told.posts if told else "",
        "orders": list(told.orders) if told else [],
    }
    plans = Subscription.objects.filter(order=order)
    plans.exclude(reported=said).update(reported=said, news_at=at)
