"""What the database alone can take: `place_order` called by eight clients that do nothing else.

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
from multiprocessing import get_context

import psycopg2

_CALL = """
PREPARE place (bigint, text, text) AS SELECT place_order(
    p_customer => $1, p_link => $2, p_link_key => $3, p_idempotency_key => NULL,
    p_request_hash => repeat('0', 64), p_own_rate => NULL, p_channel => 'api',
    p_parameters => '{}', p_duplicate_accepted => false, p_role => 'single', p_runs => NULL,
    p_interval_minutes => NULL, p_status => 'queued',
    p_spend_order => 'cash_first', p_not_before => now(), p_confirmed_at => now(), p_at => now(),
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """`order` is what is the same in every call, by the names of the function's parameters."""

    dsn: str
    clients: int
    seconds: float
    customers: Sequence[int]
    order: Mapping[str, int | str]


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
    connection = psycopg2.connect(plan.dsn)
    connection.autocommit = True
    taken = []
    with connection.cursor() as cursor:
        same = ", ".join(f"{name} => %({name})s" for name in plan.order)
        cursor.execute(f"{_CALL} {same})", plan.order)
        ends_at = time.perf_counter() + plan.seconds
        while (began := time.perf_counter()) < ends_at:
            link = f"limit/{number}/{began}"
            cursor.execute(
                "EXECUTE place (%s, %s, %s)", (draw.choice(plan.customers), link, link[:64])
            )
            taken.append(time.perf_counter() - began)
    connection.close()
    return taken


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_carry_out(Plan(**json.load(sys.stdin))))))
