"""The servers of one run: an own PostgreSQL that commits to the disk, and an own Valkey."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from smmpanel.embedded.account import server_home
from smmpanel.embedded.postgres import EmbeddedPostgres
from smmpanel.embedded.valkey import EmbeddedValkey, free_port

_PASSWORD = "of-one-bench-run"  # a loopback server that lives for minutes
# As docker-compose.yml has it; and a web server of two processes, whose threads may all hold a
# connection.
_SETTINGS = {"max_connections": "300", "shared_buffers": "512MB"}


@contextmanager
def running() -> Iterator[None]:
    """Settings in the environment lead to them; they and their data are gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="panel-bench-"))
    home.chmod(0o711)
    with ExitStack() as stack, (home / "servers.log").open("wb") as log:
        stack.callback(shutil.rmtree, server_home(home), ignore_errors=True)
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        postgres = EmbeddedPostgres(home=home, settings=_SETTINGS)
        stack.callback(postgres.stop)
        postgres.start(output=log)
        valkey = EmbeddedValkey(home=home, port=free_port(), password=_PASSWORD)
        stack.callback(valkey.stop)
        valkey.start(output=log)
        os.environ.update(
            DJANGO_SETTINGS_MODULE="tests.settings",
            DATABASE_URL=postgres.url,
            REDIS_URL=f"redis://:{_PASSWORD}@127.0.0.1:{valkey.port}/0",
        )
        yield
