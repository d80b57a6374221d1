"""One call of the API: who asks, for what, with which key; then the act and its answer."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from smmpanel.fake_stripe import (
    balance,
    charges,
    checkout,
    customers,
    disputes,
    events,
    expanding,
    fields,
    fraud_warnings,
    keys,
    paying,
    payment_intents,
    payment_methods,
    refunds,
    reviews,
    sessions,
    setup_intents,
)
from smmpanel.fake_stripe.account import Account, random_text, shown
from smmpanel.fake_stripe.errors import Declined, Refused
from smmpanel.fake_stripe.keys import Answer
from smmpanel.fake_stripe.route import Route
from smmpanel.fake_stripe.store import Body

ROUTES: list[Route] = [
    *balance.ROUTES,
    *charges.ROUTES,
    *customers.ROUTES,
    *disputes.ROUTES,
    *events.ROUTES,
    *fraud_warnings.ROUTES,
    *payment_intents.ROUTES,
    *payment_methods.ROUTES,
    *refunds.ROUTES,
    *reviews.ROUTES,
    *sessions.ROUTES,
    *setup_intents.ROUTES,
]
TIMERS = {
    charges.FEE_TIMER: charges.make_fee_known,
    paying.BANK_TIMER: checkout.settle_when_due,
    refunds.FAIL_TIMER: refunds.fail_when_due,
    refunds.SUCCEED_TIMER: refunds.succeed,
    sessions.EXPIRE_TIMER: sessions.expire_when_due,
}
VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?", re.ASCII)


@dataclass(frozen=True)
class Call:
    """One request as it came in; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str
    request_id: str

    @property
    def route(self) -> str:
        """As faults name it."""
        return f"{self.method} {self.path}"

    @property
    def key(self) -> str:
        """The idempotency key; only calls that write have one."""
        return self.headers.get("idempotency-key", "") if self.method == "POST" else ""


class Api:
    """The API of one account."""

    def __init__(self, account: Account, *, key: str) -> None:
        self.account = account
        self._key = key
        account.timers.update(TIMERS)

    def answer(self, call: Call, *, instead: Refused | None = None) -> Answer:
        """The answer to a call; `instead` replaces it after the call was carried out."""
        try:
            self._authorise(call)
            return self._carry_out(call, instead)
        except Refused as refused:
            return _error(refused)

    def _authorise(self, call: Call) -> None:
        scheme, _, given = call.headers.get("authorization", "").partition(" ")
        if not given:
            raise Refused("You did not provide an API key.", status=401)
        if scheme != "Bearer" or not hmac.compare_digest(given.encode(), self._key.encode()):
            raise Refused(f"Invalid API Key provided: {given[:8]}****", status=401)
        version = call.headers.get("stripe-version", "")
        if version and not VERSION.fullmatch(version):
            raise Refused(f"Invalid Stripe API version: {version}")

    def _carry_out(self, call: Call, instead: Refused | None) -> Answer:
        route, name = _find(call)
        text = call.query if call.method in {"GET", "DELETE"} else call.body
        given = fields.nest(parse_qsl(text, keep_blank_values=True))
        asked = {"route": call.route, "parameters": given}
        request = {"id": call.request_id, "idempotency_key": call.key or None}
        with self.account.transaction(request):
            store = self.account.store
            if call.key and (first := keys.saved(store, call.key, asked)):
                return first
            # What does not pass this was never begun, so that the key stays free.
            params = route.read(given, "")
            answer = self._act(route, name, params)
            if instead:
                answer = _error(instead)
            if call.key:
                keys.save(store, call.key, asked, answer)
            return answer

    def _act(self, route: Route, name: str, params: Body) -> Answer:
        paths = params.get("expand", [])
        try:
            with self.account.store.savepoint():
                try:
                    body = shown(route.act(self.account, name, params))
                except Declined as declined:
                    return _error(declined)
                return Answer(status=200, body=expanding.expand(self.account, body, paths))
        except Refused as refused:
            return _error(refused)


def request_id() -> str:
    """The name of one request in the gateway's logs."""
    return f"req_{random_text(14)}"


def _error(refused: Refused) -> Answer:
    return Answer(status=refused.status, body={"error": refused.error})


def _find(call: Call) -> tuple[Route, str]:
    """The route and the id in the address."""
    steps = call.path.rstrip("/").split("/")
    for route in ROUTES:
        pattern = route.path.split("/")
        if route.method != call.method or len(pattern) != len(steps):
            continue
        pairs = list(zip(pattern, steps, strict=True))
        if all(wanted in ("*", step) for wanted, step in pairs):
            return route, next((step for wanted, step in pairs if wanted == "*"), "")
    raise Refused(f"Unrecognized request URL ({call.method}: {call.path}).", status=404, code=None)
