"""Ten thousand services: how long it takes to find one, and how much is sent for it."""

from __future__ import annotations

import gzip
import itertools
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.contrib.staticfiles import finders
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import User
from bench.books import Measured
from bench.report import Section, table
from bench.shop import KINDS, PLACES, PLATFORMS, SERVICES, code, stock
from services.finding import vocabulary
from services.models import Favourite, Platform, Service

SEARCH_SECONDS, SEARCH_BYTES = 0.1, 5_000
PAGE_SECONDS, PAGE_BYTES = 0.15, 60_000
ROUNDS = 40
SCRIPTED = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True)
class Weighed:
    """Bytes of one answer, as the server makes it and as gzip packs it; `limit` is for what is
    sent to a browser that takes it packed, but of an answer to a key press for all of it."""

    name: str
    plain: int
    packed: int
    limit: int
    is_packed: bool = True

    @property
    def counted(self) -> int:
        return self.packed if self.is_packed else self.plain


def measure(big: int) -> tuple[list[Measured], list[Weighed]]:
    """For the customer of `bench.books` who has sixty thousand orders, and some favourites."""
    stock()
    person = User.objects.get(pk=big)
    newest = Service.objects.order_by("-pk")
    Favourite.objects.bulk_create(
        Favourite(customer=person, service=service) for service in newest[:100]
    )
    one = newest[5_000].pk
    reader = Client(SERVER_NAME="127.0.0.1")
    reader.force_login(person)
    return [*_times(reader, one)], [*_weights(reader, one)]


def sections(found: list[Measured], weights: list[Weighed]) -> list[Section]:
    """For docs/performance.md."""
    rows = [
        f"| {each.name} | {each.plain:,} | {each.packed:,} | {each.limit:,} |"
        f" {each.counted / each.limit:.2f} |"
        for each in weights
    ]
    head = ["| what | bytes | packed | limit | of the limit |", "|---|---:|---:|---:|---:|"]
    words = (
        f"{SERVICES:,} services on {PLATFORMS} platforms, seen by the customer with 60,000 orders"
        " and 100 favourites.\nThe 95th percentile of forty looks, the whole of Django's work"
        " included; in brackets the median\nbeside that of a page that only says hello."
    )
    return [
        Section("The catalogue", words, table(found)),
        Section(
            "What is sent of it",
            "Answers to a key press count as they are, pages as they are packed (gzip), first"
            " views with\nthe style sheet, scripts and icons that they name.",
            "\n".join([*head, *rows]),
        ),
    ]


def is_kept(weights: list[Weighed]) -> bool:
    return all(each.counted <= each.limit for each in weights)


def _times(reader: Client, one: int) -> Iterator[Measured]:
    new, catalogue = reverse("orders:order_new"), reverse("services:service_list")
    for name, words in _searches(one).items():
        asked = [f"{new}?part=found&q={text}" for text in words]
        yield _measured(reader, f"search: {name}", asked, SEARCH_SECONDS, SCRIPTED)
    yield _after_a_change(reader)
    pages = {
        "catalogue, first view": catalogue,
        "catalogue, last page": f"{catalogue}?page=9999",
        "catalogue, one platform": f"{catalogue}?platform={Platform.objects.latest('pk').pk}",
        "catalogue, a search": f"{catalogue}?q=followers+germany",
        "page of a service": reverse("services:service_detail", args=[one]),
        "two services compared": f"{reverse('services:service_compare')}?service={one}"
        f"&service={one + 1}",
        "favourites": reverse("services:favourite_list"),
        "order form with a service": f"{new}?service={one}",
    }
    for name, address in pages.items():
        yield _measured(reader, name, [address], PAGE_SECONDS)


