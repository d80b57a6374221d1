"""What the documentation shows is run as it is shown: in a shell, in Python and in PHP."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests

from orders.api.actions import OFFERED
from orders.api.examples import KEY_SAMPLE
from orders.api.parameters import ORDER, REFILL
from tests.orders.api.outside import Outside

LINK = "https://example.com/{}"


@dataclass
class Reader:
    """Reads the page and puts real numbers in the place of its samples."""

    outside: Outside
    page: str
    running: int
    ended: Iterator[int]
    refill: int

    def shown(self, kind: str) -> list[str]:
        texts = re.findall(rf'<pre data-example="{kind}"[^>]*>(.*?)</pre>', self.page, re.DOTALL)
        return [unescape(text) for text in texts]

    def typed(self, kind: str) -> list[str]:
        ended = next(self.ended)
        return [self._real(text, ended=ended) for text in self.shown(kind)]

    def _real(self, text: str, *, ended: int) -> str:
        is_refill = re.search(r"""action=refill\b(?!_)|["']refill["']""", text)
        order = str(ended if is_refill else self.running)
        real = text.replace(KEY_SAMPLE, self.outside.key).replace(ORDER.sample, order)
        return real.replace(REFILL.sample, str(self.refill))


@pytest.fixture(scope="module")
def reader(outside: Outside) -> Reader:
    page = requests.get(f"{outside.house.url}/api/docs/", timeout=30)
    services = ask(outside, action="services")
    refills = next(one["service"] for one in services if one["refill"] and one["type"] == "Default")
    cancels = next(one["service"] for one in services if one["cancel"] and one["type"] == "Default")
    wanted = [
        {"service": refills, "link": LINK.format(f"docs-{n}"), "quantity": 1000} for n in range(4)
    ]
    wanted.append({"service": cancels, "link": LINK.format("docs-5"), "quantity": 1000})
    *ended, running = [
        one["order"] for one in ask(outside, action="mass", orders=json.dumps(wanted))
    ]
    outside.let_pass(ended)
    refill = int(ask(outside, action="refill", order=ended.pop())["refill"])
    return Reader(outside, page.text, running, iter(ended), refill)


def ask(outside: Outside, **fields: Any) -> Any:
    return requests.post(outside.url, {"key": outside.key, **fields}, timeout=30).json()


def run(program: list[str], text: str) -> str:
    """What it prints; what goes wrong is in the failure."""
    ended = subprocess.run(program, input=text, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return ended.stdout


def test_the_commands_for_a_shell_run(reader: Reader) -> None:
    commands = reader.typed("curl")
    assert len(commands) == len(OFFERED)
    printed = run(["bash", "-e"], "\n".join(f"{one} -sS; echo" for one in commands))
    for action, line in zip(OFFERED, printed.strip().splitlines(), strict=True):
        answer = json.loads(line)
        assert "error" not in answer, (action.name, answer)
        assert isinstance(answer, type(action.sample)), action.name


def test_the_python_runs(reader: Reader) -> None:
    before, *calls = reader.typed("python")
    assert len(calls) == len(OFFERED)
    printed = run([sys.executable, "-I", "-"], "\n".join([before, *calls]))
    assert len(printed.strip().splitlines()) == len(OFFERED)


def test_the_php_runs(reader: Reader) -> None:
    before, *calls = reader.typed("php")
    assert len(calls) == len(OFFERED)
    printed = run(["php"], "\n".join([before, *calls]))
    assert printed.count("Array\n(\n") >= len(OFFERED)
    assert "[balance] => " in printed


def test_an_error_is_told_with_its_code(reader: Reader) -> None:
    before = reader.shown("python")[0]
    ended = subprocess.run(
        [sys.executable, "-I", "-c", before + 'call("balance")'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Invalid API key (invalid_api_key)" in ended.stderr


def test_the_wordpress_plugin_orders_from_the_server_alone(
    outside: Outside, tmp_path: Path
) -> None:
    """WLB-02."""
    served = requests.get(f"{outside.house.url}/api/docs/panel-orders.php", timeout=30)
    plugin = tmp_path / "panel-orders.php"
    plugin.write_bytes(served.content)
    shutil.copy(Path(__file__).with_name("wordpress_stub.php"), tmp_path)
    environ = {"PANEL_URL": outside.url, "PANEL_KEY": outside.key, "PATH": "/usr/bin"}
    ended = subprocess.run(
        ["php", "wordpress_stub.php"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout
    pages = ended.stdout.split("=====\n")
    assert [bool(re.search(r"Order \d+: Pending", page)) for page in pages] == [False, True, False]
    assert "&lt;b&gt;" in pages[2]
    assert outside.key not in ended.stdout
