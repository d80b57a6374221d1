"""Idempotency keys: the first answer to a key is its answer for a day, errors included."""

import json
from dataclasses import dataclass

from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.store import Body, Store

SECONDS_KEPT = 86_400
LONGEST = 255


@dataclass(frozen=True)
class Answer:
    """One answer of the API."""

    status: int
    body: Body
    is_replayed: bool = False


def saved(store: Store, key: str, asked: Body) -> Answer | None:
    """The first answer. Raises Refused when the key came with something else then."""
    if len(key) > LONGEST:
        raise Refused("Idempotency keys are at most 255 characters long.")
    rows = store.rows(
        "SELECT asked, answer FROM keys WHERE name = ? AND created_at > ?",
        key,
        store.now() - SECONDS_KEPT,
    )
    if not rows:
        return None
    if rows[0][0] != _written(asked):
        raise Refused(
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request.",
            kind="idempotency_error",
        )
    status, body = json.loads(rows[0][1])
    return Answer(status=status, body=body, is_replayed=True)


def save(store: Store, key: str, asked: Body, answer: Answer) -> None:
    """Remember the first answer."""
    store.run(
        "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)",
        key,
        _written(asked),
        json.dumps([answer.status, answer.body]),
        store.now(),
    )


def _written(asked: Body) -> str:
    return json.dumps(asked, sort_keys=True)
