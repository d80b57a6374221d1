"""The other door: tests say here what people, banks and issuers do, and what goes wrong."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from smmpanel.fake_stripe.account import Account, shown
from smmpanel.fake_stripe.acts import ACTS, Options
from smmpanel.fake_stripe.courier import Courier
from smmpanel.fake_stripe.faults import Fault, FaultQueue, Kind, Stage
from smmpanel.fake_stripe.rules import Manner, Rule

PREFIX = "/control/"
REMEMBERED_REQUESTS = 20_000


@dataclass(frozen=True)
class Received:
    """One API request as it came in, and the status of its answer (0: none was given)."""

    method: str
    path: str
    idempotency_key: str
    body: str
    status: int


class Control:
    """Every act by its name; each raises LookupError, TypeError or ValueError for nonsense."""

    def __init__(self, account: Account, courier: Courier) -> None:
        self.faults = FaultQueue()
        self.received: deque[Received] = deque(maxlen=REMEMBERED_REQUESTS)
        self._account = account
        self._courier = courier
        switches: list[Callable[[Options], object]] = [
            self._clock,
            self._hold,
            self._release,
            self._resend,
            self._reset,
            self._settle,
            self._webhook_rules,
            self._webhook_url,
            self._faults,
        ]
        self._switches = {switch.__name__.removeprefix("_"): switch for switch in switches}

    def answer(self, *, method: str, name: str, body: bytes) -> object:
        """Carry out one control call."""
        if method == "GET":
            return self._read(name)
        options = json.loads(body or b"{}")
        if name in ACTS:
            with self._account.transaction():
                return ACTS[name](self._account, options)
        return self._switches[name](options)

    def _read(self, name: str) -> object:
        store = self._account.store
        if name == "deliveries":
            return self._courier.postbox.all()
        if name == "requests":
            return [asdict(received) for received in list(self.received)]
        if name.startswith("objects/"):
            found = store.newest_first(name.removeprefix("objects/"))
            return [shown(body) for body in reversed(found)]
        raise LookupError(name)

    def _faults(self, options: Options) -> None:
        kind, stage = Kind(options.pop("kind")), Stage(options.pop("stage", Stage.BEFORE))
        self.faults.add(Fault(kind=kind, stage=stage, **options))

    def _clock(self, options: Options) -> None:
        store = self._account.store
        seconds = float(options["advance_seconds"])
        with store.transaction():
            store.remember("advanced_seconds", store.setting("advanced_seconds", 0.0) + seconds)
        with self._account.transaction():
            pass  # lets due timers run before this call is answered

    def _hold(self, _: Options) -> None:
        self._courier.postbox.hold()

    def _release(self, options: Options) -> object:
        with self._account.transaction():
            released = self._courier.postbox.release(
                order=options.get("order", "as_is"),
                seed=int(options.get("seed", 0)),
                event_type=options.get("event_type", "*"),
            )
        return {"released": released}

    def _resend(self, options: Options) -> None:
        with self._account.transaction():
            self._courier.postbox.resend(self._account.get("event", options["event"]))

    def _settle(self, options: Options) -> object:
        return {"is_settled": self._courier.settle(seconds=float(options.get("seconds", 20)))}

    def _webhook_rules(self, options: Options) -> None:
        self._courier.postbox.rules.add(Rule(manner=Manner(options.pop("manner")), **options))

    def _webhook_url(self, options: Options) -> None:
        self._courier.url = str(options["url"])

    def _reset(self, _: Options) -> None:
        self.faults.clear()
        self.received.clear()
        self._courier.postbox.rules.clear()
        with self._account.store.transaction():
            self._account.store.reset()


def refusal(error: Exception) -> Mapping[str, str]:
    """What a control call that was nonsense is answered."""
    return {"error": str(error)}
