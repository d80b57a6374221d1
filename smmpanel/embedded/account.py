"""As whom the PostgreSQL server runs, and where it may keep its files.

PostgreSQL refuses to run as root. For root the server therefore runs as an unprivileged account and
its data lies under /var/tmp, because a home directory is closed to that account.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from smmpanel.embedded.binaries import PostgresBinaries
from smmpanel.embedded.child import RunAs
from smmpanel.embedded.errors import CannotStart

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it is made for one account


def server_home(home: Path) -> Path:
    """Where the servers' data really lies: `home`, or for root a directory under /var/tmp if `home`
    is not in memory, which is open to every account."""
    home = home.resolve()
    if os.geteuid() != 0 or home.is_relative_to(MEMORY):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return home
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    shared = Path("/var/tmp") / f"smmpanel-{digest}"  # noqa: S108 - checked below
    shared.mkdir(mode=0o755, exist_ok=True)
    status = shared.lstat()
    if shared.is_symlink() or status.st_uid != 0 or status.st_mode & 0o022:
        raise CannotStart(f"{shared} does not belong to root alone; remove it and try again.")
    return shared


def server_account(data: Path) -> RunAs | None:
    """None for an ordinary user; for root the data's owner, else postgres, else nobody."""
    if os.geteuid() != 0:
        return None
    if data.exists():
        status = data.stat()
        return RunAs(uid=status.st_uid, gid=status.st_gid)
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return RunAs(uid=account.pw_uid, gid=account.pw_gid)
    raise CannotStart("PostgreSQL does not run as root and there is no account postgres or nobody.")


def reachable_binaries(
    binaries: PostgresBinaries, *, run_as: RunAs, home: Path
) -> PostgresBinaries:
    """A copy beside the data when the server's account cannot reach the originals (0700 homes)."""
    try:
        run_quietly([str(binaries.postgres), "--version"], run_as=run_as)
    except (PermissionError, CannotStart):
        return _copied_binaries(binaries, home=home)
    return binaries


def _copied_binaries(binaries: PostgresBinaries, *, home: Path) -> PostgresBinaries:
    install = binaries.directory.parent
    package = install.parent
    copy = home / f"programs-{binaries.version}"
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(dir=home))
        shutil.copytree(install, unfinished / package.name / install.name, symlinks=True)
        # The wheel's shared libraries lie beside the package; programs find them by relative path.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        unfinished.chmod(0o755)
        unfinished.rename(copy)
    directory = copy / package.name / install.name / binaries.directory.name
    return PostgresBinaries(directory=directory, version=binaries.version)


def run_quietly(command: list[str], *, run_as: RunAs | None) -> None:
    """Run to its end as that account; raises CannotStart with what it said when it fails."""
    answer = subprocess.run(
        command,
        env=plain_environ(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=run_as.uid if run_as else None,
        group=run_as.gid if run_as else None,
        extra_groups=[] if run_as else None,
    )
    if answer.returncode != 0:
        raise CannotStart(f"{Path(command[0]).name} failed: {answer.stderr.strip()[-2000:]}")


def plain_environ() -> dict[str, str]:
    """The server needs nothing of our environment, which carries secrets."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
