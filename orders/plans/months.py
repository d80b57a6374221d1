"""Months that keep their day: the 31st is the last of a shorter month, and the 31st again after it
(SUB-02, `subscription.renewal`)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def next_on(*, after: date, anchor_day: int) -> date:
    """The anchor day of the month after that of `after`, or that month's last day."""
    year, month = (after.year + 1, 1) if after.month == 12 else (after.year, after.month + 1)
    return date(year, month, min(anchor_day, monthrange(year, month)[1]))
