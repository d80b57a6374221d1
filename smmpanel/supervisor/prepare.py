"""Bring database, static files and demo data up to date, in one process: starting Django is slow.

Run as `python -m smmpanel.supervisor.prepare`. The last line of the output is the demo log-ins as
JSON, in demonstration mode.
"""

import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command

# Written by the apps: the legal documents in force, and data to look around with.
DATA_COMMANDS = ("install_roles", "install_legal")
DEMO_COMMANDS = ("demo",)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smmpanel.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=1, stdout=sys.stderr)
    collect_static()
    for command in (*DATA_COMMANDS, *(DEMO_COMMANDS if settings.DEMO else ())):
        call_command(command, stdout=sys.stderr)
    if settings.DEMO:
        call_command("demo_credentials", "--json", stdout=sys.stdout)


def collect_static() -> None:
    """Only when a file came, went or changed: hashing and compressing all of them takes seconds."""
    stamp = Path(settings.STATIC_ROOT).with_name("static.stamp")
    state = static_state()
    if stamp.exists() and stamp.read_text() == state:
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, stdout=sys.stderr)
    stamp.write_text(state)


def static_state() -> str:
    """A digest of how static files are kept, and of names, sizes and times of all of them."""
    digest = hashlib.sha256(settings.STATIC_STORAGE.encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        main()
    except CommandError as error:
        sys.exit(f"{error}")
