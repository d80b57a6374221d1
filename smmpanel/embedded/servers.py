"""The embedded servers an environment lacks: what DATABASE_URL or REDIS_URL names is left alone."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from smmpanel.embedded.child import Child
from smmpanel.embedded.errors import CannotStart
from smmpanel.embedded.postgres import EmbeddedPostgres
from smmpanel.embedded.runtime import Runtime
from smmpanel.embedded.valkey import EmbeddedValkey

# By the name of a process: where its output goes. The caller closes the stream after the start.
OpenOutput = Callable[[str], IO[bytes]]


class Servers:
    """PostgreSQL and Valkey with data kept in `runtime`, each only if `environ` has no address."""

    def __init__(self, *, runtime: Runtime, environ: Mapping[str, str]) -> None:
        self.valkey = (
            None if environ.get("REDIS_URL") else EmbeddedValkey(home=runtime.root / "valkey")
        )
        self.postgres = None if environ.get("DATABASE_URL") else EmbeddedPostgres(home=runtime.root)

    @property
    def urls(self) -> dict[str, str]:
        """The environment names of the servers that are embedded here."""
        urls = {}
        if self.postgres:
            urls["DATABASE_URL"] = self.postgres.url
        if self.valkey:
            urls["REDIS_URL"] = self.valkey.url
        return urls

    def start(self, open_output: OpenOutput) -> list[Child]:
        """Returns the children in the order they started."""
        children = []
        if self.postgres:
            with open_output("postgres") as output:
                children.append(self.postgres.start(output=output))
        if self.valkey:
            with open_output("valkey") as output:
                children.append(self.valkey.start(output=output))
        return children

    def stop(self) -> dict[str, int]:
        """Exit codes by name, in the order of stopping."""
        codes = {}
        if self.valkey:
            codes["valkey"] = self.valkey.stop()
        if self.postgres:
            codes["postgres"] = self.postgres.stop()
        return codes


@contextmanager
def servers_for_a_command(runtime: Runtime) -> Iterator[dict[str, str]]:
    """The environment names a single command lacks: of a running `make up`, else of own servers.

    Own servers live exactly as long as the command. Raises CannotStart.
    """
    with runtime.locked_or_running(timeout_seconds=60) as is_ours:
        if is_ours:
            with _own_servers(runtime) as urls:
                yield urls
            return
        environ = runtime.environ()
        missing = {"DATABASE_URL", "REDIS_URL"} - {name for name, value in environ.items() if value}
        if missing:
            raise CannotStart(
                f"`make up` runs with its own {' and '.join(sorted(missing))}; set the same here."
            )
        yield {}


@contextmanager
def _own_servers(runtime: Runtime) -> Iterator[dict[str, str]]:
    servers = Servers(runtime=runtime, environ=runtime.environ())

    def log_file(name: str) -> IO[bytes]:
        return (runtime.logs / f"{name}.log").open("wb")

    try:
        servers.start(log_file)
        yield servers.urls
    except CannotStart:
        for log in sorted(runtime.logs.glob("*.log")):
            sys.stderr.write(log.read_text(errors="replace"))
        raise
    finally:
        servers.stop()
