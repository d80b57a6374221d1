"""`services` of the API with ten thousand of them: made once and sent many times, against making
it for each call. Ratios in one run; calls go through all of the panel's middleware."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from bench import load, web
from bench.add import RATIOS, Ratio
from bench.books import Measured
from bench.report import Section, table
from orders.api.answers import service_item
from services.models import CustomPrice, Service
from wallet import money

TIMES_FASTER, TIMES_FASTER_OWN = 20, 5
READY_ROUNDS, SLOW_ROUNDS = 200, 3
CONNECTIONS, SECONDS, SERVED_ROUNDS = 16, 2.0, 3
_COLUMNS = (
    "pk", "name", "type", "category__platform__name", "category__name", "rate_micros",
    "min_quantity", "max_quantity", "can_refill", "can_cancel", "can_drip_feed", "delivery",
    "description", "average_minutes",
)  # fmt: skip


def measure() -> tuple[list[Measured], list[Ratio], Section]:
    """On the catalogue of `bench.shop`; with the limits of docs/performance.md."""
    settings.API_RATE_PER_MINUTE = 10**9
    plain, own = _person("ordinary@example.com"), _person("own-prices@example.com")
    for service in Service.objects.order_by("pk")[:10]:
        CustomPrice.objects.create(customer=own, service=service, rate_micros=1)
    ask, ask_own = _asker(plain), _asker(own)
    etag = ask()
    hello = Client(SERVER_NAME="127.0.0.1")
    with override_settings(ROOT_URLCONF="bench.hello"):
        hello_seconds = _median(lambda: hello.get("/hello/"), READY_ROUNDS)
    made = _median(_make_from_values, SLOW_ROUNDS)
    ready, known = _median(ask, READY_ROUNDS), _median(lambda: ask(etag), READY_ROUNDS)
    found = [
        Measured("made of rows for each call, columns alone", made),
        Measured("made of rows for each call, as objects", _median(_make, SLOW_ROUNDS)),
        Measured(f"ready ({ready / hello_seconds:.1f} × hello)", ready, made / TIMES_FASTER),
        Measured(
            "ready, ten prices of his own", _median(ask_own, READY_ROUNDS), made / TIMES_FASTER_OWN
        ),
        Measured(f"known already, 304 ({known / hello_seconds:.1f} × hello)", known),
        Measured("made anew after a change", _after_a_change(ask)),
    ]
    rates = _served(_key_of(plain), etag)
    ratios = [
        Ratio("ready / hello", rates["ready"] / rates["hello"], 0.4),
        Ratio("known already, 304 / hello", rates["known already, 304"] / rates["hello"], 0.7),
    ]
    return found, ratios, _section(found, rates, ratios)


def _served(key: str, etag: str) -> dict[str, float]:
    """Calls a second through the web server, from sixteen connections, the medians of the rounds in
    turn."""
    host = f"HTTP/1.1\r\nHost: 127.0.0.1\r\n{web.HEADERS}\r\n"
    asked = f"GET /api/v2?action=services&key={key} {host}Accept-Encoding: gzip\r\n"
    calls = {
        "hello": (f"GET /api/hello {host}\r\n", "200 OK"),
        "ready": (f"{asked}\r\n", "200 OK"),
        "known already, 304": (f"{asked}If-None-Match: {etag}\r\n\r\n", "304 Not Modified"),
    }
    rates: dict[str, list[float]] = {}
    with TemporaryDirectory() as logs, web.panel(log=Path(logs) / "web.log") as port:
        for name, (request, expected) in SERVED_ROUNDS * list(calls.items()):
            plan = load.Plan(port, CONNECTIONS, SECONDS, request, expected, [""], 0)
            outcome = load.run(plan)
            if outcome.failed:
                raise SystemExit(f"{name}: {outcome.sample_of_failure}")
            rates.setdefault(name, []).append(outcome.per_second)
    return {name: statistics.median(found) for name, found in rates.items()}


def _section(found: list[Measured], rates: dict[str, float], ratios: list[Ratio]) -> Section:
    words = (
        "`services` of API v2, 10,000 of them, the median of a call with all of the middleware"
        " beside that\nof a page that only says hello. A ready list is promised at"
        f" {TIMES_FASTER} times the rate of making it of\ncolumns alone, with own prices at"
        f" {TIMES_FASTER_OWN} times."
    )
    served = [f"| {name} | {rate:,.0f} |" for name, rate in rates.items()]
    head = ["", "| through the web server, 16 connections | a second |", "|---|---:|"]
    lines = [table(found), *head, *served, "", *RATIOS, *map(str, ratios)]
    return Section("The list of services", words, "\n".join(lines))


def _key_of(person: User) -> str:
    now = timezone.now()
    return api_keys.create(user=person, name="bench", scope=ApiKey.Scope.READ, at=now)[1]


def _person(email: str) -> User:
    return User.objects.create(email=email, password="!")


def _asker(person: User) -> Callable[..., str]:
    key = _key_of(person)
    client = Client(SERVER_NAME="127.0.0.1")
    asked = {"key": key, "action": "services"}

    def ask(etag: str = "") -> str:
        headers = {"accept-encoding": "gzip"} | ({"if-none-match": etag} if etag else {})
        answer = client.get("/api/v2", asked, headers=headers)
        if answer.status_code != (304 if etag else 200):
            raise SystemExit(f"services: {answer.status_code}")
        return answer.headers["ETag"]

    return ask


def _make() -> None:
    listed = Service.objects.listed().priced_for(None)
    json.dumps([service_item(service) for service in listed])


def _make_from_values() -> None:
    """The least that making it for each call could cost."""
    rows = Service.objects.filter(is_active=True).order_by("category_id", "position", "id")
    json.dumps(
        [
            dict(zip(_COLUMNS, row, strict=True)) | {"rate": money.plain(row[5])}
            for row in rows.values_list(*_COLUMNS)
        ]
    )


def _after_a_change(ask: Callable[..., str]) -> float:
    times = []
    for position in range(SLOW_ROUNDS):
        Service.objects.filter(pk=Service.objects.latest("pk").pk).update(position=position)
        times.append(_once(ask))
    return statistics.median(times)


def _median(act: Callable[[], object], rounds: int) -> float:
    act()
    return statistics.median(_once(act) for _round in range(rounds))


def _once(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
