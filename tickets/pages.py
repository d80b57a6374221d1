"""Long lists are read by number, never by OFFSET: page 400 costs what page 1 costs."""

from __future__ import annotations

from dataclasses import dataclass

from tickets.models import Ticket, TicketQuerySet
from wallet.money import read_number

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Page:
    """Tickets, newest first; `below` is where the older ones begin, None on the last page."""

    tickets: list[Ticket]
    is_first: bool
    below: int | None


def read_page(tickets: TicketQuerySet, *, below: str) -> Page:
    """The page that a query string asks for; what is not a number asks for the first."""
    number = read_number(below)
    rows = list(tickets.newest_first(below=number)[: PAGE_SIZE + 1])
    has_older = len(rows) > PAGE_SIZE
    shown = rows[:PAGE_SIZE]
    return Page(tickets=shown, is_first=number is None, below=shown[-1].pk if has_older else None)
