"""How the processes of a parallel run share the tests out."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from smmpanel.embedded.runtime import PROJECT
from tests.sharing import LOTS, FilesAndLots, lot_of

HOUSE, WALKS, PROCESSES, FEW = LOTS
LONG = [f"tests/wallet/test_long.py::test_{number}" for number in range(9)]
COLLECTED = [
    "tests/e2e/test_news.py::test_one[a@b]",
    "tests/infra/test_house.py::test_two",
    *LONG,
    "tests/wallet/withdrawals/test_kill.py::test_three",
]


CONFIG: Any = SimpleNamespace(
    getvalue={"tx": ["popen", "popen"]}.get, option=SimpleNamespace(loadscopereorder=True)
)


class Worker:
    """As much of a worker as a scheduler talks to."""

    shutting_down = False
    gateway = SimpleNamespace(id="gw")

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.sent += [COLLECTED[number] for number in numbers]

    def shutdown(self) -> None:
        self.shutting_down = True


def begun(scheduling: type[LoadFileScheduling]) -> list[list[str]]:
    """What each of two workers is told to do at first."""
    scheduler: Any = scheduling(CONFIG)
    workers = [Worker(), Worker()]
    for worker in workers:
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, COLLECTED)
    scheduler.schedule()
    return [worker.sent for worker in workers]


def test_lots_begin_first_and_stay_in_one_process() -> None:
    first, second = begun(FilesAndLots)
    assert first[:2] == COLLECTED[:2]
    assert second[:1] == COLLECTED[-1:]


def test_without_lots_the_longest_file_is_first() -> None:
    first, _second = begun(LoadFileScheduling)
    assert first == LONG


@pytest.mark.parametrize(
    ("file", "lot"),
    [
        ("tests/e2e/test_news.py", HOUSE),
        ("tests/security/test_markup.py", HOUSE),
        ("tests/security/test_access.py", WALKS),
        ("tests/orders/test_kill.py", PROCESSES),
        ("tests/orders/sending/test_broker.py", FEW),
        ("tests/orders/test_placement.py", "tests/orders/test_placement.py"),
    ],
)
def test_a_file_belongs_to_the_first_lot_that_fits(file: str, lot: str) -> None:
    assert lot_of(file) == lot


def test_every_pattern_fits_a_file() -> None:
    files = {str(path.relative_to(PROJECT)) for path in Path(PROJECT, "tests").rglob("test_*.py")}
    lots = {lot_of(file) for file in files}
    assert set(LOTS) <= lots
    named = {pattern for patterns in LOTS.values() for pattern in patterns if "*" not in pattern}
    assert named <= files
