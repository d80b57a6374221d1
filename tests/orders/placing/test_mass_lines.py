"""Reading the lines of a mass order: what is clear is taken, all else is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.placing import mass_lines
from orders.placing.mass_lines import MOST_LINES, Line, TooManyLines, read_lines
from services import links

LINK = "https://example.com/p/1"


def only(text: str) -> Line:
    [line] = read_lines(text)
    return line


def read(text: str) -> tuple[int, str, int]:
    line = only(text)
    assert line.link, line.problem
    return line.service_id, line.link.url, line.quantity


@pytest.mark.parametrize("separator", ["|", ";", "\t", ","])
@pytest.mark.parametrize("pad", ["", " "])
def test_both_orders_of_the_fields_are_read_with_every_separator(separator: str, pad: str) -> None:
    mark = f"{pad}{separator}{pad}"
    assert read(mark.join(["12", LINK, "500"])) == (12, LINK, 500)
    assert read(mark.join(["12", "500", LINK])) == (12, LINK, 500)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("12|https://example.com/a|b|500", "https://example.com/a|b"),
        ("12|500|https://example.com/a;b,c", "https://example.com/a;b,c"),
        ("12|500|https://example.com/a|5", "https://example.com/a|5"),
        ("12;https://example.com/?a=1,2;500", "https://example.com/?a=1,2"),
        ('"12","https://example.com/?a=1,2","500"', "https://example.com/?a=1,2"),
        ('12;"https://example.com/a;b";500', "https://example.com/a;b"),
        ("12|example.com/p/1|500", "https://example.com/p/1"),
    ],
)
def test_a_link_may_hold_what_separates_fields(text: str, link: str) -> None:
    service_id, found, _quantity = read(text)
    assert (service_id, found) == (12, link)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello", "Write it as service|link|quantity."),
        ("12", "Write it as service|link|quantity."),
        ("12|500", "A part is missing."),
        (f"|{LINK}|500", "begin with the number of a service"),
        (f"x|{LINK}|500", "begin with the number of a service"),
        (f"=1+1|{LINK}|500", "begin with the number of a service"),
        (f"12|{LINK}|many", "no whole number"),
        (f"12|{LINK}|1e3", "no whole number"),
        (f"12|{LINK}|٣", "no whole number"),
        (f"12|{LINK}|-5", "no whole number"),
        (f"12|{LINK}|1.000", "no whole number"),
        ("12||500", "Give the link"),
        ("12|100|200", "not a web address"),
        ("12|javascript:alert(1)|500", "Only http and https"),
        (f"12,{LINK},1,000", "too many commas"),
        ("12|500|https://example.com/a b", "spaces or invisible characters"),
        ("12|" + "x" * 3000 + "|500", "too long"),
        ("12|7|a.example.com|9", "not a web address"),
    ],
    ids=lambda text: text[:24],
)
def test_what_is_not_clear_is_named_and_never_guessed(text: str, words: str) -> None:
    line = only(text)
    assert line.link is None
    assert words in line.problem


def test_blank_lines_and_the_heads_of_columns_are_left_out_and_numbers_stay() -> None:
    text = f"Service;Link;Quantity\r\n\r\n  \n 12 ; {LINK} ; 500 \r13;{LINK};600"
    assert [(line.number, line.quantity) for line in read_lines(text)] == [(4, 500), (5, 600)]


def test_five_hundred_lines_are_taken_and_one_more_is_refused() -> None:
    full = "\n".join(f"1|{LINK}/{number}|10" for number in range(MOST_LINES))
    assert len(read_lines(full + "\n\n")) == MOST_LINES
    with pytest.raises(TooManyLines) as refused:
        read_lines(f"{full}\n1|{LINK}|10")
    assert refused.value.found == MOST_LINES + 1


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    for line in read_lines(text[:400]):
        assert bool(line.problem) == (line.link is None)


@given(
    service_id=st.integers(1, 10**9),
    quantity=st.integers(1, 10**9),
    path=st.text(alphabet="abcXYZ09-_.~/|;,", max_size=40),
    separator=st.sampled_from(["|", "\t"]),
)
def test_a_line_that_is_read_says_what_was_typed(
    service_id: int, quantity: int, path: str, separator: str
) -> None:
    link = f"https://example.com/{path}x"
    for parts in ([service_id, link, quantity], [service_id, quantity, link]):
        line = only(separator.join(map(str, parts)))
        assert line.link is not None
        assert (line.service_id, line.link.url, line.quantity) == (service_id, link, quantity)


def test_the_longest_link_fits_into_a_line() -> None:
    link = "https://example.com/" + "a" * (links.MAX_LENGTH - 20)
    assert len(link) == links.MAX_LENGTH < mass_lines.LONGEST_LINE
    assert read(f"12|{link}|500")[1] == link


def test_a_first_line_without_an_end_is_no_header() -> None:
    assert read_lines('"' + "a" * 140_000)[0].problem
