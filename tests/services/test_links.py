from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import links
from services.links import InvalidLink, canonical

ONE_TARGET = [
    "https://example.com/p/1",
    "http://example.com/p/1",
    "example.com/p/1",
    "//example.com/p/1",
    "  https://example.com/p/1  ",
    "HTTPS://EXAMPLE.COM/p/1",
    "https://www.example.com/p/1",
    "https://m.example.com/p/1",
    "https://example.com/p/1/",
    "https://example.com:443/p/1",
    "https://example.com/p/1#comments",
    "https://example.com/p/1?utm_source=mail&igsh=abc",
    "https://example.com/%70/1",
    "https://example.com./p/1",
]

DIFFERENT_TARGETS = [
    "https://example.com/p/1",
    "https://example.com/P/1",
    "https://example.com/p/2",
    "https://example.org/p/1",
    "https://shop.example.com/p/1",
    "https://example.com/watch?v=AAA",
    "https://example.com/watch?v=aaa",
    "https://example.com/watch?v=AAA&list=B",
    "https://example.com:8443/p/1",
]

HONEST = [
    *ONE_TARGET,
    *DIFFERENT_TARGETS,
    "https://example.com/ünïcode/путь",
    "https://bücher.example/p",
    "https://example.com/a_b-c~d",
    "https://example.com/@name",
    "https://example.com/p?b=2&a=1",
    "https://example.com/p?text=a%20b",
    "https://sub.domain.example.co.uk/x",
    "https://example.com",
]

REFUSED = [
    "",
    "   ",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>",
    "file:///etc/passwd",
    "ftp://example.com/p",
    "https://",
    "https:///p/1",
    "https://localhost/p",
    "https://127.0.0.1/p",
    "https://[::1]/p",
    "https://user:password@example.com/p",
    "https://exa mple.com/p",
    "https://example.com/p\n1",
    "https://example.com/\x00",
    "https://example.com/\ud800",
    "https://example.com/\u202etxt",
    "https://example.com:99999/p",
    "https://-example.com/p",
    "https://example..com/p",
    "my page",
    "x" * 2001,
]


def test_spellings_of_one_link_have_one_key() -> None:
    assert len({canonical(text).key for text in ONE_TARGET}) == 1


def test_links_to_different_things_have_different_keys() -> None:
    assert len({canonical(text).key for text in DIFFERENT_TARGETS}) == len(DIFFERENT_TARGETS)


def test_the_order_of_parameters_does_not_matter() -> None:
    assert canonical("example.com/p?a=1&b=2").key == canonical("example.com/p?b=2&a=1").key


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_link_is_never_refused(text: str) -> None:
    assert canonical(text).url.lower().startswith("http")


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_public_address_is_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidLink) as refused:
        canonical(text)
    assert str(refused.value.message)


@given(st.text(max_size=200))
def test_any_text_is_a_link_or_refused(text: str) -> None:
    try:
        link = canonical(text)
    except InvalidLink:
        return
    assert canonical(link.url) == link


@pytest.mark.parametrize("start", ["example.com/", "https://example.com/"])
def test_what_is_stored_fits_its_column(start: str) -> None:
    fits = canonical("https://example.com/" + "a" * (links.MAX_LENGTH - 20))
    assert len(fits.url) == links.MAX_LENGTH
    with pytest.raises(InvalidLink):
        canonical(start + "a" * (links.MAX_LENGTH - 19))
