"""Words of a provider that customers read lead nowhere, and are read in no time at all (DEL-01)."""

from __future__ import annotations

import time

import pytest

from services.syncing.describing import LONGEST, brands_of, plain_description, plain_name
from tests import factories

BRANDS = frozenset({"cheapsource"})


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Views | Cheapsource.com | t.me/cheapsource", "Views"),
        ("CheapSource Likes, 30 days refill", "Likes, 30 days refill"),
        ("Views - @somebody - Max 5K", "Views | Max 5K"),
        ("Likes see some-shop.example.com now", "Likes see now"),
        ("Followers by cheapsource", "Followers by"),
        ("@cheapsource", ""),
        (
            "Views 0.5 - 1.5 M | R30 | + 50,000,000 a day",
            "Views 0.5 - 1.5 M | R30 | + 50,000,000 a day",
        ),
    ],
)
def test_a_name_loses_what_names_the_provider_and_nothing_else(name: str, plain: str) -> None:
    assert plain_name(name, brands=BRANDS) == plain


@pytest.mark.django_db
def test_a_host_that_is_called_after_what_everybody_sells_is_no_brand() -> None:
    provider = factories.provider(name="Wholesale", url="https://likes.bestviews.example/api/v2")
    assert brands_of(provider) == {"wholesale", "bestviews"}


@pytest.mark.parametrize("text", ["a", "a-", "a.", "+1 ", "<br ", "<", "@a"])
def test_ten_kilobytes_are_read_in_no_time(text: str) -> None:
    long = (text * 10_000)[:10_000]
    began = time.process_time()
    assert len(plain_description(long, brands=BRANDS)) <= LONGEST
    assert time.process_time() - began < 0.05
