"""Names of time zones: what a browser or an old row says must be one that this machine knows."""

from functools import cache
from zoneinfo import available_timezones


@cache
def time_zones() -> frozenset[str]:
    """Return every known name; finding out walks a directory tree, once."""
    return frozenset(available_timezones())
