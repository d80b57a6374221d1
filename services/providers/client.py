"""Speaking to one provider in its dialect of API v2: no request is ever repeated.

Key, action and constant headers: nothing about the customer leaves but the parameters of the order
itself. Every failure is one of the errors of `services.providers.errors`, classed as in
docs/forwarding.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.providers.answers import Answer
from services.providers.batching import check_ids, in_batches
from services.providers.calls import Call, request_for
from services.providers.dialect import API_V2, Dialect
from services.providers.followups import (
    RefillReport,
    read_cancel,
    read_refill,
    read_refill_statuses,
)
from services.providers.guard import parse_target
from services.providers.offers import Offer, read_services
from services.providers.replies import read_add
from services.providers.reports import Balance, Report, Unreadable, read_balance, read_statuses
from services.providers.transport import Limits, exchange

RESERVED_FIELDS = frozenset({"key", "action", "service"})


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a provider is reached.

    `dev_hosts` are "host:port" pairs that may be plain http or private; `allowed_ports` are the
    ports of all others.
    """

    url: str
    key: str = field(repr=False)
    dev_hosts: frozenset[str] = frozenset()
    allowed_ports: frozenset[int] = frozenset({443})


def add(
    endpoint: Endpoint,
    *,
    service: str,
    fields: Mapping[str, str],
    dialect: Dialect = API_V2,
    send_not_after: float | None = None,
) -> str:
    """Place an order and return its upstream id, ASCII digits.

    `service` is the provider's own service id, `fields` the order parameters of API v2 (link,
    quantity, ...). `send_not_after` is the lease as an instant of time.monotonic(): past it
    nothing is sent. Raises Refused, NotSent, AccountRefused or OutcomeUnknown within
    `dialect.add_deadline_seconds` of wall-clock time; only after NotSent may it be sent again.
    """
    if RESERVED_FIELDS & fields.keys():
        raise ValueError(f"reserved fields: {sorted(RESERVED_FIELDS & fields.keys())}")
    limits = _limits(dialect, deadline_seconds=dialect.add_deadline_seconds)
    answer = _call(
        endpoint,
        dialect.actions.add,
        {"service": service, **fields},
        dialect=dialect,
        limits=limits,
        send_not_after=send_not_after,
    )
    return read_add(answer, dialect=dialect)


def statuses(
    endpoint: Endpoint, *, external_ids: Sequence[str], dialect: Dialect = API_V2
) -> dict[str, Report | Unreadable]:
    """One entry per id asked, at most a hundred; in calls of `dialect.batch_limit`.

    Raises ValueError for too many ids or for what is no id, else the errors of `read_statuses`.
    """
    check_ids(external_ids)
    return in_batches(
        external_ids,
        lambda batch: _statuses(endpoint, batch, dialect=dialect),
        dialect=dialect,
    )


def _statuses(
    endpoint: Endpoint, batch: Sequence[str], *, dialect: Dialect
) -> dict[str, Report | Unreadable]:
    is_single = dialect.batch_limit == 1
    action = dialect.actions.status if is_single else dialect.actions.statuses
    fields = {"order" if is_single else "orders": ",".join(batch)}
    answer = _call(endpoint, action, fields, dialect=dialect, limits=_reading(dialect))
    return read_statuses(answer, asked=batch, dialect=dialect)


def refill(
    endpoint: Endpoint,
    *,
    external_id: str,
    dialect: Dialect = API_V2,
    send_not_after: float | None = None,
) -> str | None:
    """Ask for a refill of one order; the refill's own number, None where the provider gives none.

    The rules of `add`: past `send_not_after` nothing is sent, only after NotSent may it be sent
    again. Raises ValueError for what is no id, else the errors of `read_refill`.
    """
    answer = _ask(
        endpoint,
        dialect.actions.refill,
        {"order": external_id},
        dialect=dialect,
        send_not_after=send_not_after,
    )
    return read_refill(answer, asked=external_id, dialect=dialect)


