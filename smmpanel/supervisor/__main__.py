"""The command behind `make up`."""

import json
import signal
import sys
import time
from functools import partial
from types import FrameType

from smmpanel.embedded.errors import CannotStart
from smmpanel.embedded.runtime import Runtime, read_env, write_env
from smmpanel.supervisor.addresses import Addresses, choose_addresses
from smmpanel.supervisor.console import Console
from smmpanel.supervisor.stack import Stack, StackFailed

WATCH_SECONDS = 0.3
# Where each person of the demonstration begins.
PLACES = {
    "customer": "/",
    "support": "/staff/",
    "operator": "/admin/",
    "finance": "/staff/payments/",
    "second_finance": "/staff/payments/decisions/",
}


class StopRequested(BaseException):
    """Ctrl-C or a signal to end; not an error, so nothing that handles errors may catch it."""


def main() -> int:
    console, runtime = Console(), Runtime.of_this_project()
    try:
        runtime.prepare()
        with runtime.locked_or_running(timeout_seconds=60) as is_ours:
            if is_ours:
                return supervise(runtime, console)
            site = read_env(runtime.run_env).get("SITE_URL", "")
            console.write("panel", f"already running at {site} (stop it there with Ctrl-C)")
            return 1
    except CannotStart as error:
        console.write("panel", str(error))
        return 1


def supervise(runtime: Runtime, console: Console) -> int:
    """Run until a signal comes or a process cannot be kept alive; 0 for a clean stop."""
    if runtime.install():
        console.write("panel", f"first run: made the secrets in {runtime.panel_env}")
    environ = runtime.environ()
    addresses = choose_addresses(environ, say=partial(console.write, "panel"))
    stack = Stack(runtime=runtime, environ={**environ, **addresses.environ}, console=console)
    catch_signals(stack)
    has_failed = False
    try:
        run(stack, addresses)
    except StopRequested:
        console.write("panel", "stopping; a second Ctrl-C does not wait for work in progress")
    except (CannotStart, StackFailed) as error:
        has_failed = True
        console.write("panel", f"{error} Stopping.")
    finally:
        codes = stack.stop()
        runtime.run_env.unlink(missing_ok=True)
    return int(has_failed or any(codes.values()))


def run(stack: Stack, addresses: Addresses) -> None:
    """Returns never: it ends by StopRequested, CannotStart or StackFailed."""
    started_at = time.monotonic()
    stack.start_servers()
    write_env(stack.runtime.run_env, {**stack.servers.urls, **addresses.environ})
    demo_log_ins = stack.prepare()
    stack.start(addresses.processes(runtime=stack.runtime, environ=stack.environ))
    seconds = time.monotonic() - started_at
    stack.console.print_box(welcome(addresses.site_url, demo_log_ins, seconds=seconds))
    while not stack.console.has_lost_reader:
        stack.watch()
        time.sleep(WATCH_SECONDS)
    raise StopRequested


def catch_signals(stack: Stack) -> None:
    """The first asks for an orderly stop, a later one shortens it."""
    is_stopping = False

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_stopping
        if is_stopping:
            stack.kill_processes()
            return
        is_stopping = True
        raise StopRequested

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)


def welcome(site_url: str, demo_log_ins: str, *, seconds: float) -> list[str]:
    """The lines of the box: where to go, and as whom."""
    lines = [f"The panel runs at  {site_url}   (ready in {seconds:.1f} s, Ctrl-C stops it)"]
    if not demo_log_ins:
        return lines
    people = json.loads(demo_log_ins)
    lines.append("")
    for role, place in PLACES.items():
        person, name = people[role], role.removeprefix("second_")
        lines.append(f"{name:<9} {person['email']:<26} {person['password']:<18} {site_url}{place}")
    return [*lines, "", f"mails     {site_url}/demo/mail/"]


if __name__ == "__main__":
    sys.exit(main())
