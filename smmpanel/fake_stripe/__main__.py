"""`python -m smmpanel.fake_stripe --port 0 --store PATH --key sk_test_... [options]`.

Prints {"ready": true, "port": N} on stdout once it accepts connections; SIGTERM and SIGINT stop it.
"""

import argparse
import json
import logging
import signal
import sys
import threading
from pathlib import Path

from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.control import Control
from smmpanel.fake_stripe.courier import Courier
from smmpanel.fake_stripe.paying import BANK_SECONDS
from smmpanel.fake_stripe.server import StripeServer
from smmpanel.fake_stripe.store import Store

_STOPS = {signal.SIGTERM, signal.SIGINT}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="smmpanel.fake_stripe", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--store", type=Path, required=True, help="SQLite file, made when missing")
    parser.add_argument("--key", required=True, help="secret key, also of the control calls")
    parser.add_argument("--webhook-url", default="", help="http address; none delivers nothing")
    parser.add_argument("--webhook-secret", default="", help="signs the deliveries")
    parser.add_argument(
        "--bank-seconds", type=float, default=0, help="how long slow banks take; 0 waits to be told"
    )
    parser.add_argument("--live", action="store_true", help="objects say livemode")
    options = parser.parse_args()
    if options.webhook_url and not options.webhook_secret:
        parser.error("--webhook-url needs --webhook-secret")
    return options


def main() -> None:
    """Serve until told to stop."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # Kept for whoever waits below, before any thread is there: a handler may interrupt itself, and
    # one that sets an event then waits for its own lock.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    store = Store(options.store)
    with store.transaction():
        store.remember(BANK_SECONDS, options.bank_seconds)
    account = Account(store, is_live=options.live)
    courier = Courier(account, url=options.webhook_url, secret=options.webhook_secret)
    control = Control(account, courier)
    with StripeServer(
        port=options.port, key=options.key, account=account, control=control
    ) as server:
        courier.start()
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}).start()
        sys.stdout.write(json.dumps({"ready": True, "port": server.server_address[1]}) + "\n")
        sys.stdout.flush()
        signal.sigwait(_STOPS)
        server.shutdown()
        courier.stop()
    store.close()


if __name__ == "__main__":
    main()
