"""From what was asked to what can be ordered: every input is read, every wrong one named. Pure.

Sources: ORD-01, docs/service-types.md, docs/placing.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from orders.models import Role
from orders.placing.asking import OrderRequest
from orders.refusals import OrderRefused, RefusalCode
from services import links, parameters
from services.models import Service
from services.parameters import Value
from services.types import Counting, TypeSpec, spec_of

MOST_RUNS = 1000
LONGEST_INTERVAL_MINUTES = 7 * 24 * 60
# Paid in advance, an order must not hold somebody's money for longer than this.
LONGEST_PLAN_MINUTES = 366 * 24 * 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is ordered, checked. `runs` and `quantity` as in services.pricing.Quote."""

    link: links.Link
    values: Mapping[str, Value]
    quantity: int
    runs: int | None
    interval_minutes: int | None
    role: Role


def check(*, service: Service, request: OrderRequest, today: date) -> Wanted:
    """Reads a request for a service. Raises OrderRefused with the problem of every wrong input."""
    spec = spec_of(service.type)
    problems: list[OrderRefused] = []
    link = _link(spec, request, problems)
    values, counted = _values(service, request, today, problems)
    quantity = _quantity(request, problems) if spec.counting == Counting.ASKED else counted
    runs = _runs(service=service, request=request, problems=problems)
    if problems:
        raise merged(problems)
    is_subscription = spec.counting == Counting.PER_POST
    return Wanted(
        link=link or links.Link(url="", key=""),
        values=values,
        quantity=quantity or 0,
        runs=parameters.posts_of(values) if is_subscription else runs,
        interval_minutes=None if runs is None else request.interval_minutes,
        role=Role.SUBSCRIPTION if is_subscription else _role(service, runs),
    )


def merged(problems: list[OrderRefused]) -> OrderRefused:
    """One refusal for several: the first one's, with the words for every input."""
    first = problems[0]
    words = {name: text for problem in problems for name, text in problem.problems.items()}
    return OrderRefused(
        first.code, first.message, field=first.field, fact=first.fact, problems=words
    )


def link_keys(request: OrderRequest) -> list[str]:
    """The keys that this request can have, whatever the type of its service turns out to be."""
    keys = []
    with suppress(links.InvalidLink):
        keys.append(links.canonical(request.link).key)
    if name := parameters.account_name(request.texts.get("username", "")):
        keys.append(_key_of_account(name))
    return keys


def _runs(*, service: Service, request: OrderRequest, problems: list[OrderRefused]) -> int | None:
    """Runs of a drip-feed; None for an order that is none, as 0 and 1 are in the trade."""
    runs, minutes = request.runs or 0, request.interval_minutes or 0
    if runs in (0, 1):
        return None
    if not (service.can_drip_feed and spec_of(service.type).takes_runs):
        problems.append(_invalid_runs("runs", _("This service has no drip-feed.")))
    elif not 2 <= runs <= MOST_RUNS:
        message = _("Between 2 and %(most)s runs.") % {"most": f"{MOST_RUNS:,}"}
        problems.append(_invalid_runs("runs", message))
    elif not 1 <= minutes <= LONGEST_INTERVAL_MINUTES:
        message = _("Say how many minutes lie between two runs: 1 to %(most)s.")
        most = f"{LONGEST_INTERVAL_MINUTES:,}"
        problems.append(_invalid_runs("interval", message % {"most": most}))
    elif runs * minutes > LONGEST_PLAN_MINUTES:
        message = _("All runs together may take a year at most.")
        problems.append(_invalid_runs("interval", message))
    return runs


def _invalid_runs(field: str, message: str) -> OrderRefused:
    return OrderRefused(RefusalCode.INVALID_RUNS, message, field=field)


def _role(service: Service, runs: int | None) -> Role:
    is_ours = service.drip_feed_by == Service.RunBy.PANEL
    return Role.DRIP_FEED if runs is not None and is_ours else Role.SINGLE


def _link(spec: TypeSpec, request: OrderRequest, problems: list[OrderRefused]) -> links.Link | None:
    if not spec.has_link:
        # What is missing or wrong about the name is said of the parameter.
        name = parameters.account_name(request.texts.get("username", ""))
        return links.Link(url=name, key=_key_of_account(name))
    try:
        return links.canonical(request.link)
    except links.InvalidLink as error:
        problems.append(OrderRefused(RefusalCode.INVALID_LINK, error.message, field="link"))
        return None


def _key_of_account(name: str) -> str:
    key = f"account {name.casefold()}"
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def _quantity(request: OrderRequest, problems: list[OrderRefused]) -> int | None:
    if request.quantity is None:
        problems.append(
            OrderRefused(RefusalCode.INVALID_PARAMETER, _("Say how many."), field="quantity")
        )
    return request.quantity


def _values(
    service: Service, request: OrderRequest, today: date, problems: list[OrderRefused]
) -> tuple[Mapping[str, Value], int | None]:
    try:
        read = parameters.read(spec=spec_of(service.type), texts=request.texts)
    except parameters.InvalidParameters as error:
        problems.append(_invalid(error.problems))
        return {}, None
    if wrong := _wrong_for(service, read.values, today):
        problems.append(_invalid(wrong))
    return read.values, read.quantity


def _invalid(words: Mapping[str, str]) -> OrderRefused:
    field, message = next(iter(words.items()))
    return OrderRefused(RefusalCode.INVALID_PARAMETER, message, field=field, problems=dict(words))


def _wrong_for(service: Service, values: Mapping[str, Value], today: date) -> dict[str, str]:
    """What is wrong with a subscription's values for this service, on this day."""
    if spec_of(service.type).counting != Counting.PER_POST:
        return {}
    wrong = {}
    fewest = values["min"]
    if isinstance(fewest, int) and fewest < service.min_quantity:
        message = _("The smallest order of this service is %(limit)s.")
        wrong["min"] = message % {"limit": f"{service.min_quantity:,}"}
    last = parameters.day_of(values.get("expiry"))
    if last is not None and last < today:
        wrong["expiry"] = _("This day is over.")
    if parameters.posts_of(values) is None and not service.can_cancel:
        wrong["posts"] = _("Say how many posts: this service cannot be stopped once it began.")
    return wrong
