"""How a subscription lives: a pure function of its parameters and the time.

The account puts out a post each `seconds_per_post`; those within the limit become orders of a
quantity between the two bounds. The user name decides how it goes: with `paused` in it nothing is
made and the report says so, with `quiet` there are no new posts.
"""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime

from smmpanel.demo_provider.life import Order

LONGEST = 1000
MINUTE = 60.0


def wanted_posts(
    order: Order, fields: Mapping[str, str], *, at: float, seconds_per_post: float
) -> list[tuple[str, int, float]]:
    """(link, quantity, made at) of every order that there must be by now, oldest first."""
    until = min(at, order.stopped_at if order.stopped_at is not None else at, _expiry(fields))
    name = fields.get("username", "")
    old = 0 if "paused" in name else _whole(fields, "old_posts")
    made = [(f"old-{number + 1}", order.created_at) for number in range(min(old, LONGEST))]
    made += [
        (f"new-{number}", moment)
        for number in range(1, _most_new(fields) + 1)
        if (moment := order.created_at + number * seconds_per_post) <= until - _delay(fields)
    ]
    return [
        (f"https://platform-a.example/{name}/{post}", _quantity(fields, f"{name}/{post}"), moment)
        for post, moment in made
    ]


def report(order: Order, fields: Mapping[str, str], *, posts: list[Order], at: float) -> str:
    """The word for a subscription that has made so many orders."""
    if "paused" in fields.get("username", ""):
        return "Paused"
    if not is_endless(fields) and len(posts) >= _limit(fields):
        return "Completed"
    if order.stopped_at is not None:
        return "Canceled"
    return "Expired" if at >= _expiry(fields) else "Active"


def is_endless(fields: Mapping[str, str]) -> bool:
    """Without new or old posts to count, every post is meant."""
    return _limit(fields) == 0


def _limit(fields: Mapping[str, str]) -> int:
    return _whole(fields, "posts") + _whole(fields, "old_posts")


def _most_new(fields: Mapping[str, str]) -> int:
    name = fields.get("username", "")
    if "quiet" in name or "paused" in name:
        return 0
    return LONGEST if is_endless(fields) else min(LONGEST, _whole(fields, "posts"))


def _quantity(fields: Mapping[str, str], post: str) -> int:
    fewest, most = _whole(fields, "min"), _whole(fields, "max")
    return fewest + zlib.crc32(post.encode()) % (most - fewest + 1)


def _delay(fields: Mapping[str, str]) -> float:
    """A minute of delay is a second here, or nobody would see the end of a demonstration."""
    return _whole(fields, "delay") / MINUTE


def _expiry(fields: Mapping[str, str]) -> float:
    """The end of the last day, in seconds; endless without one."""
    text = fields.get("expiry", "")
    try:
        day = datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=UTC)
    except ValueError:
        return float("inf")
    return day.timestamp() + 24 * 60 * MINUTE


def _whole(fields: Mapping[str, str], name: str) -> int:
    text = fields.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
