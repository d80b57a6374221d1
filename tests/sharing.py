"""How the processes of `pytest -n` share the tests out: by files, and some files by the lot.

Any file may run beside any other. A lot stays in one process all the same, because its tests share
something dear or would wait for each other's processes; and it is among the first to begin. A test
of the house in a file not named here is right, and costs another house.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# The first that fits.
LOTS: Final[Mapping[str, tuple[str, ...]]] = {
    "one running panel": (
        "tests/e2e/*",
        "tests/infra/test_house.py",
        "tests/orders/api/test_chain.py",
        "tests/orders/api/test_clients.py",
        "tests/orders/api/test_examples.py",
        "tests/orders/api/test_first_order.py",
        "tests/security/test_canaries.py",
        "tests/security/test_markup.py",
        "tests/smmpanel/test_access_log.py",
    ),
    "what everybody finds everywhere": ("tests/security/*",),
    "servers and workers that come and go": ("tests/infra/*", "*_kill.py"),
    "few, and each of them long": (
        "tests/orders/following/test_sequences.py",
        "tests/orders/sending/*",
        "tests/wallet/gateways/test_*_race.py",
        "tests/wallet/test_*_properties.py",
    ),
}


def lot_of(file: str) -> str:
    """The name of its lot, or of the file itself."""
    fitting = (
        name for name, patterns in LOTS.items() if any(fnmatch(file, each) for each in patterns)
    )
    return next(fitting, file)


class FilesAndLots(LoadFileScheduling):
    """The lots first, then the files, those of many tests before those of few."""

    def _split_scope(self, nodeid: str) -> str:
        return lot_of(super()._split_scope(nodeid))

    def _assign_work_unit(self, node: WorkerController) -> None:
        for name in reversed(list(LOTS)):
            if name in self.workqueue:
                self.workqueue.move_to_end(name, last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesAndLots:
    return FilesAndLots(config, log)
