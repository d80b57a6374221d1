"""`make up` as a newcomer meets it: a busy port, a second start, Ctrl-C, and a kill -9."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest

from smmpanel.embedded.runtime import PROJECT, read_env
from smmpanel.embedded.valkey import HOST
from smmpanel.supervisor.ports import is_free
from tests.infra.people import bare_environ, processes_of, remove_data

PATIENCE_SECONDS = 240
# The goal on an idle machine is 10 s; a loaded one is slower.
SECOND_START_SECONDS = 30
ORDER = ["beat", "web", "worker", "provider", "stripe", "valkey", "postgres"]


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@dataclass
class Supervisor:
    """A running `python -m smmpanel.supervisor`, and every line it printed."""

    environ: dict[str, str]
    lines: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "smmpanel.supervisor"],
            cwd=PROJECT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()

    def wait_ready(self) -> None:
        wait_until(lambda: "runs at" in self.text or self.process.poll() is not None)
        assert "runs at" in self.text, self.text

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_SECONDS)
        self.reader.join(PATIENCE_SECONDS)
        return code

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(iter(self.process.stdout.readline, ""))


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    var = tmp_path_factory.mktemp("up") / "var"
    yield var
    remove_data(var)


@pytest.fixture(scope="module")
def busy_port() -> Iterator[int]:
    """Below the ports that the system hands out: nobody takes the next ones meanwhile."""
    with socket.socket() as server:
        server.bind((HOST, next(filter(is_free, range(20_000 + os.getpid() % 10_000, 32_000)))))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def up(var: Path, busy_port: int) -> Iterator[Supervisor]:
    supervisor = Supervisor(environ=bare_environ(var, PORT=str(busy_port)))
    supervisor.start()
    supervisor.wait_ready()
    yield supervisor
    if supervisor.process.poll() is None:
        supervisor.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def stopped(up: Supervisor) -> Supervisor:
    """The same after Ctrl-C; the tests that look at it running come before."""
    assert up.end(signal.SIGINT) == 0, up.text
    return up


@pytest.fixture
def site(var: Path) -> str:
    return read_env(var / "run.env")["SITE_URL"]


def _manage(environ: dict[str, str], *arguments: str) -> str:
    answer = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_a_busy_port_is_said_and_the_next_one_used(
    up: Supervisor, busy_port: int, site: str
) -> None:
    assert f"port {busy_port} is taken by another program" in up.text
    assert not site.endswith(f":{busy_port}")
    assert f"The panel runs at  {site} " in up.text


def test_it_answers_and_logs_no_query_string(up: Supervisor, site: str) -> None:
    asking = http.client.HTTPConnection(site.removeprefix("http://"), timeout=10)
    asking.request("GET", "/healthz?key=of-a-customer")
    assert asking.getresponse().status == 200
    asking.close()
    wait_until(lambda: up.text.count("GET /healthz 200") > 1)
    assert "of-a-customer" not in up.text


def test_commands_in_another_shell_work_on_its_data(up: Supervisor, site: str) -> None:
    log_ins = json.loads(_manage(up.environ, "demo_credentials", "--json"))
    assert log_ins["url"] == site
    assert log_ins["customer"]["email"] in up.text
    assert log_ins["operator"]["password"] in up.text
    assert json.loads(_manage(up.environ, "verify_ledger", "--json"))["ok"] is True


def test_secrets_are_private_and_never_printed(up: Supervisor, var: Path) -> None:
    for name in ("panel.env", "run.env"):
        assert (var / name).stat().st_mode & 0o777 == 0o600
    secrets = {key: value for key, value in read_env(var / "panel.env").items() if key != "DEMO"}
    assert [key for key, value in secrets.items() if value in up.text] == []


def test_a_second_one_says_where_the_first_runs(up: Supervisor, site: str) -> None:
    second = Supervisor(environ=up.environ)
    second.start()
    assert second.process.wait(PATIENCE_SECONDS) == 1
    second.reader.join(PATIENCE_SECONDS)
    assert f"already running at {site}" in second.text


def test_ctrl_c_stops_everything_in_order(stopped: Supervisor, var: Path) -> None:
    stops = re.findall(r"^panel +\| (\w+) stopped \(code 0\)$", stopped.text, re.MULTILINE)
    assert stops == ORDER
    assert processes_of(str(var)) == set()
    assert not (var / "run.env").exists()


def test_commands_find_the_data_when_nothing_runs(stopped: Supervisor, var: Path) -> None:
    log_ins = json.loads(_manage(stopped.environ, "demo_credentials", "--json"))
    assert log_ins["customer"]["email"] in stopped.text
    assert processes_of(str(var)) == set()


def test_a_second_start_is_quick_and_a_killed_run_leaves_nothing_in_the_way(
    stopped: Supervisor, var: Path
) -> None:
    again = Supervisor(environ=stopped.environ)
    again.start()
    again.wait_ready()
    seconds = re.search(r"ready in ([\d.]+) s", again.text)
    assert seconds
    assert float(seconds[1]) < SECOND_START_SECONDS
    assert "Applying" not in again.text
    again.end(signal.SIGKILL)
    wait_until(lambda: processes_of(str(var)) == set())
    assert json.loads(_manage(stopped.environ, "verify_ledger", "--json"))["ok"] is True
