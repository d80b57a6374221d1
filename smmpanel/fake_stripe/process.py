"""The fake gateway as a real process in a test: started, told, asked, killed."""

import json
import secrets
import selectors
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from smmpanel.fake_stripe import signing
from smmpanel.fake_stripe.remote import Remote
from smmpanel.fake_stripe.store import Body

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 20
STOP_SECONDS = 10
TEST = "test"
LIVE = "live"


class FakeStripe(Remote):
    """`with FakeStripe(store=tmp_path / "stripe.sqlite") as stripe:` runs it on loopback.

    `key`, `webhook_secret` and `url` are for the SDK; the rest is in `Remote`.
    """

    def __init__(self, *, store: Path, webhook_url: str = "", mode: str = TEST) -> None:
        self.key = f"sk_{mode}_{secrets.token_hex(16)}"
        self.webhook_secret = f"whsec_{secrets.token_hex(16)}"
        self.port = 0
        self._mode = mode
        self._store = store
        self._webhook_url = webhook_url
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The API's base address."""
        return f"http://127.0.0.1:{self.port}"

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
        options += ["--webhook-secret", self.webhook_secret, "--webhook-url", self._webhook_url]
        if self._mode == LIVE:
            options.append("--live")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "smmpanel.fake_stripe", *options],
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

    def deliver_to(self, url: str) -> None:
        """Send events to this address from now on; nowhere when it is empty."""
        self._webhook_url = url
        self._tell("webhook_url", url=url)

    def signed(
        self, event: Body, *, age_seconds: int = 0, secret: str | None = None
    ) -> tuple[bytes, str]:
        """The body and the Stripe-Signature of an event, to be posted by the test itself.

        A negative age is a signature from the future; another secret makes a forgery.
        """
        chosen = self.webhook_secret if secret is None else secret
        body = json.dumps(event, indent=2).encode()
        at = int(time.time()) - age_seconds
        return body, signing.header(body, secret=chosen, at=at)

    def _first_line(self) -> bytes:
        stdout = self._running().stdout
        if stdout is None:
            raise RuntimeError("started without a pipe")
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            line = stdout.readline() if selector.select(START_SECONDS) else b""
        if not line:
            self.kill()
            raise RuntimeError(f"the fake gateway did not start within {START_SECONDS} s")
        return line

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the fake gateway is not running")
        return self._process

    def _forget(self) -> None:
        process = self._running()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self._process = None
