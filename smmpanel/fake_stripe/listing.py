"""Lists: newest first, filtered, a page at a time."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from smmpanel.fake_stripe.account import Account, shown
from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.shapes import Read, call, moment, record, text, whole
from smmpanel.fake_stripe.store import Body

BOUNDS: Mapping[str, Callable[[int, int], bool]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}


def _created(value: object, name: str) -> Any:
    if isinstance(value, str):
        return moment()(value, name)
    return record(dict.fromkeys(BOUNDS, moment()))(value, name)


def parameters(**filters: Read) -> Read:
    """What a list takes besides its own filters."""
    return call(
        {
            "created": _created,
            "ending_before": text(),
            "limit": whole(1, 100),
            "starting_after": text(),
            **filters,
        }
    )


def page(
    account: Account,
    kind: str,
    params: Body,
    *,
    url: str,
    is_wanted: Callable[[Body], bool] = lambda _: True,
) -> Body:
    """One page of a kind; parameters that set no bounds must equal the member of their name."""
    wanted = dict(params)
    limit = wanted.pop("limit", 10)
    after, before = wanted.pop("starting_after", None), wanted.pop("ending_before", None)
    created = wanted.pop("created", {})
    wanted.pop("expand", None)
    matching = (
        shown(body)
        for body in _window(account, kind, after=after, before=before)
        if not body.get("deleted")
        and is_wanted(body)
        and _is_created(body, created)
        and all(body.get(name) == value for name, value in wanted.items())
    )
    found = list(islice(matching, limit + 1))
    chosen = found[:limit]
    if before:
        chosen.reverse()
    return as_list(chosen, url=url, has_more=len(found) > limit)


def as_list(data: list[Body], *, url: str, has_more: bool = False) -> Body:
    """The list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def _window(
    account: Account, kind: str, *, after: str | None, before: str | None
) -> Iterator[Body]:
    """The nearest first, seen from the object that is named."""
    if after and before:
        raise Refused("You can only use one of starting_after and ending_before.")
    for param, name in (("starting_after", after), ("ending_before", before)):
        if name:
            account.get(kind, name, param=param)
    return account.store.newer(kind, before) if before else account.store.older(kind, after)


def _is_created(body: Body, wanted: Any) -> bool:
    if isinstance(wanted, int):
        return bool(body["created"] == wanted)
    return all(BOUNDS[name](body["created"], bound) for name, bound in wanted.items())
