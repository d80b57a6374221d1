"""How fast a service was of late, in words: always an estimate, never a promise (CAT-08)."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from services.models import Pace, Service
from services.types import spec_of

# Three orders say something about a service, fewer are chance.
FEWEST_ORDERS = 3
_MINUTES_UNTIL = 90
_HOURS_UNTIL = 36 * 60


def known_pace(service: Service) -> Pace | None:
    """The pace of a service that was read with it (`listed`), if enough orders say so."""
    pace: Pace | None = getattr(service, "pace", None)
    return pace if pace is not None and pace.orders >= FEWEST_ORDERS else None


def average_minutes(service: Service) -> int | None:
    """About how long 1000 (of a package: the whole) take from the order to the end: as measured
    lately, in the middle of slow and fast, else as staff estimate it. None where nobody knows."""
    pace = known_pace(service)
    if pace is None:
        return service.average_minutes
    lows = pace.start_minutes_low + pace.minutes_per_1000_low
    highs = pace.start_minutes_high + pace.minutes_per_1000_high
    return max((lows + highs) // 2, 1)


def start_words(pace: Pace) -> str:
    """ "usually starts in 5–20 minutes"."""
    return _("usually starts in %(time)s") % {
        "time": span_words(pace.start_minutes_low, pace.start_minutes_high)
    }


def speed_words(pace: Pace) -> str:
    """ "1,000 take 25–70 minutes (last 10 orders)"; of a package the whole."""
    if spec_of(pace.service.type).is_package:
        sentence = _("an order takes %(time)s (last %(count)d orders)")
    else:
        sentence = _("1,000 take %(time)s (last %(count)d orders)")
    time = span_words(pace.minutes_per_1000_low, pace.minutes_per_1000_high)
    return sentence % {"time": time, "count": pace.orders}


def outcome_words(pace: Pace) -> str:
    """ "96 % of the last 50 were completed": down, so that only all of them are 100 %."""
    percent = pace.completed * 100 // pace.ended
    return _("%(percent)d %% of the last %(count)d were completed") % {
        "percent": percent,
        "count": pace.ended,
    }


def about_words(minutes: int) -> str:
    """ "about 45 minutes", "about 3 hours", "about 2 days": an estimate is never exact (CAT-08)."""
    if minutes < _MINUTES_UNTIL:
        words, amount = ngettext("about %(n)d minute", "about %(n)d minutes", minutes), minutes
    elif minutes < _HOURS_UNTIL:
        amount = round(minutes / 60)
        words = ngettext("about %(n)d hour", "about %(n)d hours", amount)
    else:
        amount = round(minutes / (24 * 60))
        words = ngettext("about %(n)d day", "about %(n)d days", amount)
    return words % {"n": amount}


def span_words(low: int, high: int) -> str:
    """Two counts of minutes as people say them, in one unit."""
    if high < _MINUTES_UNTIL:
        low, high = max(low, 1), max(high, 1)
        one, many = ngettext("%(n)d minute", "%(n)d minutes", high), _("%(low)d–%(high)d minutes")
    elif high < _HOURS_UNTIL:
        low, high = max(round(low / 60), 1), round(high / 60)
        one, many = ngettext("%(n)d hour", "%(n)d hours", high), _("%(low)d–%(high)d hours")
    else:
        low, high = max(round(low / 1440), 1), max(round(high / 1440), 1)
        one, many = ngettext("%(n)d day", "%(n)d days", high), _("%(low)d–%(high)d days")
    return one % {"n": high} if low == high else many % {"low": low, "high": high}
