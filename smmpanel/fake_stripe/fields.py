"""`a[b][0]=c` as the SDK sends it, read into nested members; lists are members called 0, 1, 2."""

import re
from collections.abc import Iterable
from typing import Any

from smmpanel.fake_stripe.errors import Refused

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)", re.ASCII)
MEMBER = re.compile(r"\[([^\[\]]*)\]")


def nest(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The members of one call. Raises Refused for names that contradict each other."""
    members: dict[str, Any] = {}
    for name, value in pairs:
        found = NAME.fullmatch(name)
        if found is None:
            raise Refused(f"Invalid parameter name: {name}", param=name)
        _place(members, [found[1], *MEMBER.findall(found[2])], value, name)
    return members


def _place(members: dict[str, Any], path: list[str], value: str, name: str) -> None:
    for step in path[:-1]:
        inner = members.setdefault(step or str(len(members)), {})
        if not isinstance(inner, dict):
            raise Refused(f"Invalid parameter: {name}", param=name)
        members = inner
    last = path[-1] or str(len(members))
    if isinstance(members.get(last), dict):
        raise Refused(f"Invalid parameter: {name}", param=name)
    members[last] = value
