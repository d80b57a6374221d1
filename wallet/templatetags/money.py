from django import template

from wallet import currencies
from wallet import money as amounts

register = template.Library()


@register.filter
def money(micros: int) -> str:
    """ "$48.20": two to six decimals, exact."""
    return amounts.display(micros)


@register.filter
def money_plain(micros: int) -> str:
    """ "48.2": exact, as few decimals as the value allows."""
    return amounts.plain(micros)


@register.filter
def coins(amount: int, currency: str) -> str:
    """ "12.50 EUR", from the smallest coins of any currency."""
    return currencies.in_words(amount, currency)
