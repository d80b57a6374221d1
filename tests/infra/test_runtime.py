"""The runtime directory, and the ports of one run."""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import environ as django_environ
import pytest

from smmpanel.embedded.errors import CannotStart
from smmpanel.embedded.runtime import Runtime, new_installation, read_env, write_env
from smmpanel.embedded.valkey import HOST
from smmpanel.supervisor.addresses import choose_addresses
from smmpanel.supervisor.ports import parse_port


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    runtime = Runtime(root=tmp_path / "var")
    runtime.prepare()
    return runtime


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_secrets_are_made_once_and_private(runtime: Runtime) -> None:
    assert runtime.install()
    secrets = read_env(runtime.panel_env)
    assert runtime.panel_env.stat().st_mode & 0o777 == 0o600
    assert not runtime.install()
    assert read_env(runtime.panel_env) == secrets


def test_of_two_commands_at_once_one_makes_the_secrets(runtime: Runtime) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _number: runtime.install(), range(8)))
    assert made.count(True) == 1
    assert read_env(runtime.panel_env)["SECRET_KEY"]
    assert [path.name for path in runtime.root.glob("panel.env*")] == ["panel.env"]


def test_two_installations_share_no_secret() -> None:
    first, second = new_installation(), new_installation()
    same = {name for name in first if first[name] == second[name]}
    assert same == {"DEMO"}


def test_settings_read_the_file_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = new_installation() | {"DATABASE_URL": "postgresql://app@/panel?host=/tmp/x"}
    for name in values:
        monkeypatch.delenv(name, raising=False)
    write_env(tmp_path / "panel.env", values)
    django_environ.Env.read_env(tmp_path / "panel.env")
    assert {name: django_environ.Env().str(name) for name in values} == values


def test_the_real_environment_wins_over_both_files(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_env(runtime.panel_env, {"A": "panel", "B": "panel", "C": "panel"})
    write_env(runtime.run_env, {"B": "run", "C": "run"})
    monkeypatch.setenv("C", "real")
    environ = runtime.environ()
    assert [environ[name] for name in "ABC"] == ["panel", "run", "real"]


def test_addresses_left_by_a_killed_run_are_forgotten(runtime: Runtime) -> None:
    write_env(runtime.run_env, {"DATABASE_URL": "postgresql://gone/x"})
    with runtime.locked_or_running(timeout_seconds=0) as is_ours:
        assert is_ours
        assert not runtime.run_env.exists()


def test_a_second_run_sees_the_first(runtime: Runtime) -> None:
    with runtime.locked() as is_first:
        write_env(runtime.run_env, {"SITE_URL": "http://here"})
        with runtime.locked_or_running(timeout_seconds=0) as is_second:
            assert (is_first, is_second) == (True, False)
        assert runtime.run_env.exists()


def test_beside_a_single_command_one_waits_and_is_told_why(runtime: Runtime) -> None:
    with (
        runtime.locked(),
        pytest.raises(CannotStart, match="Another command"),
        runtime.locked_or_running(timeout_seconds=0.1),
    ):
        pytest.fail("two commands would share servers that one of them stops")


def test_another_users_directory_is_said_to_be_one(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: runtime.root.stat().st_uid + 1)
    with pytest.raises(CannotStart, match="belongs to another user"):
        runtime.prepare()


def test_a_taken_port_is_said_and_the_next_free_one_used(busy_port: int) -> None:
    said: list[str] = []
    addresses = choose_addresses({"PORT": str(busy_port)}, say=said.append)
    assert addresses.port > busy_port
    assert addresses.site_url == f"http://127.0.0.1:{addresses.port}"
    assert str(busy_port) in said[0]
    assert str(addresses.port) in said[0]


def test_a_free_port_is_taken_without_a_word() -> None:
    said: list[str] = []
    addresses = choose_addresses({"PORT": "28765", "DEMO": "1"}, say=said.append)
    assert (addresses.port, said) == (28765, [])
    assert addresses.environ["PROVIDER_DEV_HOSTS"] == f"127.0.0.1:{addresses.provider_port}"


def test_outside_a_demonstration_there_is_no_demo_provider() -> None:
    addresses = choose_addresses({"PORT": "28765", "DEMO": "0"}, say=print)
    assert addresses.provider_port is None
    assert set(addresses.environ) == {"SITE_URL"}


@pytest.mark.parametrize("text", ["0", "65536", "-1", "80a", "８０００", "1e3", " ", "8000 "])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(CannotStart, match="is not a port"):
        parse_port(text)
