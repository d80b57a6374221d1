"""Every single answer of the table "What the answer means" in docs/forwarding.md, by its number.

Each is what the demonstration provider is told to do, before or after it has made the order, and
the class that the panel has to find.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    # Not sent, and the provider is paused.
    PAUSED = "paused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Case:
    """One answer: `fault` are the arguments of DemoProvider.fault, None for a healthy provider.
    %new% in it is a number that was never given. `address` replaces the provider's own."""

    number: str
    about: str
    outcome: Outcome
    fault: Mapping[str, Any] | None = None
    address: str = ""
    dialect: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.number}-{self.about.replace(' ', '-')}"


def _after(kind: str, **options: Any) -> dict[str, Any]:
    return {"kind": kind, "stage": "after", **options}


def _says(text: str, **options: Any) -> dict[str, Any]:
    return {"kind": "answer", "value": text, **options}


_SHORT = {"add_deadline_seconds": 0.1}
A, R, N, P, U = (
    Outcome.ACCEPTED,
    Outcome.REFUSED,
    Outcome.NOT_SENT,
    Outcome.PAUSED,
    Outcome.UNCERTAIN,
)

CASES = (
    # Nothing left us.
    Case("A01", "no such host", N, address="https://nowhere.invalid/api/v2"),
    Case("A02", "connection refused", N, address="http://127.0.0.1:9/api/v2"),
    Case("A03", "no certificate there", N, address="https"),
    Case("A04", "too many requests", N, {"kind": "rate_limited", "seconds": 1}),
    Case("A05", "too many requests as text", N, {"kind": "error", "value": "Too many requests"}),
    # Our account.
    Case("A06", "401", P, {"kind": "unauthorized"}),
    Case("A07", "403 with a page", P, {"kind": "html", "status": 403}),
    Case("A08", "wrong key", P, {"kind": "error", "value": "Invalid API key"}),
    Case("A09", "no funds", P, {"kind": "error", "value": "Not enough funds on balance"}),
    # Yes.
    Case("A10", "a number", A),
    Case("A11", "a number as text", A, _says('{"order": "%new%"}')),
    Case("A12", "a number and success", A, _says('{"status": "success", "order": %new%}')),
    Case("A13", "a byte order mark", A, _says('\ufeff{"order": %new%}')),
    # No.
    Case("A14", "a refusal that is known", R, {"kind": "error", "value": "Incorrect service ID"}),
    Case(
        "A15", "a refusal with status 400", R,
        {"kind": "error", "value": "neworder.error.min_quantity", "status": 400},
    ),
    Case("A16", "a refusal learnt by staff", R, {"kind": "error", "value": "Come back on Monday"}),
    # It may have arrived.
    Case("A17", "an error nobody has classed", U, {"kind": "error", "value": "Oops, try later"}),
    Case("A18", "an error after it was made", U, _after("error", value="Oops, try later")),
    Case("A19", "order and error together", U, _after("order_and_error")),
    Case(
        "A20", "an active order with this link", U,
        {"kind": "error", "value": "You have active order with this link. "
         "Please wait until order being completed."},
    ),
    Case("A21", "order 0", U, _after("bad_id", value=0)),
    Case("A22", "order -1", U, _after("bad_id", value=-1)),
    Case("A23", "order null", U, _after("bad_id", value=None)),
    Case("A24", "order empty", U, _after("bad_id", value="")),
    Case("A25", "order true", U, _after("bad_id", value=True)),
    Case("A26", "order 1.5", U, _after("bad_id", value=1.5)),
    Case("A27", "order 1e30", U, _says('{"order": 1e30}', stage="after")),
    Case("A28", "order list", U, _after("bad_id", value=[])),
    Case("A29", "order object", U, _after("bad_id", value={})),
    Case("A30", "order of 300 characters", U, _after("bad_id", value="7" * 300)),
    Case("A31", "reset", U, _after("drop")),
    Case("A32", "no answer in time", U, _after("latency", seconds=0.3), dialect=_SHORT),
    Case("A33", "dripped beyond the deadline", U, _after("drip", seconds=0.03), dialect=_SHORT),
    Case("A34", "cut off", U, _after("truncated")),
    Case("A35", "500 with the right body", U, _after("http_error")),
    Case("A36", "502", U, _after("html", status=502)),
    Case("A37", "503", U, {"kind": "html", "status": 503}),
    Case("A38", "504 with nothing", U, _after("empty", status=504)),
    Case("A39", "520", U, _after("http_error", status=520)),
    Case("A40", "a page", U, _after("html")),
    Case("A41", "nothing", U, _after("empty")),
    Case("A42", "null", U, _says("null", stage="after")),
    Case("A43", "an empty list", U, _says("[]", stage="after")),
    Case("A44", "a string", U, _says('"23501"', stage="after")),
    Case("A45", "an empty object", U, _says("{}", stage="after")),
    Case("A46", "two orders under one name", U, _after("duplicate_keys")),
    Case("A47", "NaN", U, _after("nan")),
    Case("A48", "ten thousand levels", U, _after("deep")),
    Case("A49", "two megabytes", U, _after("oversized")),
    Case("A50", "a compressed bomb", U, _after("gzip_bomb")),
    Case("A51", "a redirect", U, {"kind": "redirect", "value": "http://127.0.0.1:9/"}),
)  # fmt: skip
LEARNT = "Come back on Monday"
# Tested beside the others: they need more than one order, or no provider at all.
ELSEWHERE = {
    "A52": "a number that was given before",
    "A53": "past the fence",
    "A54": "the worker was killed",
    "A55": "no connection in time",
    "A56": "bytes that are no UTF-8",
}
