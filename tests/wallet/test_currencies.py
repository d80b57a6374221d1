from __future__ import annotations

import pytest

from smmpanel.fake_stripe.money import CURRENCIES
from wallet import currencies


@pytest.mark.parametrize(
    ("coins", "currency", "words"),
    [
        (1250, "usd", "12.50 USD"),
        (5, "eur", "0.05 EUR"),
        (0, "gbp", "0.00 GBP"),
        (1250, "jpy", "1250 JPY"),
        (1250, "kwd", "1.250 KWD"),
        (-1250, "kwd", "−1.250 KWD"),
        (-7, "jpy", "−7 JPY"),
    ],
)
def test_coins_are_shown_with_the_decimals_of_their_currency(coins, currency, words):
    assert currencies.in_words(coins, currency) == words


@pytest.mark.parametrize(
    ("currency", "micros"), [("usd", 10_000), ("jpy", 1_000_000), ("kwd", 1_000)]
)
def test_a_coin_is_so_many_millionths_of_a_unit(currency, micros):
    assert currencies.micros_of(1, currency) == micros


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_table_agrees_with_the_stand_ins(currency):
    assert currencies.decimals_of(currency) == CURRENCIES[currency].decimals
