"""Deliveries waiting to be sent, and what became of each attempt."""

import json
import random
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from smmpanel.fake_stripe.rules import Manner, RuleBook
from smmpanel.fake_stripe.store import Body, Store

HOLDS = "holds deliveries"
# Three days in all, as the real gateway keeps trying.
RETRY_SECONDS = (60, 300, 1800, 7200, 18_000, 36_000, *[43_200] * 4)


class State(StrEnum):
    """Where a delivery is."""

    DUE = "due"
    DELIVERED = "delivered"
    DROPPED = "dropped"
    GIVEN_UP = "given_up"
    HELD = "held"


@dataclass(frozen=True)
class Delivery:
    """One event on its way; `body` holds event, type, manner and attempts."""

    number: int
    body: Body


class Postbox:
    """The table of deliveries. One event may have several."""

    def __init__(self, store: Store) -> None:
        self.rules = RuleBook()
        self._store = store

    def post(self, event: Body) -> None:
        """Take an event for delivery, as the rules and the hold say."""
        rule = self.rules.take(event["type"])
        manner = rule.manner if rule else None
        due_at = self._store.now() + (rule.seconds if rule and manner is Manner.LATE else 0)
        state = State.DROPPED if manner is Manner.DROPPED else State.DUE
        if state is State.DUE and self._store.setting(HOLDS, False):
            state = State.HELD
        for _ in range(2 if manner is Manner.TWICE else 1):
            self._add(event, state=state, due_at=due_at, manner=manner)

    def resend(self, event: Body) -> None:
        """Deliver once more, properly, whatever happened before."""
        self._add(event, state=State.DUE, due_at=self._store.now(), manner=None)

    def hold(self) -> None:
        """Keep every delivery from now on."""
        self._store.remember(HOLDS, True)

    def release(self, *, order: str, seed: int, event_type: str) -> int:
        """Let the held go: as they came, reversed or shuffled; returns how many.

        Held ones that do not match stay, and so do later ones; when all match, the hold ends.
        """
        rows = self._store.rows(
            "SELECT number, body FROM deliveries WHERE state = ? ORDER BY number", State.HELD
        )
        numbers = [row[0] for row in rows if fnmatchcase(json.loads(row[1])["type"], event_type)]
        if order == "reversed":
            numbers.reverse()
        elif order == "shuffled":
            random.Random(seed).shuffle(numbers)  # noqa: S311
        elif order != "as_is":
            raise ValueError(f"unknown order {order!r}")
        now = self._store.now()
        for place, number in enumerate(numbers):
            self._set(number, State.DUE, now + place / 1_000_000)
        if event_type == "*":
            self._store.remember(HOLDS, False)
        return len(numbers)

    def next_due(self) -> Delivery | None:
        """The delivery to send now."""
        rows = self._store.rows(
            "SELECT number, body FROM deliveries WHERE state = ? AND due_at <= ?"
            " ORDER BY due_at, number LIMIT 1",
            State.DUE,
            self._store.now(),
        )
        return Delivery(rows[0][0], json.loads(rows[0][1])) if rows else None

    def record(self, delivery: Delivery, *, status: int) -> None:
        """Write down an attempt; `status` is 0 when there was no answer."""
        attempts = [*delivery.body["attempts"], status]
        delivery.body["attempts"] = attempts
        body = json.dumps(delivery.body)
        self._store.run("UPDATE deliveries SET body = ? WHERE number = ?", body, delivery.number)
        if 200 <= status < 300:
            self._set(delivery.number, State.DELIVERED, self._store.now())
        elif len(attempts) > len(RETRY_SECONDS):
            self._set(delivery.number, State.GIVEN_UP, self._store.now())
        else:
            wait = RETRY_SECONDS[len(attempts) - 1]
            self._set(delivery.number, State.DUE, self._store.now() + wait)

    def all(self) -> list[Body]:
        """Every delivery with its state, in the order the events happened."""
        rows = self._store.rows(
            "SELECT number, state, due_at, body FROM deliveries ORDER BY number"
        )
        return [
            {"number": number, "state": state, "due_at": due_at, **json.loads(body)}
            for number, state, due_at, body in rows
        ]

    def _add(self, event: Body, *, state: State, due_at: float, manner: Manner | None) -> None:
        body = {"event": event["id"], "type": event["type"], "manner": manner, "attempts": []}
        self._store.run(
            "INSERT INTO deliveries (state, due_at, body) VALUES (?, ?, ?)",
            state,
            due_at,
            json.dumps(body),
        )

    def _set(self, number: int, state: State, due_at: float) -> None:
        self._store.run(
            "UPDATE deliveries SET state = ?, due_at = ? WHERE number = ?", state, due_at, number
        )
