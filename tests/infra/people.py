"""Running a command as an ordinary user, also where the tests run as root."""

import functools
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from smmpanel.embedded.account import server_home
from smmpanel.embedded.runtime import PROJECT

NOBODY = 65534
SITE_PACKAGES = sysconfig.get_path("purelib")
IS_ROOT = os.geteuid() == 0


def bare_environ(var: Path, **more: str) -> dict[str, str]:
    """The environment of a shell that knows nothing of databases, with a runtime directory."""
    return {"PATH": os.environ["PATH"], "PANEL_VAR": str(var), **more}


@functools.cache
def ordinary_python() -> tuple[str, ...]:
    """How to run Python without root's powers; this Python itself when we have none.

    An interpreter in root's closed home is of no use to others; the system's own of the same
    version then runs with our packages.
    """
    if not IS_ROOT:
        return (sys.executable,)
    setpriv = shutil.which("setpriv")
    assert setpriv, "util-linux is part of every Debian"
    drop = (setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/python{version}"):
        command = (*drop, "env", f"PYTHONPATH={SITE_PACKAGES}", python)
        probe = [*command, "-c", "import psycopg2, smmpanel.embedded"]
        if subprocess.run(probe, cwd=PROJECT, capture_output=True, check=False).returncode == 0:
            return command
    return (sys.executable,)


def give_to_ordinary_user(directory: Path) -> Path:
    """`directory`, made and owned by whom `ordinary_python` runs as."""
    directory.mkdir()
    if ordinary_python()[0] != sys.executable:
        os.chown(directory, NOBODY, NOBODY)
    return directory


def processes_of(marker: str) -> set[int]:
    """Living processes whose environment or arguments name `marker`."""
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            text = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
        except (OSError, ProcessLookupError):
            continue
        if marker.encode() in text:
            found.add(int(entry.name))
    return found


def remove_data(var: Path) -> None:
    """The servers' files, which for root lie outside the test's own directory."""
    shutil.rmtree(server_home(var), ignore_errors=True)
