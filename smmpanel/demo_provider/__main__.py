"""`python -m smmpanel.demo_provider --port 0 --store var/provider.sqlite --key KEY`.

Prints {"ready": true, "port": N} on stdout once it accepts connections; SIGTERM and SIGINT stop it.
"""

import argparse
import json
import logging
import signal
import sys
import threading
from pathlib import Path

from smmpanel.demo_provider.control import Control
from smmpanel.demo_provider.protocol import Panel
from smmpanel.demo_provider.server import DemoServer
from smmpanel.demo_provider.store import Store

_STOPS = {signal.SIGTERM, signal.SIGINT}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="smmpanel.demo_provider", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--store", type=Path, required=True, help="SQLite file, made when missing")
    parser.add_argument("--key", required=True, help="API key, also of the control calls")
    parser.add_argument("--seconds-per-order", type=float, default=45.0)
    return parser.parse_args()


def main() -> None:
    """Serve until told to stop."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # Kept for whoever waits below, before any thread is there: a handler may interrupt itself, and
    # one that sets an event then waits for its own lock.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    store = Store(options.store)
    panel = Panel(store, seconds_per_order=options.seconds_per_order)
    with DemoServer(port=options.port, key=options.key, control=Control(panel)) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}).start()
        sys.stdout.write(json.dumps({"ready": True, "port": server.server_address[1]}) + "\n")
        sys.stdout.flush()
        signal.sigwait(_STOPS)
        server.shutdown()
    store.close()


if __name__ == "__main__":
    main()
