"""What the desk of staff shows of work that waits."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Queue:
    """Work of one kind: how much of it, since when the oldest waits, and where it is done."""

    title: str | Promise
    count: int
    oldest_at: datetime | None
    url: str
    action: str | Promise
