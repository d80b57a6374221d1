"""The other door of the demo provider: tests ask here what arrived, and tell it to misbehave."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from smmpanel.demo_provider.faults import Fault, FaultQueue, Stage
from smmpanel.demo_provider.protocol import OMITTED, Panel

PREFIX = "/control/"
REMEMBERED_REQUESTS = 20_000


@dataclass(frozen=True)
class Received:
    """One API request exactly as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    fields: Mapping[str, str]


class Control:
    """Faults, the clock and the records of one panel."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.faults = FaultQueue()
        self.received: deque[Received] = deque(maxlen=REMEMBERED_REQUESTS)

    def answer(self, *, method: str, name: str, body: bytes) -> object:
        """Carry out one control call; raises LookupError, TypeError, ValueError for nonsense."""
        if method == "GET":
            return self._read(name)
        self._write(name, json.loads(body or b"{}"))
        return {"ok": True}

    def _read(self, name: str) -> object:
        store = self.panel.store
        if name == "counts":
            return store.counts()
        if name == "orders":
            return [
                {**asdict(order), "report": self.panel.natural_report(order)}
                for order in store.orders()
            ]
        if name == "requests":
            return [asdict(received) for received in list(self.received)]
        raise LookupError(name)

    def _write(self, name: str, options: dict[str, object]) -> None:
        if name == "faults":
            stage = Stage(str(options.pop("stage", Stage.BEFORE)))
            self.faults.add(Fault(stage=stage, **options))  # type: ignore[arg-type]
        elif name == "clock":
            self.panel.store.advance(float(str(options["advance_seconds"])))
        elif name == "reports":
            self._force_report(options)
        elif name == "reset":
            self.faults.clear()
            self.received.clear()
            self.panel.store.reset()
        else:
            raise LookupError(name)

    def _force_report(self, options: Mapping[str, object]) -> None:
        """`raw` is taken verbatim, `fields` change the order's own report, `omit` silences it."""
        order = self.panel.store.order(int(str(options["order"])))
        if order is None:
            raise LookupError("order")
        text = None
        if "raw" in options:
            text = str(options["raw"])
        elif "fields" in options:
            fields = options["fields"]
            if not isinstance(fields, dict):
                raise TypeError("fields")
            text = json.dumps({**self.panel.natural_report(order), **fields})
        elif options.get("omit"):
            text = OMITTED
        self.panel.store.set_report(order.number, text)
