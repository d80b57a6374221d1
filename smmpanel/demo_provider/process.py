"""The demo provider as a real process in a test: started, told, asked, killed."""

import http.client
import json
import secrets
import selectors
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from smmpanel.demo_provider.server import CONTROL_HEADER

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 20
STOP_SECONDS = 10


class DemoProvider:
    """`with DemoProvider(store=tmp_path / "provider.sqlite") as provider:` runs it on loopback."""

    def __init__(self, *, store: Path, seconds_per_order: float = 45.0) -> None:
        self.key = secrets.token_hex(16)
        self.port = 0
        self._store = store
        self._seconds_per_order = seconds_per_order
        self._process: subprocess.Popen[bytes] | None = None

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

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait for its word that it accepts; the first port is kept for ever."""
        options = ["--port", str(self.port), "--store", str(self._store), "--key", self.key]
        options += ["--seconds-per-order", str(self._seconds_per_order)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "smmpanel.demo_provider", *options],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
        )
        self.port = int(json.loads(self._first_line())["port"])

    def stop(self) -> None:
        """Ask it to end; a process that will not is killed."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._forget()

    def kill(self) -> None:
        """SIGKILL: connections break, the store stays as it was last written."""
        if self._process is not None:
            self._process.kill()
            self._forget()

    def restart(self) -> None:
        """Kill it if it runs, then start it again at the same address with the same store."""
        self.kill()
        self.start()

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
        self._control("POST", "faults", options | {"link_contains": link_contains})

    def advance(self, seconds: float) -> None:
        """Move its clock, and with it every order's life."""
        self._control("POST", "clock", {"advance_seconds": seconds})

    def reset(self) -> None:
        """Forget orders, faults and requests; order numbers keep rising."""
        self._control("POST", "reset", {})

    def orders(self) -> list[dict[str, Any]]:
        """Every order with the report it would give now."""
        return list(self._control("GET", "orders"))

    def counts(self) -> dict[str, int]:
        """Orders per link: the proof that nothing was sent twice."""
        return dict(self._control("GET", "counts"))

    def requests(self) -> list[dict[str, Any]]:
        """Every API request as received: method, path, headers, fields."""
        return list(self._control("GET", "requests"))

    def set_report(self, order: str | int, fields: dict[str, object]) -> None:
        """Change some fields of what an order reports from now on."""
        self._control("POST", "reports", {"order": order, "fields": fields})

    def set_raw_report(self, order: str | int, text: str) -> None:
        """Report this text verbatim, valid JSON or not."""
        self._control("POST", "reports", {"order": order, "raw": text})

    def omit_report(self, order: str | int) -> None:
        """Leave the order out of every status answer."""
        self._control("POST", "reports", {"order": order, "omit": True})

    def clear_report(self, order: str | int) -> None:
        """Let the order speak for itself again."""
        self._control("POST", "reports", {"order": order})

    def _first_line(self) -> bytes:
        process = self._running()
        stdout = process.stdout
        if stdout is None:
            raise RuntimeError("started without a pipe")
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            line = stdout.readline() if selector.select(START_SECONDS) else b""
        if not line:
            self.kill()
            raise RuntimeError(f"the demo provider did not start within {START_SECONDS} s")
        return line

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the demo provider is not running")
        return self._process

    def _forget(self) -> None:
        process = self._running()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self._process = None

    def _control(self, method: str, name: str, options: dict[str, object] | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            body = None if options is None else json.dumps(options)
            headers = {CONTROL_HEADER: self.key}
            connection.request(method, f"/control/{name}", body=body, headers=headers)
            response = connection.getresponse()
            answer = json.loads(response.read() or b"{}")
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(f"{name}: {response.status} {answer}")
        return answer
