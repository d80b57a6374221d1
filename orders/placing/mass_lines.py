"""Reading a mass order: one order per line, service, link and quantity in the orders of the trade.

Pure. The trade writes `service|link|quantity` and `service|quantity|link`; whichever field is made
of digits only is the quantity. What fits both ways, or none, is named and never guessed (S-23).
"""

from __future__ import annotations

import csv
from contextlib import suppress
from dataclasses import dataclass

from django.utils.translation import gettext as _

from services import links
from services.links import InvalidLink, Link
from wallet.money import read_number

MOST_LINES = 500
# A link of 2,000 characters, two numbers and what separates them.
LONGEST_LINE = links.MAX_LENGTH + 100
_SEPARATORS = "|\t;,"
_HEADER = {"service", "link", "quantity"}


class TooManyLines(ValueError):
    """More lines than one mass order takes; `found` says how many."""

    def __init__(self, found: int) -> None:
        super().__init__(found)
        self.found = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as it was typed, under its number in the box from 1; either `problem` says why it
    cannot be read, or the rest is what it asks for."""

    number: int
    text: str
    service_id: int = 0
    link: Link | None = None
    quantity: int = 0
    problem: str = ""


class _Unreadable(ValueError):
    """What is wrong with one line."""


def read_lines(text: str) -> list[Line]:
    """The lines that hold something. Raises TooManyLines above MOST_LINES of them."""
    typed = [(number, line.strip()) for number, line in enumerate(_split(text), start=1)]
    wanted = [(number, line) for number, line in typed if line and not _is_header(number, line)]
    if len(wanted) > MOST_LINES:
        raise TooManyLines(len(wanted))
    return [_read(number, line) for number, line in wanted]


def _split(text: str) -> list[str]:
    # Not splitlines(): a form feed or a line separator inside a link is an error, not a new line.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _is_header(number: int, line: str) -> bool:
    """The first line of a sheet names its columns."""
    if number != 1 or len(line) > LONGEST_LINE:
        return False
    return any(
        {field.lower() for field in _fields(line, separator)} == _HEADER
        for separator in _SEPARATORS
    )


def _read(number: int, text: str) -> Line:
    try:
        service_id, link, quantity = _parse(text)
    except (_Unreadable, InvalidLink) as error:
        shown = text[:LONGEST_LINE]
        return Line(number=number, text=shown, problem=str(getattr(error, "message", error)))
    return Line(number=number, text=text, service_id=service_id, link=link, quantity=quantity)


def _parse(text: str) -> tuple[int, Link, int]:
    if len(text) > LONGEST_LINE:
        raise _Unreadable(_("This line is too long."))
    # The first one decides: the others may be a part of the link.
    separator = next((character for character in text if character in _SEPARATORS), None)
    if separator is None:
        raise _Unreadable(_("Write it as service|link|quantity."))
    first, *rest = _fields(text, separator)
    service_id = read_number(first)
    if service_id is None:
        raise _Unreadable(_("It must begin with the number of a service."))
    if len(rest) < 2:
        raise _Unreadable(_("A part is missing. Write it as service|link|quantity."))
    if separator == "," and len(rest) > 2:
        raise _Unreadable(_("It has too many commas to tell its parts. Put | between them."))
    return service_id, *_link_and_quantity(rest, separator)


def _link_and_quantity(parts: list[str], separator: str) -> tuple[Link, int]:
    found = [
        (link, quantity)
        for link, quantity in (
            (separator.join(parts[:-1]), read_number(parts[-1])),
            (separator.join(parts[1:]), read_number(parts[0])),
        )
        if quantity is not None
    ]
    if not found:
        raise _Unreadable(_("Its quantity is no whole number in plain digits, such as 1000."))
    # A number in front of a separator is never the host of a link: at most one of the two reads.
    for text, quantity in found:
        with suppress(InvalidLink):
            return links.canonical(text), quantity
    # Says what is wrong with the link.
    return links.canonical(found[0][0]), found[0][1]


def _fields(text: str, separator: str) -> list[str]:
    """The parts of a line; a spreadsheet puts quotation marks around some."""
    parts = next(csv.reader([text], delimiter=separator)) if '"' in text else text.split(separator)
    return [part.strip() for part in parts]
