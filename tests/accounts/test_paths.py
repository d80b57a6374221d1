from __future__ import annotations

import pytest

from accounts.paths import LONGEST_PATH, own_path

ELSEWHERE = [
    "",
    "https://evil.example/",
    "https:evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\r\nLocation: https://evil.example",
    "/\u2028x",
    " /orders/",
    "\x00/orders/",
    "javascript:alert(1)",
    "orders/",
    "?next=/",
    "/" + "x" * LONGEST_PATH,
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_what_leads_elsewhere_is_no_path_of_ours(text: str) -> None:
    assert own_path(text) is None


@pytest.mark.parametrize(
    "text", ["/", "/orders/new/?service=3&link=https%3A%2F%2Fa.example#top", "/%0d%0a"]
)
def test_a_plain_path_stays_as_it_is(text: str) -> None:
    assert own_path(text) == text