def _searches(one: int) -> dict[str, list[str]]:
    """Different words each time: nobody may have remembered the answer."""
    draw = random.Random(8)  # noqa: S311
    kinds = [draw.choice(KINDS).lower() for _round in range(ROUNDS)]
    places = [draw.choice(PLACES).lower() for _round in range(ROUNDS)]
    return {
        "a number": [str(one + step) for step in range(ROUNDS)],
        "one word": kinds,
        "two words": [f"{kind}+{place}" for kind, place in zip(kinds, places, strict=True)],
        "beginnings of words": [kind[:1] for kind in kinds],
        "a typo": [
            f"{kind[:2]}{kind[3:]}+{place}" for kind, place in zip(kinds, places, strict=True)
        ],
        "two typos": [
            f"{kind[1:]}+{place[:3]}x{place[3:]}" for kind, place in zip(kinds, places, strict=True)
        ],
        "a word of few": [code(draw.randrange(SERVICES)) for _round in range(ROUNDS)],
        "nothing there": [f"{kind}+qqqqqq{step}" for step, kind in enumerate(kinds)],
    }


def _weights(reader: Client, one: int) -> Iterator[Weighed]:
    new, catalogue = reverse("orders:order_new"), reverse("services:service_list")
    for name, words in (("two words", "followers+germany"), ("a typo", "folloers+germany")):
        yield _part(f"search: {name}", _get(reader, f"{new}?part=found&q={words}", SCRIPTED))
    yield _view("catalogue, first view with style and scripts", _get(reader, catalogue))
    found = _get(reader, f"{catalogue}?q=followers", SCRIPTED)
    yield _packed("catalogue, a search in the list", found, SEARCH_BYTES)
    service = Service.objects.get(pk=one)
    yield _view(
        "order form, first view with style and scripts", _get(reader, f"{new}?service={one}")
    )
    picked = _get(reader, f"{new}?category={service.category_id}")
    picker = re.findall(rb"<select.*?</select>", picked, flags=re.DOTALL)
    yield _packed("order form, its three lists", b"".join(picker), SEARCH_BYTES)


def _part(name: str, answer: bytes) -> Weighed:
    plain, packed = len(answer), len(gzip.compress(answer))
    return Weighed(name, plain, packed, limit=SEARCH_BYTES, is_packed=False)


def _packed(name: str, answer: bytes, limit: int) -> Weighed:
    packed = len(gzip.compress(answer))
    return Weighed(name, len(answer), packed, limit=limit)


def _view(name: str, page: bytes) -> Weighed:
    """With the files of the panel that the page names; those are sent packed (whitenoise)."""
    files = [page]
    named = re.findall(rb'(?:href|src)="/static/([^"#]+?)(?:"|#)', page)
    for found in sorted(set(named)):
        path = finders.find(found.decode())
        if path is not None:
            with open(path, "rb") as file:  # noqa: PTH123 - finders give text
                files.append(file.read())
    plain = sum(map(len, files))
    packed = sum(len(gzip.compress(file)) for file in files)
    return Weighed(name, plain, packed, limit=PAGE_BYTES)


def _measured(
    reader: Client,
    name: str,
    addresses: list[str],
    limit: float,
    headers: dict[str, str] | None = None,
) -> Measured:
    """The 95th percentile, and in the name how many times a page that only says hello, each look
    beside one at that."""
    _get(reader, addresses[0], headers)
    looks, hellos = [], []
    with override_settings(ROOT_URLCONF="bench.hello"):
        for address in itertools.islice(itertools.cycle(addresses), ROUNDS):
            hellos.append(_once(partial(_get, reader, "/hello/")))
            looks.append(_once(partial(_get, reader, address, headers)))
    times = statistics.median(looks) / statistics.median(hellos)
    return Measured(f"{name} ({times:.1f} × hello)", _percentile(looks), limit)


def _after_a_change(reader: Client) -> Measured:
    """Every process learns the words anew after a change of the catalogue."""
    address = f"{reverse('orders:order_new')}?part=found&q=folloers+germany"

    def look() -> None:
        vocabulary._vocabulary.cache_clear()
        _get(reader, address, SCRIPTED)

    seconds = _percentile([_once(look) for _round in range(ROUNDS)])
    return Measured("search: a typo after every change", seconds, SEARCH_SECONDS)


def _percentile(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def _get(reader: Client, address: str, headers: dict[str, str] | None = None) -> bytes:
    answer = reader.get(address, headers=headers)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    return answer.content


def _once(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
