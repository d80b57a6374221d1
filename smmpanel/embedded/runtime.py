"""The runtime directory `var/`: what one installation remembers between commands.

- `panel.env`  secrets and choices, made once, kept.
- `run.env`    addresses of the servers of a running `make up`; absent otherwise.
- `lock`       held by whoever runs the embedded servers. The kernel releases it when its holder
  dies, so it tells the truth where a left-over `run.env` may not.
"""

import base64
import fcntl
import os
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from smmpanel.embedded.errors import CannotStart

PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Runtime:
    """Paths below one runtime directory, and who may use it now."""

    root: Path

    @classmethod
    def of_this_project(cls) -> "Runtime":
        """PANEL_VAR, else `var` beside manage.py. smmpanel.settings looks in the same place."""
        return cls(root=Path(os.environ.get("PANEL_VAR") or PROJECT / "var").absolute())

    @property
    def panel_env(self) -> Path:
        return self.root / "panel.env"

    @property
    def run_env(self) -> Path:
        return self.root / "run.env"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    def prepare(self) -> None:
        """Make the directory; raise CannotStart when it is another user's."""
        self.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        # Root too must not use it: its servers keep their data elsewhere, and files it leaves here
        # would lock the owner out.
        if self.root.stat().st_uid != os.geteuid():
            raise CannotStart(
                f"{self.root} belongs to another user (it was made by an earlier run). Run as that "
                "user, or set PANEL_VAR to a directory of your own."
            )
        self.logs.mkdir(mode=0o700, exist_ok=True)

    def install(self) -> bool:
        """Make the secrets of a new installation; False when they exist already."""
        if self.panel_env.exists():
            return False
        unfinished = _unfinished(self.panel_env, new_installation())
        try:
            # Of two commands at once the first one's secrets count, for both.
            self.panel_env.hardlink_to(unfinished)
        except FileExistsError:
            return False
        finally:
            unfinished.unlink()
        return True

    def environ(self) -> dict[str, str]:
        """The real environment over run.env over panel.env."""
        return {**read_env(self.panel_env), **read_env(self.run_env), **os.environ}

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Hold the lock if it is free; yields whether it was."""
        with (self.root / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            # Whoever wrote it is gone, or the lock would not be ours.
            self.run_env.unlink(missing_ok=True)
            yield True

    @contextmanager
    def locked_or_running(self, *, timeout_seconds: float) -> Iterator[bool]:
        """Yields True with the lock held, False beside a running `make up`.

        A single command that uses the embedded servers holds the lock too, without a run.env: it is
        soon over, so this waits. Raises CannotStart when it is not.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            with self.locked() as is_ours:
                if is_ours or self.run_env.exists():
                    yield is_ours
                    return
            if time.monotonic() > deadline:
                raise CannotStart(
                    "Another command is using the embedded database. Wait for it to end, or keep "
                    "`make up` running: commands then share its servers."
                )
            time.sleep(0.1)


def new_installation() -> dict[str, str]:
    """What panel.env begins with: secrets of this installation, and demonstration mode."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "API_KEY_PEPPER": secrets.token_urlsafe(48),
        "FIELD_KEYS": f"first:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "DEMO_PROVIDER_KEY": secrets.token_hex(16),
        "DEMO": "1",
    }


def read_env(path: Path) -> dict[str, str]:
    """NAME=value lines; an absent file is an empty one."""
    pairs: dict[str, str] = {}
    with suppress(FileNotFoundError):
        for line in path.read_text().splitlines():
            name, separator, value = line.partition("=")
            if separator and not line.startswith("#"):
                pairs[name.strip()] = value.strip()
    return pairs


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Complete or absent, and readable by its owner alone from the first byte on."""
    _unfinished(path, values).rename(path)


def _unfinished(path: Path, values: Mapping[str, str]) -> Path:
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    return Path(name)
