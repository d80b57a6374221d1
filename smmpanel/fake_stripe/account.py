"""One merchant account: its objects, what happened to them, its clock."""

import secrets
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from smmpanel.fake_stripe.errors import missing
from smmpanel.fake_stripe.store import Body, Store

API_VERSION = "2026-10-28.endive"
LETTERS = string.ascii_letters + string.digits
PREFIXES = {
    "balance_transaction": "txn",
    "charge": "ch",
    "checkout.session": "cs",
    "customer": "cus",
    "dispute": "du",
    "event": "evt",
    "payment_intent": "pi",
    "payment_method": "pm",
    "radar.early_fraud_warning": "issfr",
    "refund": "re",
    "review": "prv",
    "setup_intent": "seti",
}
NOBODY: Mapping[str, str | None] = {"id": None, "idempotency_key": None}
Timer = Callable[["Account", str], None]


class Account:
    """Every change goes through `transaction`, which first does what had become due."""

    def __init__(self, store: Store, *, is_live: bool) -> None:
        self.store = store
        self.is_live = is_live
        self.base_url = ""
        self.timers: dict[str, Timer] = {}
        self.on_event: Callable[[Body], None] = lambda _: None
        self.on_commit: Callable[[], None] = lambda: None
        self._request = NOBODY

    def now(self) -> int:
        """Unix seconds of the gateway's clock."""
        return int(self.store.now())

    @contextmanager
    def transaction(self, request: Mapping[str, str | None] = NOBODY) -> Iterator[None]:
        """All or nothing; `request` is told by the events that come of it."""
        with self.store.transaction():
            self._request = NOBODY
            while due := self.store.take_due():
                self.timers[due[0]](self, due[1])
            self._request = request
            yield
        self.on_commit()

    def create(self, kind: str, members: Body) -> Body:
        """A new object; its id is made here."""
        mode = ("_live" if self.is_live else "_test") if kind == "checkout.session" else ""
        body = {
            "id": f"{PREFIXES[kind]}{mode}_{random_text(24)}",
            "object": kind,
            "created": self.now(),
            "livemode": self.is_live,
            **members,
        }
        self.store.put(body)
        return body

    def get(self, kind: str, name: str, *, param: str = "id") -> Body:
        """One object. Raises Refused when there is none of this kind."""
        found = self.store.find(name)
        if found is None or found["object"] != kind or found.get("deleted"):
            raise missing(kind, name, param=param)
        return found

    def change(self, body: Body, **members: object) -> Body:
        """Write some members; returns what they were before, as events tell it."""
        before = {name: body.get(name) for name in members if not name.startswith("_")}
        body.update(members)
        self.store.put(body)
        return before

    def emit(self, kind: str, body: Body, *, previous: Body | None = None) -> None:
        """Record that something happened, with the object as it is now."""
        data: Body = {"object": shown(body)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = self.create(
            "event",
            {
                "api_version": API_VERSION,
                "data": data,
                "pending_webhooks": 1,
                "request": dict(self._request),
                "type": kind,
            },
        )
        self.on_event(event)


def shown(body: Body) -> Body:
    """The object as the outside sees it; members with a leading underscore are the fake's own."""
    return {name: value for name, value in body.items() if not name.startswith("_")}


def random_text(length: int) -> str:
    """Letters and digits nobody can guess."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))
