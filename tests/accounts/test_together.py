"""The clerk is each process's own, and so are those who wait for it."""

from __future__ import annotations

import subprocess
import sys

from smmpanel.embedded.runtime import PROJECT

# Forks while the clerk is busy with one, another waits, and the lock is held.
PROGRAM = """
import os, signal, sys, threading, time
import django
BEFORE
django.setup()
from accounts.together import Together
here, is_busy, is_free = os.getpid(), threading.Event(), threading.Event()

def ask(numbers):
    if os.getpid() == here:
        is_busy.set()
        is_free.wait()
    return [len(numbers)] * len(numbers)

together = Together(ask)
for number in (1, 2):
    threading.Thread(target=together.go, args=[number], kwargs={"alone": int}).start()
    is_busy.wait()
while not together._waiting.qsize():
    time.sleep(0.01)
with together._making:
    child = os.fork()
    if not child:
        signal.alarm(LIMIT)
        together._making.locked() and MENDED
        os._exit(together.go(3, alone=int))
is_free.set()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
NOTHING, FREE_THE_LOCK = "None", "together._making.release()"
FORGETS_NOTHING = "os.register_at_fork = lambda **_acts: None"


def asked_for_together(*, before: str = "", mended: str = NOTHING) -> int:
    """How many a child asked for when one came; below zero when it was stopped."""
    program = PROGRAM.replace("BEFORE", before).replace("MENDED", mended).replace("LIMIT", "20")
    return subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=False).returncode


def test_a_child_asks_for_nobody_who_waits_in_its_parent() -> None:
    assert asked_for_together() == 1


def test_a_child_that_forgot_nothing_would_ask_for_him_once_more() -> None:
    assert asked_for_together(before=FORGETS_NOTHING, mended=FREE_THE_LOCK) == 2
