"""What runs: the command of each process and the sign that it is ready.

docker-compose.yml starts the same programs; tests/infra holds the two together.
"""

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from smmpanel.embedded.valkey import HOST

# Its advice against root is about unpickling, and we take JSON only; its banner is in the way.
CALM = ("-W", "ignore:You're running the worker with superuser")
CELERY = (sys.executable, *CALM, "-m", "celery", "--quiet", "-A", "smmpanel.celery")
# No query string: customers' API keys may come there.
# Days in earnest; in the demonstration long enough to see that a top-up waits.
BANK_SECONDS = 30
WEB_THREADS = "32"
ACCESS_LOG = "%(addr)s %(method)s %(path)s %(status)d %(dt_ms).1f ms"


@dataclass(frozen=True)
class Process:
    """`ready_text` appears in its output, or `ready_url` answers 200, once it does its work.

    A process with neither is not waited for.
    """

    name: str
    command: tuple[str, ...]
    ready_text: str = ""
    ready_url: str = ""
    orphan_signal: signal.Signals = signal.SIGTERM


def web(*, port: int, workers: int = 1) -> Process:
    """Django behind granian. So many threads because orders that come together wait together for
    one commit (docs/hot-path.md); each holds a connection to the database."""
    options = ("--interface", "wsgi", "--no-ws", "--host", HOST, "--port", str(port))
    threads = (
        "--workers",
        str(workers),
        "--blocking-threads",
        WEB_THREADS,
        "--respawn-failed-workers",
    )
    log = ("--access-log", "--access-log-fmt", ACCESS_LOG)
    return Process(
        name="web",
        command=(
            *(sys.executable, "-m", "granian", *options, *threads, *log),
            "smmpanel.wsgi:application",
        ),
        ready_url=f"http://{HOST}:{port}/healthz",
        # Asked to stop while its output leads nowhere, it now and then waits for itself for ever;
        # its worker follows it (smmpanel.wsgi).
        orphan_signal=signal.SIGKILL,
    )


def worker() -> Process:
    """Celery's threads: a task waits for the network most of its time."""
    pool = ("-P", "threads", "-c", "16", "--without-gossip", "--without-mingle")
    return Process(
        name="worker",
        command=(*CELERY, "worker", *pool, "-l", "INFO"),
        ready_text=" ready.",
    )


def beat(*, schedule: Path) -> Process:
    """Exactly one: two would sweep twice as often. It has nothing to say when it is ready."""
    return Process(
        name="beat",
        command=(*CELERY, "beat", "-l", "INFO", "-s", str(schedule), "--pidfile="),
    )


def demo_provider(*, port: int, store: Path, key: str) -> Process:
    """The upstream server of the demonstration."""
    options = ("--port", str(port), "--store", str(store), "--key", key)
    return Process(
        name="provider",
        command=(sys.executable, "-m", "smmpanel.demo_provider", *options),
        ready_text='"port"',
    )


def fake_stripe(
    *, port: int, store: Path, key: str, webhook_url: str, webhook_secret: str
) -> Process:
    """The payment processor of the demonstration: no money moves."""
    options = ("--port", str(port), "--store", str(store), "--key", key)
    notices = ("--webhook-url", webhook_url, "--webhook-secret", webhook_secret)
    bank = ("--bank-seconds", str(BANK_SECONDS))
    return Process(
        name="stripe",
        command=(sys.executable, "-m", "smmpanel.fake_stripe", *options, *notices, *bank),
        ready_text='"port"',
    )
