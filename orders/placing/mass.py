"""Many orders at once: every line is looked at, the good ones become orders together.

Each line is an order of its own under a key of its own, `mass:<form>:<what it orders>`, so that a
form that is sent again places nothing twice, and a line that was changed meanwhile is another
order. What cannot be taken is named and stays in the box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _

from legal.policy import Policy
from legal.terms import policy_in_force
from orders.models import Order
from orders.placing import checking, locating, quoting
from orders.placing.asking import OrderRequest
from orders.placing.many import place_many
from orders.placing.mass_lines import Line
from orders.placing.placement import Placed
from orders.placing.reading import Reading, Running
from orders.placing.warning import warnings_about
from orders.refusals import OrderRefused, RefusalCode, Tick
from services.models import Service
from services.pricing import Quote
from services.types import Counting, spec_of

# Of the fingerprint, in a key of at most 100 characters.
_NAME_DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLine:
    """A line with what it would be: `problem` says why not (`asks_country`: because nobody knows
    where its customer is billed), `ticks` what choosing it confirms, `order_id` which order it has
    become under this form already."""

    line: Line
    service: Service | None = None
    quote: Quote | None = None
    problem: str = ""
    asks_country: bool = False
    ticks: Mapping[Tick, str] = field(default_factory=dict)
    order_id: int = 0
    charge_micros: int = 0

    @property
    def is_good(self) -> bool:
        """Whether it can be placed, or has been."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class _Known:
    """What all lines are compared with, read once for all of them."""

    services: Mapping[int, Service]
    running: Mapping[str, Sequence[Order]]
    placed: Mapping[int, Order]
    policy: Policy | None
    at: datetime


def check_lines(
    *, customer_id: int, lines: Sequence[Line], form_key: str, at: datetime
) -> list[CheckedLine]:
    """Says of each line what it would cost or why it cannot be taken, in four queries."""
    known = _read(customer_id=customer_id, lines=lines, form_key=form_key, at=at)
    box = _Box()
    return [box.compare(_check(line, known)) for line in lines]


class _Box:
    """Compares each line with those above it: what they order is not running yet."""

    def __init__(self) -> None:
        self._services: dict[tuple[int, str], int] = {}
        self._kinds: dict[tuple[int, str], int] = {}

    def compare(self, found: CheckedLine) -> CheckedLine:
        line, service = found.line, found.service
        if service is None or line.link is None or not found.is_good:
            return found
        same = self._services.setdefault((service.pk, line.link.key), line.number)
        kind = self._kinds.setdefault((service.category_id, line.link.key), line.number)
        if same != line.number:
            problem = _("Line %(number)s orders the same for this link.")
            return replace(found, problem=problem % {"number": same})
        if kind != line.number and not found.ticks:
            words = _(
                "Line %(number)s orders the same kind for this link. Their numbers cannot be told "
                "apart: I order all the same."
            )
            return replace(found, ticks={Tick.SAME_CATEGORY: words % {"number": kind}})
        return found


def place_lines(
    *, customer_id: int, lines: Sequence[CheckedLine], form_key: str, at: datetime
) -> list[CheckedLine]:
    """Places good lines in their order, each on its own; the answer has the order or the problem of
    each. Choosing a line confirmed its ticks."""
    requests = [_request(line, form_key=form_key) for line in lines]
    outcomes = place_many(customer_id=customer_id, requests=requests, at=at)
    return [
        replace(line, order_id=outcome.order_id)
        if isinstance(outcome, Placed)
        else replace(line, problem=str(outcome.message))
        for line, outcome in zip(lines, outcomes, strict=True)
    ]


def _request(line: CheckedLine, *, form_key: str) -> OrderRequest:
    wanted = line.line
    request = OrderRequest(
        service_id=wanted.service_id,
        link=wanted.link.url if wanted.link else "",
        quantity=wanted.quantity,
        channel=Order.Channel.WEB,
        shown_charge_micros=line.charge_micros,
        accepts_duplicate=Tick.DUPLICATE in line.ticks,
        acknowledged=frozenset(line.ticks),
    )
    content = request.fingerprint[:_NAME_DIGITS]
    return replace(request, idempotency_key=f"mass:{form_key}:{content}")