def cancel(
    endpoint: Endpoint,
    *,
    external_id: str,
    dialect: Dialect = API_V2,
    send_not_after: float | None = None,
) -> None:
    """Ask that one order be stopped. It returns when the request was taken: what becomes of the
    order, its reports tell. Raises like `refill`.

    Panels read either name of the number, and one that reads both finds the same.
    """
    answer = _ask(
        endpoint,
        dialect.actions.cancel,
        {"order": external_id, "orders": external_id},
        dialect=dialect,
        send_not_after=send_not_after,
    )
    read_cancel(answer, asked=external_id, dialect=dialect)


def refill_statuses(
    endpoint: Endpoint, *, refill_ids: Sequence[str], dialect: Dialect = API_V2
) -> dict[str, RefillReport | Unreadable]:
    """One entry per refill asked about, at most a hundred; in calls of `dialect.batch_limit`.

    Raises ValueError for too many or for what is no id, else those of `read_refill_statuses`.
    """
    check_ids(refill_ids)
    return in_batches(
        refill_ids,
        lambda batch: _refill_statuses(endpoint, batch, dialect=dialect),
        dialect=dialect,
    )


def _refill_statuses(
    endpoint: Endpoint, batch: Sequence[str], *, dialect: Dialect
) -> dict[str, RefillReport | Unreadable]:
    fields = {} if dialect.batch_limit == 1 else {"refills": ",".join(batch)}
    if len(batch) == 1:
        fields["refill"] = batch[0]
    action = dialect.actions.refill_status
    answer = _call(endpoint, action, fields, dialect=dialect, limits=_reading(dialect))
    return read_refill_statuses(answer, asked=batch, dialect=dialect)


def balance(endpoint: Endpoint, *, dialect: Dialect = API_V2) -> Balance:
    """Our funds at the provider; raises the errors of `read_balance`."""
    answer = _call(endpoint, dialect.actions.balance, {}, dialect=dialect, limits=_reading(dialect))
    return read_balance(answer, dialect=dialect)


def services(endpoint: Endpoint, *, dialect: Dialect = API_V2) -> Offer:
    """The provider's price list; raises the errors of `read_services`."""
    limits = Limits(
        deadline_seconds=dialect.services_deadline_seconds,
        connect_timeout_seconds=dialect.connect_timeout_seconds,
        body_bytes=dialect.services_limit_bytes,
    )
    answer = _call(endpoint, dialect.actions.services, {}, dialect=dialect, limits=limits)
    return read_services(answer, dialect=dialect)


def _ask(
    endpoint: Endpoint,
    action: str,
    fields: Mapping[str, str],
    *,
    dialect: Dialect,
    send_not_after: float | None,
) -> Answer:
    """A call that asks for something to be done to one order."""
    check_ids([fields["order"]])
    limits = _limits(dialect, deadline_seconds=dialect.add_deadline_seconds)
    return _call(
        endpoint, action, fields, dialect=dialect, limits=limits, send_not_after=send_not_after
    )


def _reading(dialect: Dialect) -> Limits:
    return _limits(dialect, deadline_seconds=dialect.read_deadline_seconds)


def _limits(dialect: Dialect, *, deadline_seconds: float) -> Limits:
    return Limits(
        deadline_seconds=deadline_seconds,
        connect_timeout_seconds=dialect.connect_timeout_seconds,
        body_bytes=dialect.body_limit_bytes,
    )


def _call(
    endpoint: Endpoint,
    action: str,
    fields: Mapping[str, str],
    *,
    dialect: Dialect,
    limits: Limits,
    send_not_after: float | None = None,
) -> Answer:
    target = parse_target(
        endpoint.url, dev_hosts=endpoint.dev_hosts, allowed_ports=endpoint.allowed_ports
    )
    is_open = action == dialect.actions.services and dialect.calling.has_open_price_list
    call = Call(action=action, fields=fields, key=None if is_open else endpoint.key)
    request = request_for(call, path=target.path, dialect=dialect)
    answer = exchange(target, request=request, limits=limits, send_not_after=send_not_after)
    return replace(answer, key=endpoint.key)
