"""A process that has everything of the panel in memory and begets workers when it is asked to: each
is there in a moment, where one that begins with nothing loads Django and Celery for seconds.

Run as `python -m tests.nursery` by `tests.processes.nursery`, which writes a line of JSON for each
wish and reads a number: the arguments of a `celery` command beget a process, its number ends it.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import django
from celery.__main__ import main as celery

from smmpanel.celery import app
from smmpanel.embedded.child import follow_parent


def main() -> None:
    follow_parent(signal.SIGKILL)
    django.setup()
    app.loader.import_default_modules()
    for line in sys.stdin:
        wish = json.loads(line)
        number = _begot(wish) if isinstance(wish, list) else _ended(wish)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def _begot(arguments: list[str]) -> int:
    number = os.fork()
    if number == 0:
        follow_parent(signal.SIGKILL)
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        sys.argv = ["celery", *arguments]
        celery()
    return number


def _ended(number: int) -> int:
    """Killed, not asked."""
    os.kill(number, signal.SIGKILL)
    return os.waitpid(number, 0)[0]


if __name__ == "__main__":
    main()
