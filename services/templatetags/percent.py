from django import template

from wallet.money import plain

register = template.Library()

_MICROS_PER_BP = 10_000


@register.filter
def percent(bp: int) -> str:
    """ "12.5%", from hundredths of a percent."""
    return f"{plain(bp * _MICROS_PER_BP)}%"


@register.filter
def percent_signed(bp: int) -> str:
    """ "+12.5%" or "−3%": by how much something changed."""
    sign = "+" if bp > 0 else "−" if bp < 0 else ""
    return f"{sign}{percent(abs(bp))}"
