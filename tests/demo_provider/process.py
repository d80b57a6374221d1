"""The demo provider in a test, with all that may be done to it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from tests.standing_in import StandIn


class DemoProvider(StandIn):
    """`with DemoProvider(store=tmp_path / "provider.sqlite") as provider:` runs it on loopback."""

    module = "smmpanel.demo_provider"

    def __init__(self, *, store: Path, seconds_per_order: float = 45.0) -> None:
        super().__init__(store=store, key=secrets.token_hex(16))
        self._seconds_per_order = seconds_per_order

    def options(self) -> list[str]:
        return [*super().options(), "--seconds-per-order", str(self._seconds_per_order)]

    @property
    def url(self) -> str:
        """The address a panel would be given."""
        return f"http://127.0.0.1:{self.port}/api/v2"

    def url_as(self, tongue: str) -> str:
        """The address at which it is another kind of provider: see `tongues`."""
        return f"http://127.0.0.1:{self.port}/as/{tongue}/api/v2"

    @property
    def host(self) -> str:
        """host:port, as development hosts are listed."""
        return f"127.0.0.1:{self.port}"

    def fault(
        self,
        kind: str,
        *,
        action: str = "add",
        stage: str = "before",
        count: int = 1,
        seconds: float = 0.0,
        status: int | None = None,
        value: object = None,
        link_contains: str = "",
    ) -> None:
        """Spoil the next `count` calls of `action`; for the kinds see `faults.KINDS`."""
        options = {"kind": kind, "action": action, "stage": stage, "count": count}
        options |= {"seconds": seconds, "status": status, "value": value}
        self.control("POST", "faults", options | {"link_contains": link_contains})

    def advance(self, seconds: float) -> None:
        """Move its clock, and with it every order's life."""
        self.control("POST", "clock", {"advance_seconds": seconds})

    def reset(self) -> None:
        """Forget orders, faults and requests; order numbers keep rising."""
        self.control("POST", "reset", {})

    def orders(self) -> list[dict[str, Any]]:
        """Every order with the report it would give now."""
        return list(self.control("GET", "orders"))

    def counts(self) -> dict[str, int]:
        """Orders per link: the proof that nothing was sent twice."""
        return dict(self.control("GET", "counts"))

    def requests(self) -> list[dict[str, Any]]:
        """Every API request as received: method, path, headers, fields."""
        return list(self.control("GET", "requests"))

    def set_report(self, order: str | int, fields: dict[str, object]) -> None:
        """Change some fields of what an order reports from now on."""
        self.control("POST", "reports", {"order": order, "fields": fields})

    def set_raw_report(self, order: str | int, text: str) -> None:
        """Report this text verbatim, valid JSON or not."""
        self.control("POST", "reports", {"order": order, "raw": text})

    def omit_report(self, order: str | int) -> None:
        """Leave the order out of every status answer."""
        self.control("POST", "reports", {"order": order, "omit": True})

    def clear_report(self, order: str | int) -> None:
        """Let the order speak for itself again."""
        self.control("POST", "reports", {"order": order})
