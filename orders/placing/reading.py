"""All that has to be known before an order is taken, in one SELECT."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat, Greatest, JSONObject, Lower
from django.utils.translation import gettext as _

from legal.models import Publication
from orders.models import RUNNING, BlockedTerm, Order
from orders.placing.asking import OrderRequest
from orders.placing.checking import link_keys
from orders.placing.locating import located
from orders.placing.quoting import unknown_service
from orders.refusals import OrderRefused, RefusalCode
from services.costs import MICROS_PER_DOLLAR
from services.models import Service
from wallet.currencies import LEDGER_CURRENCY
from wallet.models import DisplayRate


@dataclass(frozen=True, slots=True)
class Running:
    """An order of the same customer that runs on the same link."""

    order_id: int
    service_id: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What the provider takes per 1000, in millionths of its currency, and what a dollar is in it:
    None where nobody has said."""

    rate_micros: int
    per_dollar_micros: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known about a request before anything is decided. `earlier` is the order under the
    same idempotency key; `running` one of the same service, or else of its category."""

    service: Service
    publication_id: int
    earlier: dict[str, Any] | None
    running: Running | None
    cost: Cost | None
    blocked_terms: tuple[str, ...]


def read(*, customer_id: int, request: OrderRequest, at: datetime) -> Reading:
    """Raises OrderRefused: no such service, or no terms in force."""
    terms = Publication.objects.in_force(at=at).values("pk")[:1]
    services = located(Service.objects.priced_for(customer_id), customer_id=customer_id).annotate(
        terms_id=Subquery(terms),
        earlier=Subquery(_earlier(customer_id, request)),
        running=Subquery(_running(customer_id, request)),
        blocked_terms=ArraySubquery(_blocked_terms()),
        cost_micros=Greatest(
            "provider_service__cost_micros", "provider_service__announced_cost_micros"
        ),
        cost_currency=Lower("provider_service__provider__currency"),
        per_dollar_micros=Subquery(_rates(at)),
    )
    service = services.select_related("quality").filter(pk=request.service_id).first()
    if service is None:
        raise unknown_service()
    found = vars(service)
    if found["terms_id"] is None:
        message = _("Ordering is not open yet: there are no terms in force.")
        raise OrderRefused(RefusalCode.SWITCHED_OFF, message)
    running = found["running"]
    return Reading(
        service=service,
        publication_id=found["terms_id"],
        earlier=found["earlier"],
        running=Running(**running) if running else None,
        cost=_cost(found),
        blocked_terms=tuple(found["blocked_terms"]),
    )


def _cost(found: dict[str, Any]) -> Cost | None:
    if found["cost_micros"] is None:
        return None
    is_dollar = found["cost_currency"] == LEDGER_CURRENCY
    return Cost(
        rate_micros=found["cost_micros"],
        per_dollar_micros=MICROS_PER_DOLLAR if is_dollar else found["per_dollar_micros"],
    )


def _earlier(customer_id: int, request: OrderRequest) -> QuerySet[Order, Any]:
    """None, for a request without a key: no order is found by it."""
    orders = Order.objects.filter(
        customer_id=customer_id, idempotency_key=request.idempotency_key or ""
    )
    return orders.values(found=JSONObject(id="id", request_hash="request_hash"))[:1]


def _running(customer_id: int, request: OrderRequest) -> QuerySet[Order, Any]:
    orders = Order.objects.filter(
        customer_id=customer_id,
        link_key__in=link_keys(request) or [""],
        status__in=RUNNING,
        parent=None,
        service__category=OuterRef("category"),
    )
    ours_first = orders.annotate(
        is_other=Case(When(service=OuterRef("pk"), then=Value(0)), default=Value(1))
    ).order_by("is_other", "pk")
    return ours_first.values(found=JSONObject(order_id="id", service_id="service_id"))[:1]


def _blocked_terms() -> QuerySet[BlockedTerm, Any]:
    terms = BlockedTerm.objects.order_by("pk")
    return terms.values_list(Concat("kind", Value(":"), "text"), flat=True)


def _rates(at: datetime) -> QuerySet[DisplayRate, Any]:
    rates = DisplayRate.objects.filter(currency=OuterRef("cost_currency"), since__lte=at)
    return rates.order_by("-since", "-pk").values("per_dollar_micros")[:1]
