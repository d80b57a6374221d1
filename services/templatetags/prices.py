from __future__ import annotations

from django import template

from wallet.money import plain

register = template.Library()
# A hundredth of a percent, in millionths of a percent.
_MICROS_PER_BP = 10_000


@register.filter
def percent(hundredths: int) -> str:
    """ "12.5 %", "−3 %", from hundredths of a percent."""
    sign = "−" if hundredths < 0 else ""
    return f"{sign}{plain(abs(hundredths) * _MICROS_PER_BP)}\N{NO-BREAK SPACE}%"


@register.filter
def percent_signed(hundredths: int) -> str:
    """ "+12.5 %", for changes."""
    return f"{'+' if hundredths > 0 else ''}{percent(hundredths)}"
