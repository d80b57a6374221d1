"""The list of what happened, kept for thirty days by the real gateway."""

from fnmatch import fnmatchcase

from smmpanel.fake_stripe import listing
from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.route import Route
from smmpanel.fake_stripe.shapes import list_of, text
from smmpanel.fake_stripe.store import Body

PATH = "/v1/events"


def _list(account: Account, _: str, params: Body) -> Body:
    patterns = params.pop("types", None)
    if "type" in params:
        if patterns:
            raise Refused("You may pass either `type` or `types`, but not both.")
        patterns = [params.pop("type")]
    return listing.page(
        account,
        "event",
        params,
        url=PATH,
        is_wanted=lambda event: _is_one_of(event["type"], patterns),
    )


def _retrieve(account: Account, name: str, _: Body) -> Body:
    return account.get("event", name)


def _is_one_of(kind: str, patterns: list[str] | None) -> bool:
    return patterns is None or any(fnmatchcase(kind, pattern) for pattern in patterns)


ROUTES = [
    Route("GET", PATH, _list, listing.parameters(type=text(), types=list_of(text()))),
    Route("GET", f"{PATH}/*", _retrieve),
]
