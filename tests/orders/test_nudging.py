"""The thread that nudges workers is each process's own, whenever that was forked."""

from __future__ import annotations

import subprocess
import sys

from smmpanel.embedded.runtime import PROJECT

# Forks while the lock is held, as another thread of a web server might hold it.
PROGRAM = """
import os, signal, sys
BEFORE
from orders.nudging import _Sender
parents = _Sender.of_this_process()
with _Sender._making:
    child = os.fork()
    if not child:
        signal.alarm(20)
        if _Sender._making.locked():
            os._exit(1)
        own = _Sender.of_this_process()
        os._exit(0 if own is not parents and own.is_alive() else 2)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def ends(*, before: str = "") -> int:
    program = PROGRAM.replace("BEFORE", before)
    return subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=False).returncode


def test_a_child_has_a_thread_of_its_own_whatever_was_locked() -> None:
    assert ends() == 0


def test_a_child_that_forgot_nothing_would_wait_for_ever() -> None:
    assert ends(before="os.register_at_fork = lambda **_acts: None") == 1
