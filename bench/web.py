"""The web server that is measured: granian as docker-compose.yml starts it, with the settings of
production."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smmpanel.embedded.child import Child
from smmpanel.embedded.runtime import PROJECT
from smmpanel.embedded.valkey import free_port
from smmpanel.supervisor import processes

# Behind a proxy that ends TLS and says where a call came from, as in docs/deploy.md.
_PRODUCTION = {"DEMO": "0", "BEHIND_PROXY": "1", "TRUSTED_PROXY_COUNT": "1"}
# As docker-compose.yml has it.
_WORKERS = 2
HEADERS = "X-Forwarded-Proto: https\r\nX-Forwarded-For: {address}"


@contextmanager
def panel(*, log: Path) -> Iterator[int]:
    """The whole panel with the twins of bench.naive; gives its port."""
    port = free_port()
    limits = {"API_RATE_PER_MINUTE": "1000000000"}
    environ = os.environ | _PRODUCTION | limits | {"DJANGO_SETTINGS_MODULE": "bench.served"}
    with log.open("ab") as output:
        web = Child(
            name="web",
            command=processes.web(port=port, workers=_WORKERS).command,
            environ=environ,
            output=output,
            cwd=PROJECT,
        )
        try:
            web.wait_ready(lambda: _answers(port, "/healthz"), timeout_seconds=30)
            yield port
        finally:
            web.stop(timeout_seconds=10)


def _answers(port: int, path: str) -> bool:
    asked = ["curl", "-sf", "-o", "/dev/null", f"http://127.0.0.1:{port}{path}"]
    return subprocess.run(asked, check=False).returncode == 0  # noqa: S603
