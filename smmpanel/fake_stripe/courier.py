"""The thread that carries events to the webhook address and lets timers run."""

import http.client
import json
import logging
import threading
import time
from urllib.parse import urlsplit

from smmpanel.fake_stripe import signing
from smmpanel.fake_stripe.account import Account, shown
from smmpanel.fake_stripe.postbox import Delivery, Postbox
from smmpanel.fake_stripe.rules import Manner
from smmpanel.fake_stripe.store import Body

LONGEST_WAIT_SECONDS = 0.5
TIMEOUT_SECONDS = 20
OTHER_SECRET = "whsec_of_somebody_else"  # noqa: S105

log = logging.getLogger("fake_stripe")


class Courier:
    """One delivery at a time, in order; without an address nothing leaves."""

    def __init__(self, account: Account, *, url: str, secret: str) -> None:
        self.url = url
        self.postbox = Postbox(account.store)
        self._account = account
        self._secret = secret
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._moved = threading.Condition()
        self._moves = 0
        self._thread = threading.Thread(target=self._run, name="courier")
        account.on_event = self._post
        account.on_commit = self._wake.set

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """End after the delivery under way."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def settle(self, *, seconds: float) -> bool:
        """Wait until nothing is due any more; False when it took too long."""
        until = time.monotonic() + seconds
        while True:
            with self._moved:
                seen = self._moves
            if not self.url or self.postbox.next_due() is None:
                return True
            if not self._wait_for_more_than(seen, until - time.monotonic()):
                return False

    def _wait_for_more_than(self, seen: int, seconds: float) -> bool:
        with self._moved:
            return self._moved.wait_for(lambda: self._moves != seen, seconds)

    def _post(self, event: Body) -> None:
        """Only an address that is there when something happens is told of it."""
        if self.url:
            self.postbox.post(event)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            if not self._carry_one():
                self._wake.wait(LONGEST_WAIT_SECONDS)
                self._let_timers_run()

    def _let_timers_run(self) -> None:
        if not self._stopping.is_set() and self._account.store.has_due():
            with self._account.transaction():
                pass

    def _carry_one(self) -> bool:
        """Deliver to the address of this moment; False when nothing is due."""
        with self._account.store.transaction():
            url = self.url
            delivery = self.postbox.next_due() if url else None
            if delivery is None:
                return False
            event = shown(self._account.get("event", delivery.body["event"]))
        self._carry(delivery, event, url=url)
        return True

    def _carry(self, delivery: Delivery, event: Body, *, url: str) -> None:
        manner = delivery.body["manner"]
        if manner == Manner.OTHER_LIVEMODE:
            event["livemode"] = not event["livemode"]
        body = json.dumps(event, indent=2).encode()
        secret = OTHER_SECRET if manner == Manner.WRONG_SECRET else self._secret
        # The receiver judges the signature by its own clock, which nobody has moved.
        signature = signing.header(body, secret=secret, at=int(time.time()))
        status = _send(url, body, signature)
        log.info("event %s %s -> %s", event["id"], event["type"], status or "no answer")
        with self._account.store.transaction():
            self.postbox.record(delivery, status=status)
        with self._moved:
            self._moves += 1
            self._moved.notify_all()


def _send(url: str, body: bytes, signature: str) -> int:
    """The status of the answer, 0 without one."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
    try:
        connection.request("POST", parts.path or "/", body=body, headers=headers)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return response.status
