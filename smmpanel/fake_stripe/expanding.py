"""`expand[]`: ids in an answer replaced by the objects they lead to, up to four deep."""

from typing import Any

from smmpanel.fake_stripe import listing
from smmpanel.fake_stripe.account import Account, shown
from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.store import Body

DEEPEST = 4


def expand(account: Account, answer: Body, paths: list[str]) -> Body:
    """The answer with these paths expanded. Raises Refused for a path that leads nowhere."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise Refused(f"You cannot expand more than {DEEPEST} levels.", param="expand")
        answer = _expanded(account, answer, steps, path)
    return answer


def _expanded(account: Account, body: Body, steps: list[str], path: str) -> Body:
    name, rest = steps[0], steps[1:]
    if name == "data" and body.get("object") == "list" and rest:
        return body | {"data": [_expanded(account, one, rest, path) for one in body["data"]]}
    value = _included(account, body, name) if name not in body else body[name]
    if isinstance(value, str):
        value = account.store.find(value)
        if value is None:
            raise _refusal(path)
        value = shown(value)
    if rest and isinstance(value, dict):
        value = _expanded(account, value, rest, path)
    return body | {name: value}


def _included(account: Account, body: Body, name: str) -> Any:
    """Lists that are told only when asked for."""
    if (body.get("object"), name) == ("charge", "refunds"):
        data = account.store.newest_first("refund")
        own = [shown(refund) for refund in data if refund["charge"] == body["id"]]
        return listing.as_list(own, url=f"/v1/charges/{body['id']}/refunds")
    if (body.get("object"), name) == ("checkout.session", "line_items"):
        session = account.get("checkout.session", body["id"])
        url = f"/v1/checkout/sessions/{body['id']}/line_items"
        return listing.as_list(session["_items"], url=url)
    raise _refusal(path=name)


def _refusal(path: str) -> Refused:
    return Refused(f"This property cannot be expanded ({path}).", param="expand")