def _read(*, customer_id: int, lines: Sequence[Line], form_key: str, at: datetime) -> _Known:
    priced = locating.located(Service.objects.priced_for(customer_id), customer_id=customer_id)
    services = priced.in_bulk({one.service_id for one in lines})
    mine = Order.objects.visible_to(customer_id).filter(parent=None)
    names = {
        line.number: _request(CheckedLine(line=line), form_key=form_key).idempotency_key
        for line in lines
    }
    keys = {line.link.key for line in lines if line.link}
    # Before what has been placed is looked for: what another press places in between is then among
    # that, and not taken for an order that stands in the way.
    rows = list(mine.running().filter(link_key__in=keys).select_related("service").order_by("pk"))
    found = {one.idempotency_key: one for one in mine.filter(idempotency_key__in=names.values())}
    placed = {number: found[name] for number, name in names.items() if name in found}
    ours = {order.pk for order in placed.values()}
    running: dict[str, list[Order]] = {}
    for order in rows:
        if order.pk not in ours:
            running.setdefault(order.link_key, []).append(order)
    return _Known(
        services=services, running=running, placed=placed, policy=policy_in_force(at=at), at=at
    )


def _check(line: Line, known: _Known) -> CheckedLine:
    if line.problem:
        return CheckedLine(line=line, problem=line.problem)
    service = known.services.get(line.service_id)
    if order := known.placed.get(line.number):
        return CheckedLine(
            line=line, service=service, order_id=order.pk, charge_micros=order.charge_micros
        )
    if service is None or known.policy is None:
        return CheckedLine(line=line, problem=str(quoting.unknown_service().message))
    if problem := _unfit(line, service):
        return CheckedLine(line=line, service=service, problem=problem)
    try:
        quote, ticks = _judge(line, service, known, known.policy)
    except OrderRefused as refusal:
        asks = refusal.code == RefusalCode.COUNTRY_UNKNOWN
        problem = str(refusal.message)
        return CheckedLine(line=line, service=service, problem=problem, asks_country=asks)
    return CheckedLine(
        line=line, service=service, quote=quote, ticks=ticks, charge_micros=quote.charge_micros
    )


def _unfit(line: Line, service: Service) -> str:
    """Why a service cannot be ordered by link and quantity alone; empty where it can."""
    spec = spec_of(service.type)
    if not spec.has_link or any(one.is_required for one in spec.parameters):
        return _("This service needs more than a link and a quantity. Order it on its own.")
    if spec.counting == Counting.ONE and line.quantity != 1:
        return _("This is a package: its quantity is 1.")
    return ""


def _judge(
    line: Line, service: Service, known: _Known, policy: Policy
) -> tuple[Quote, Mapping[Tick, str]]:
    """What `place_order` would find, without asking the database again. Raises OrderRefused."""
    locating.check_sold(service)
    request = _request(CheckedLine(line=line), form_key="")
    wanted = checking.check(service=service, request=request, today=known.at.date())
    quote = quoting.quote(service=service, quantity=wanted.quantity, runs=wanted.runs)
    reading = Reading(
        service=service,
        service_version="",
        publication_id=0,
        earlier=None,
        running=_running(service, known.running.get(wanted.link.key, [])),
        cost=None,
        blocked_terms=(),
    )
    warnings = warnings_about(reading=reading, wanted=wanted, request=request, policy=policy)
    return quote, warnings.ticks


def _running(service: Service, orders: Sequence[Order]) -> Running | None:
    """As orders.placing.reading does: an order of the same service before one of its category."""
    same = [order for order in orders if order.service_id == service.pk]
    kind = [order for order in orders if order.service.category_id == service.category_id]
    for order in (*same, *kind):
        return Running(order_id=order.pk, service_id=order.service_id)
    return None
