"""Children, their restarts, and what is said about them."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from smmpanel.embedded.child import Child
from smmpanel.embedded.errors import CannotStart
from smmpanel.embedded.runtime import Runtime
from smmpanel.supervisor import stack as stack_module
from smmpanel.supervisor.console import Console
from smmpanel.supervisor.processes import Process
from smmpanel.supervisor.stack import Stack, StackFailed

EXTERNAL = {"DATABASE_URL": "postgresql://elsewhere/x", "REDIS_URL": "redis://elsewhere/0"}


def _process(code: str, **more: Any) -> Process:
    return Process(name="web", command=(sys.executable, "-c", code), **more)


def _watch_for_ever(stack: Stack) -> None:
    while True:
        stack.watch()
        time.sleep(0.005)


def _stack(tmp_path: Path) -> tuple[Stack, io.StringIO]:
    printed = io.StringIO()
    environ = {**os.environ, **EXTERNAL}
    runtime = Runtime(root=tmp_path)
    return Stack(runtime=runtime, environ=environ, console=Console(printed)), printed


def test_a_child_that_ignores_the_request_is_killed() -> None:
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)"
    reading, writing = os.pipe()
    child = Child(
        name="deaf",
        command=[sys.executable, "-c", f"{code}; signal.pause()"],
        environ={},
        output=writing,
    )
    os.read(reading, 1)
    assert child.stop(timeout_seconds=0.2) == -signal.SIGKILL
    os.close(reading)
    os.close(writing)


def test_a_child_that_ends_while_starting_is_reported_with_its_code() -> None:
    child = Child(
        name="short", command=["sh", "-c", "exit 3"], environ={}, output=subprocess.DEVNULL
    )
    with pytest.raises(CannotStart, match="short ended with code 3"):
        child.wait_ready(lambda: False, timeout_seconds=10)


def test_a_child_that_is_never_ready_is_reported() -> None:
    child = Child(name="slow", command=["sleep", "60"], environ={}, output=subprocess.DEVNULL)
    with pytest.raises(CannotStart, match="slow was not ready after"):
        child.wait_ready(lambda: False, timeout_seconds=0.1)
    child.stop()


def test_a_process_is_ready_when_it_says_so(tmp_path: Path) -> None:
    stack, printed = _stack(tmp_path)
    stack.start([_process("import signal; print('at work'); signal.pause()", ready_text="work")])
    assert stack.stop() == {"web": -signal.SIGTERM}
    assert "web      | at work\n" in printed.getvalue()


def test_a_process_that_ends_is_started_again_and_after_some_times_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack_module, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(stack_module, "MOST_RESTARTS", 2)
    stack, printed = _stack(tmp_path)
    starts = tmp_path / "starts"
    # The first lives until it was found to be ready.
    code = f"import os; open({str(starts)!r}, 'a').write('x'); print('up', flush=True)"
    is_awaited = f"while not os.path.exists({str(tmp_path / 'go')!r}): pass"
    stack.start([_process(f"{code}\n{is_awaited}\nexit(7)", ready_text="up")])
    (tmp_path / "go").touch()
    with pytest.raises(StackFailed, match=r"web ended again and again \(code 7\)"):
        _watch_for_ever(stack)
    assert starts.read_text() == "x" * 3
    assert printed.getvalue().count("starting it again") == 2


def test_named_servers_are_not_started(tmp_path: Path) -> None:
    stack, _printed = _stack(tmp_path)
    stack.start_servers()
    assert stack.server_children == []
    assert stack.environ["DATABASE_URL"] == EXTERNAL["DATABASE_URL"]
    assert stack.stop() == {}


def test_the_end_of_a_server_ends_the_stack(tmp_path: Path) -> None:
    stack, _printed = _stack(tmp_path)
    server = Child(name="postgres", command=["true"], environ={}, output=subprocess.DEVNULL)
    server.process.wait()
    stack.server_children = [server]
    with pytest.raises(StackFailed, match="postgres ended with code 0"):
        stack.watch()


def test_colours_are_for_terminals_only() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    plain, coloured = io.StringIO(), Terminal()
    Console(plain).write("web", "line")
    Console(coloured).write("web", "line")
    assert plain.getvalue() == "web      | line\n"
    assert coloured.getvalue().startswith("\x1b[32mweb")


def test_output_that_nobody_reads_any_more_is_noticed() -> None:
    class Closed(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    console = Console(Closed())
    assert not console.has_lost_reader
    console.write("web", "line")
    assert console.has_lost_reader
    assert console.has_said("web", "line")
