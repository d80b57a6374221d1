"""`services` of API v2 for ten thousand services: made once for all who see the same, not per call.

A list is several megabytes, and hardly two calls in an hour differ: what differs is the customer's
group, his own prices and the country that he is billed in (`services.viewpoints`). So each service
is encoded once for each number of the catalogue, in two halves around its price; a list is those
halves with the prices between them, compressed once. Another number, and everything is made anew.

Each process keeps its own lists, up to KEPT_BYTES. Source: docs/performance.md, API-04.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

import brotli
from django.utils.translation import get_language

from accounts import admission
from orders.api.answers import service_item
from services import viewpoints
from services.models import Service
from services.viewpoints import Viewpoint, group_rates
from wallet import money

KEPT_BYTES = 64 * 1024 * 1024
# What takes 30 to 40 ms once for seven megabytes and leaves a 25th of them.
_BROTLI_QUALITY, _GZIP_LEVEL = 6, 8
_PRICE = "rate"

_COMPRESSED_BY: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=_BROTLI_QUALITY),
    "gzip": lambda body: gzip.compress(body, _GZIP_LEVEL, mtime=0),
}
ENCODINGS = tuple(_COMPRESSED_BY)


@dataclass(frozen=True, slots=True)
class PriceList:
    """The JSON of a whole answer, and its name for whoever has it already."""

    body: bytes
    etag: str
    _compressed: dict[str, bytes] = field(default_factory=dict)

    def encoded(self, encoding: str) -> bytes:
        """The body in one of ENCODINGS; made when it is asked for first."""
        if encoding not in self._compressed:
            self._compressed[encoding] = _COMPRESSED_BY[encoding](self.body)
        return self._compressed[encoding]

    @property
    def size(self) -> int:
        return len(self.body) + sum(map(len, self._compressed.values()))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A service as JSON, its price left out."""

    service_id: int
    rate_micros: int
    blocked_countries: frozenset[str]
    before: bytes
    after: bytes


@dataclass(slots=True)
class _Shelf:
    """What was made of one number of the catalogue in one language."""

    version: int
    pieces: list[_Piece]
    # Countries in which something is not sold: all others see the same.
    countries: frozenset[str]
    of_groups: dict[int, dict[int, int]] = field(default_factory=dict)
    lists: OrderedDict[str, PriceList] = field(default_factory=OrderedDict)


# The columns of admission.ADMITTED, and behind them what each caller sees: services/sql/admit.sql.
ADMITTED = (
    "SELECT * FROM services_admit("  # noqa: S608 - of constants
    f"%(calls)s::jsonb, %(rate)s, {admission.ADDRESS_SHARE}, %(at)s)"
)
_DOOR = admission.Door(ADMITTED)
_shelves: dict[str, _Shelf] = {}
_making = Lock()


def admit(knock: admission.Knock) -> tuple[admission.Caller, Viewpoint]:
    """Counts one call, says whose it is, and from where he sees the catalogue. Raises
    admission.Refused."""
    row = _DOOR.row_of(admission.Call(knock, {}))
    caller = admission.decide(row[: admission.WIDTH], knock=knock)
    return caller, viewpoints.seen(row[-viewpoints.WIDTH :])


def price_list(viewpoint: Viewpoint) -> PriceList:
    """What `services` answers to who sees the catalogue from there: without a query where somebody
    asked before who sees the same, else the catalogue is read."""
    language = get_language() or ""
    shelf = _shelves.get(language)
    if shelf is None or shelf.version != viewpoint.version:
        shelf = _stocked(language, viewpoint.version)
    key = _key(shelf, viewpoint)
    return shelf.lists.get(key) or _made(shelf, viewpoint, key)


def _stocked(language: str, version: int) -> _Shelf:
    """A shelf of this version; whoever comes while another makes it waits and takes that one."""
    with _making:
        shelf = _shelves.get(language)
        if shelf is None or shelf.version != version:
            pieces = [_piece(service) for service in Service.objects.listed().priced_for(None)]
            blocked = (piece.blocked_countries for piece in pieces)
            shelf = _Shelf(version, pieces, frozenset().union(*blocked))
            _shelves[language] = shelf
    return shelf


def _piece(service: Service) -> _Piece:
    members = list(service_item(service).items())
    place = [name for name, _value in members].index(_PRICE)
    before, after = _json(dict(members[:place])), _json(dict(members[place + 1 :]))
    return _Piece(
        service_id=service.pk,
        rate_micros=service.rate_micros,
        blocked_countries=frozenset(service.blocked_countries),
        before=f'{before[:-1]},"{_PRICE}":"'.encode(),
        after=f'",{after[1:]}'.encode(),
    )


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"))


def _key(shelf: _Shelf, viewpoint: Viewpoint) -> str:
    """Alike for all who read the same prices of the same services."""
    country = viewpoint.country if viewpoint.country in shelf.countries else ""
    own = sorted(viewpoint.own_rates.items())
    digest = hashlib.sha256(repr(own).encode()).hexdigest() if own else ""
    return f"{viewpoint.group_id}:{country}:{digest}"


def _made(shelf: _Shelf, viewpoint: Viewpoint, key: str) -> PriceList:
    with _making:
        if key not in shelf.lists:
            rates = {**_rates_of(shelf, viewpoint.group_id), **viewpoint.own_rates}
            body = _body(shelf.pieces, country=viewpoint.country, rates=rates)
            # Weak: the same list is sent in several encodings.
            etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
            shelf.lists[key] = PriceList(body, etag)
            _make_room(shelf)
        return shelf.lists[key]


def _rates_of(shelf: _Shelf, group_id: int | None) -> dict[int, int]:
    if group_id is None:
        return {}
    if group_id not in shelf.of_groups:
        shelf.of_groups[group_id] = group_rates(group_id)
    return shelf.of_groups[group_id]


def _body(pieces: Iterable[_Piece], *, country: str, rates: Mapping[int, int]) -> bytes:
    items = (
        b"".join((each.before, _price(each, rates), each.after))
        for each in pieces
        if country not in each.blocked_countries
    )
    return b"[" + b",".join(items) + b"]"


def _price(piece: _Piece, rates: Mapping[int, int]) -> bytes:
    return money.plain(rates.get(piece.service_id, piece.rate_micros)).encode()


def _make_room(shelf: _Shelf) -> None:
    """Forgets what was made first; the newest stays however large it is."""
    while len(shelf.lists) > 1 and sum(each.size for each in shelf.lists.values()) > KEPT_BYTES:
        shelf.lists.popitem(last=False)
