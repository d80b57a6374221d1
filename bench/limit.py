"""What the database alone can take: eight clients that do nothing but call `place_orders`, for one
order each.

A program of its own: reads a plan, tells how many orders a second were placed and how long one call
took. The statement is prepared, and nothing is read, checked or counted before it.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing import get_context

import psycopg2

_CALL = "PREPARE place (jsonb) AS SELECT order_id, refusal FROM place_orders($1)"
# Beside what is the same in every order of a plan.
_OWN = '{"p_customer": %d, "p_link": "%s", "p_link_key": "%s", '
_SAME: Mapping[str, object] = {
    "p_idempotency_key": None,
    "p_request_hash": "0" * 64,
    "p_own_rate": None,
    "p_channel": "api",
    "p_parameters": {},
    "p_duplicate_accepted": False,
    "p_role": "single",
    "p_runs": None,
    "p_interval_minutes": None,
    "p_status": "queued",
    "p_spend_order": "cash_first",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """`order` is what is the same in every call, by the names that the function gives them."""

    dsn: str
    clients: int
    seconds: float
    customers: Sequence[int]
    order: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    per_second: float
    accepted: int
    p50_ms: float


def run(plan: Plan) -> Outcome:
    """Carries out the plan in another process, which starts one for each client."""
    told = subprocess.run(
        [sys.executable, "-m", "bench.limit"],
        input=json.dumps(asdict(plan)).encode(),
        check=True,
        stdout=subprocess.PIPE,
    )
    return Outcome(**json.loads(told.stdout))


def _carry_out(plan: Plan) -> Outcome:
    with get_context("spawn").Pool(plan.clients) as pool:
        times = pool.starmap(_client, [(plan, number) for number in range(plan.clients)])
    every = [each for client in times for each in client]
    return Outcome(
        per_second=len(every) / plan.seconds,
        accepted=len(every),
        p50_ms=statistics.median(every) * 1000,
    )


def _client(plan: Plan, number: int) -> list[float]:
    draw = random.Random(number)  # noqa: S311 - nobody's secret
    now = datetime.now(UTC).isoformat()
    moments = dict.fromkeys(("p_not_before", "p_confirmed_at", "p_at"), now)
    same = json.dumps({**_SAME, **plan.order, **moments})[1:]
    connection = psycopg2.connect(plan.dsn)
    connection.autocommit = True
    taken = []
    with connection.cursor() as cursor:
        cursor.execute(_CALL)
        ends_at = time.perf_counter() + plan.seconds
        while (began := time.perf_counter()) < ends_at:
            link = f"limit/{number}/{began}"
            order = _OWN % (draw.choice(plan.customers), link, link) + same
            cursor.execute("EXECUTE place (%s)", [f"[{order}]"])
            _placed(cursor.fetchone())
            taken.append(time.perf_counter() - began)
    connection.close()
    return taken


def _placed(found: tuple[int | None, str | None] | None) -> None:
    if found is None or found[1] is not None:
        raise SystemExit(f"refused: {found}")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_carry_out(Plan(**json.load(sys.stdin))))))
