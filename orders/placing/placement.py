"""The one way to place an order, from the web, the API or anywhere else.

Two round trips: one SELECT reads the service, the customer's own price, the terms in force and an
earlier order under the same idempotency key; one call of `place_order` (orders/sql/) inserts the
order and its event and takes the money, or does none of it. Sources: ORD-01, 05, 06, 09; CAT-02.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, IntegrityError, connection, transaction
from django.db.models import Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from accounts import switches
from accounts.models import KillSwitch
from legal.models import Publication
from legal.terms import policy_of
from orders.models import RUNNING, Order, Status
from orders.nudging import nudge
from orders.placing import checking, quoting
from orders.placing.asking import OrderRequest
from orders.placing.checking import Wanted
from orders.refusals import OrderRefused, RefusalCode, Tick
from services import parameters, pricing
from services.models import Service
from services.types import Counting, spec_of
from wallet import ledger, money
from wallet.balances import spendable_micros

__all__ = ["OrderRequest", "Placed", "Review", "place_order", "quote_for", "review_order"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one SELECT tells about a request before anything is decided."""

    service: Service
    publication_id: int
    earlier: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Placed:
    order_id: int
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Review:
    """What an order would be, before it is one: its price, and the sentences that the customer
    has to tick first (name -> words; empty when nothing stands in the way)."""

    quote: pricing.Quote
    wanted: Wanted
    ticks: Mapping[Tick, str] = field(default_factory=dict)


def quote_for(
    *,
    customer_id: int | None,
    service_id: int,
    quantity: int | None,
    texts: Mapping[str, str] | None = None,
    runs: int | None = None,
) -> pricing.Quote:
    """The exact price that `place_order` would charge now, also of a form that is filled in only
    as far as the price needs. `texts` as in OrderRequest. Raises OrderRefused."""
    service = Service.objects.priced_for(customer_id).filter(pk=service_id).first()
    if service is None:
        raise quoting.unknown_service()
    spec = spec_of(service.type)
    if spec.counting != Counting.ASKED:
        counted = parameters.count(spec=spec, texts=texts or {})
        quantity = counted.quantity if counted else None
        runs = None
        if counted and spec.counting == Counting.PER_POST:
            runs = parameters.posts_of(counted.values)
    if quantity is None:
        raise OrderRefused(
            RefusalCode.INVALID_PARAMETER, _("Say how many."), field=quoting.counted_input(service)
        )
    return quoting.quote(service=service, quantity=quantity, runs=None if runs in (0, 1) else runs)


def review_order(*, customer_id: int, request: OrderRequest, at: datetime) -> Review:
    """All that `place_order` checks and asks, without ordering. Raises OrderRefused, never for
    what can be ticked: that is named in the answer."""
    reading = _read(customer_id=customer_id, request=request, at=at)
    wanted = checking.check(service=reading.service, request=request, today=at.date())
    quote = quoting.quote(service=reading.service, quantity=wanted.quantity, runs=wanted.runs)
    return Review(quote=quote, wanted=wanted)


def place_order(*, customer_id: int, request: OrderRequest, at: datetime) -> Placed:
    """Takes the charge and queues the order, or raises OrderRefused and changes nothing.

    The same idempotency key with the same request gives the first order again (API-08).
    """
    reading = _read(customer_id=customer_id, request=request, at=at)
    if reading.earlier:
        return _replay(reading.earlier, request)
    _check_switch()
    wanted = checking.check(service=reading.service, request=request, today=at.date())
    quote = quoting.quote(service=reading.service, quantity=wanted.quantity, runs=wanted.runs)
    if request.shown_charge_micros not in (None, quote.charge_micros):
        raise _price_changed(quote)
    try:
        order_id = _insert(
            customer_id=customer_id,
            request=request,
            reading=reading,
            quote=quote,
            wanted=wanted,
            at=at,
        )
    except IntegrityError as error:
        return _resolve_collision(error, customer_id=customer_id, request=request, wanted=wanted)
    except Error as error:
        raise _refusal_from(error, customer_id=customer_id, quote=quote) from error
    return Placed(order_id=order_id, is_replay=False)


def _read(*, customer_id: int, request: OrderRequest, at: datetime) -> Reading:
    services = Service.objects.priced_for(customer_id).filter(pk=request.service_id)
    terms = Publication.objects.in_force(at=at).values("pk")[:1]
    services = services.annotate(terms_id=Subquery(terms))
    if request.idempotency_key is not None:
        earlier = Order.objects.filter(
            customer_id=customer_id, idempotency_key=request.idempotency_key
        ).values(found=JSONObject(id="id", request_hash="request_hash"))
        services = services.annotate(earlier=Subquery(earlier[:1]))
    service = services.first()
    if service is None:
        raise quoting.unknown_service()
    read = vars(service)
    if read["terms_id"] is None:
        raise OrderRefused(
            RefusalCode.SWITCHED_OFF,
            _("Ordering is not open yet: there are no terms in force."),
        )
    return Reading(service=service, publication_id=read["terms_id"], earlier=read.get("earlier"))


