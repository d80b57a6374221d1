#!/usr/bin/env python
"""Django's commands, on the servers of the environment, of a running `make up`, or of their own."""

import os
import signal
import sys
from types import FrameType

from django.core.management import execute_from_command_line

from smmpanel.embedded.errors import CannotStart
from smmpanel.embedded.runtime import Runtime
from smmpanel.embedded.servers import servers_for_a_command

# Everything else may ask the database something, if only whether it is migrated.
NEEDS_NO_SERVER = {"collectstatic", "compilemessages", "diffsettings", "help", "makemessages"}
NEEDS_NO_SERVER |= {"startapp", "version"}
DEPLOYMENT = {"DATABASE_URL", "SECRET_KEY"}
ASKS_FOR_HELP = {"-h", "--help", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smmpanel.settings")
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        execute_from_command_line(sys.argv)
        return
    runtime = Runtime.of_this_project()
    runtime.prepare()
    # Demonstration secrets are for a machine that says nothing about a deployment.
    if not DEPLOYMENT & os.environ.keys():
        runtime.install()
    if needs_no_server(sys.argv[1:]):
        execute_from_command_line(sys.argv)
        return
    signal.signal(signal.SIGTERM, stop_orderly)
    with servers_for_a_command(runtime) as urls:
        os.environ.update(urls)
        execute_from_command_line(sys.argv)


def needs_no_server(arguments: list[str]) -> bool:
    is_help = not arguments or bool(ASKS_FOR_HELP & set(arguments))
    return is_help or arguments[0] in NEEDS_NO_SERVER


def stop_orderly(signal_number: int, _frame: FrameType | None) -> None:
    """Leave through the with-statements, which stop the servers."""
    sys.exit(128 + signal_number)


if __name__ == "__main__":
    try:
        main()
    except CannotStart as error:
        sys.exit(f"manage.py: {error}")
