"""Speaking API v2 to one provider: each function is one POST, never repeated.

Form-encoded, key and action in the body, constant headers: nothing about the customer leaves but
the parameters of the order itself. Every failure is one of the errors of
`services.providers.errors`, classed as in docs/forwarding.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from services.providers.answers import Answer
from services.providers.dialect import API_V2, Dialect
from services.providers.errors import NotSent
from services.providers.fields import EXTERNAL_ID
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
from services.providers.transport import Limits, post_form

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
    form = {"action": "add", "service": service, **fields}
    answer = _call(endpoint, form, limits=limits, send_not_after=send_not_after)
    return read_add(answer, dialect=dialect)


def statuses(
    endpoint: Endpoint, *, external_ids: Sequence[str], dialect: Dialect = API_V2
) -> dict[str, Report | Unreadable]:
    """One entry per id asked, at most `dialect.batch_limit` ids.

    Raises ValueError for too many ids or for what is no id, else the errors of `read_statuses`.
    """
    _check_ids(external_ids, dialect=dialect)
    if not external_ids:
        return {}
    limits = _limits(dialect, deadline_seconds=dialect.read_deadline_seconds)
    form = {"action": "status", "orders": ",".join(dict.fromkeys(external_ids))}
    answer = _call(endpoint, form, limits=limits)
    return read_statuses(answer, asked=external_ids, dialect=dialect)


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
    form = {"action": "refill", "order": external_id}
    answer = _ask(endpoint, form, external_id, dialect=dialect, send_not_after=send_not_after)
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
    form = {"action": "cancel", "order": external_id, "orders": external_id}
    answer = _ask(endpoint, form, external_id, dialect=dialect, send_not_after=send_not_after)
    read_cancel(answer, asked=external_id, dialect=dialect)


def refill_statuses(
    endpoint: Endpoint, *, refill_ids: Sequence[str], dialect: Dialect = API_V2
) -> dict[str, RefillReport | Unreadable]:
    """One entry per refill asked about, at most `dialect.batch_limit` of them.

    Raises ValueError for too many or for what is no id, else those of `read_refill_statuses`.
    """
    _check_ids(refill_ids, dialect=dialect)
    if not refill_ids:
        return {}
    asked = list(dict.fromkeys(refill_ids))
    form = {"action": "refill_status", "refills": ",".join(asked)}
    if len(asked) == 1:
        form["refill"] = asked[0]
    limits = _limits(dialect, deadline_seconds=dialect.read_deadline_seconds)
    answer = _call(endpoint, form, limits=limits)
    return read_refill_statuses(answer, asked=asked, dialect=dialect)


def balance(endpoint: Endpoint, *, dialect: Dialect = API_V2) -> Balance:
    """Our funds at the provider; raises the errors of `read_balance`."""
    limits = _limits(dialect, deadline_seconds=dialect.read_deadline_seconds)
    return read_balance(_call(endpoint, {"action": "balance"}, limits=limits), dialect=dialect)


def services(endpoint: Endpoint, *, dialect: Dialect = API_V2) -> Offer:
    """The provider's price list; raises the errors of `read_services`."""
    limits = Limits(
        deadline_seconds=dialect.services_deadline_seconds,
        connect_timeout_seconds=dialect.connect_timeout_seconds,
        body_bytes=dialect.services_limit_bytes,
    )
    return read_services(_call(endpoint, {"action": "services"}, limits=limits), dialect=dialect)


def _check_ids(numbers: Sequence[str], *, dialect: Dialect) -> None:
    if len(numbers) > dialect.batch_limit:
        raise ValueError(f"at most {dialect.batch_limit} ids in one call")
    if not all(EXTERNAL_ID.fullmatch(number) for number in numbers):
        raise ValueError("an external id is a string of ASCII digits")


def _ask(
    endpoint: Endpoint,
    form: Mapping[str, str],
    external_id: str,
    *,
    dialect: Dialect,
    send_not_after: float | None,
) -> Answer:
    """A call that asks for something to be done to one order."""
    _check_ids([external_id], dialect=dialect)
    limits = _limits(dialect, deadline_seconds=dialect.add_deadline_seconds)
    return _call(endpoint, form, limits=limits, send_not_after=send_not_after)


def _limits(dialect: Dialect, *, deadline_seconds: float) -> Limits:
    return Limits(
        deadline_seconds=deadline_seconds,
        connect_timeout_seconds=dialect.connect_timeout_seconds,
        body_bytes=dialect.body_limit_bytes,
    )


def _call(
    endpoint: Endpoint,
    form: Mapping[str, str],
    *,
    limits: Limits,
    send_not_after: float | None = None,
) -> Answer:
    target = parse_target(
        endpoint.url, dev_hosts=endpoint.dev_hosts, allowed_ports=endpoint.allowed_ports
    )
    try:
        encoded = urlencode({"key": endpoint.key, **form}).encode("ascii")
    except UnicodeEncodeError:
        raise NotSent("request") from None
    answer = post_form(target, form=encoded, limits=limits, send_not_after=send_not_after)
    return replace(answer, key=endpoint.key)