def _replay(earlier: dict[str, Any], request: OrderRequest) -> Placed:
    if earlier["request_hash"] != request.fingerprint:
        raise OrderRefused(
            RefusalCode.KEY_REUSED,
            _("This order form was already used for another order. Open a new one."),
        )
    return Placed(order_id=earlier["id"], is_replay=True)


def _check_switch() -> None:
    if reason := switches.reason_off(KillSwitch.Part.ORDERS):
        raise OrderRefused(RefusalCode.SWITCHED_OFF, reason)


def _price_changed(quote: pricing.Quote) -> OrderRefused:
    message = _("The price is now %(price)s. Look at it and order again.")
    return OrderRefused(
        RefusalCode.PRICE_CHANGED,
        message % {"price": money.display(quote.charge_micros)},
        fact=quote.charge_micros,
    )


def _insert(
    *,
    customer_id: int,
    request: OrderRequest,
    reading: Reading,
    quote: pricing.Quote,
    wanted: Wanted,
    at: datetime,
) -> int:
    """Calls place_order and, once it is committed, nudges a worker."""
    policy = policy_of(reading.publication_id)
    # A script has no use for time to take an order back (UX-22).
    is_script = request.channel == Order.Channel.API
    undo_seconds = 0 if is_script else policy.order_undo_seconds
    row = {
        "p_customer": customer_id,
        "p_service": quote.service_id,
        "p_service_revision": quote.revision,
        "p_own_rate": quote.own_rate_micros,
        "p_publication": reading.publication_id,
        "p_channel": request.channel,
        "p_idempotency_key": request.idempotency_key,
        "p_request_hash": request.fingerprint,
        "p_link": wanted.link.url,
        "p_link_key": wanted.link.key,
        "p_quantity": quote.quantity,
        "p_parameters": json.dumps(wanted.values),
        "p_snapshot": json.dumps(reading.service.snapshot()),
        "p_rate": quote.rate_micros,
        "p_charge": quote.charge_micros,
        "p_duplicate_accepted": False,
        "p_role": wanted.role,
        "p_runs": quote.runs,
        "p_interval_minutes": wanted.interval_minutes,
        "p_status": Status.QUEUED,
        "p_open_cap": policy.order_open_cap,
        "p_spend_order": policy.wallet_spend_order,
        "p_not_before": at + timedelta(seconds=undo_seconds),
        "p_at": at,
    }
    order_id = _call_place_order(row)
    if undo_seconds == 0:
        transaction.on_commit(lambda: nudge(order_id=order_id), robust=True)
    return order_id


def _call_place_order(row: Mapping[str, bool | int | str | datetime | None]) -> int:
    arguments = ", ".join(f"{name} => %({name})s" for name in row)
    # Alone, the call is its own transaction; inside a caller's, a refusal must not poison it.
    scope = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with scope, connection.cursor() as cursor:
        cursor.execute(f"SELECT place_order({arguments})", row)
        return int(cursor.fetchone()[0])


def _resolve_collision(
    error: IntegrityError, *, customer_id: int, request: OrderRequest, wanted: Wanted
) -> Placed:
    """A unique row stood in the way: our own earlier call, or a running order on this link."""
    mine = Order.objects.visible_to(customer_id)
    if request.idempotency_key is not None:
        earlier = mine.filter(idempotency_key=request.idempotency_key)
        if found := earlier.values("id", "request_hash").first():
            return _replay(dict(found), request)
    if "orders_order_one_running_per_link" not in str(error):
        raise error
    link_key = wanted.link.key
    running = mine.filter(service=request.service_id, link_key=link_key, status__in=RUNNING)
    order_id = running.values_list("id", flat=True).first() or 0
    raise OrderRefused(
        RefusalCode.DUPLICATE_LINK,
        _("Order %(id)s for this link is still running. Wait until it is finished.")
        % {"id": order_id},
        field="link",
        fact=order_id,
    ) from error


def _refusal_from(error: Error, *, customer_id: int, quote: pricing.Quote) -> Exception:
    """What the database's refusal means; any other failure comes back as it was."""
    code = getattr(error.__cause__, "pgcode", None)
    if code == "OR001":
        return OrderRefused(
            RefusalCode.PRICE_CHANGED,
            _("Price or limits have just changed. Look again and order."),
        )
    if code == "OR004":
        return OrderRefused(
            RefusalCode.TOO_MANY_OPEN,
            _("You have as many running orders as an account may have. Wait until some are over."),
        )
    if code == "OR002":
        return OrderRefused(RefusalCode.CUSTOMER_INACTIVE, _("This account may not order."))
    refusal = ledger.error_from(error)
    if isinstance(refusal, ledger.InDebt):
        return OrderRefused(
            RefusalCode.IN_DEBT,
            _("This account owes money from a reversed payment. A top-up settles it first."),
        )
    if isinstance(refusal, ledger.InsufficientFunds):
        missing = quote.charge_micros - spendable_micros(customer_id=customer_id)
        return OrderRefused(
            RefusalCode.NOT_ENOUGH_FUNDS,
            _("Not enough funds: %(missing)s more is needed.")
            % {"missing": money.display(missing)},
            fact=missing,
        )
    return error
