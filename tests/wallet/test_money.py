import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet import money

NOT_NUMBERS = [
    "", " ", "NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1E+9999999", "1e2", "-0", "-1",
    "+5", "0x10", "1_000", "1,000", "٣", "１２", " 12 ", "12 ", "5.", ".5", "0.0000001",
    "1" * 5000, str(10**20), "true", "[1]", "1\x00", "1\n", "²",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_what_is_not_a_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(money.InvalidAmount):
        money.parse_amount(text)


@pytest.mark.parametrize("text", [*NOT_NUMBERS, "0.001", "12.345"])
def test_what_is_not_a_plain_count_is_refused(text: str) -> None:
    with pytest.raises(money.InvalidAmount):
        money.parse_whole(text)


@pytest.mark.parametrize(
    ("text", "micros"),
    [("0", 0), ("12", 12_000_000), ("0.000001", 1), ("12.345", 12_345_000), ("007", 7_000_000)],
)
def test_a_plain_amount_is_read_exactly(text: str, micros: int) -> None:
    assert money.parse_amount(text) == micros


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(1, 2, 1), (1, 3, 0), (2, 3, 1), (12345, 10, 1235), (12344, 10, 1234), (0, 7, 0)],
)
def test_halves_go_up(numerator: int, denominator: int, expected: int) -> None:
    assert money.divide_half_up(numerator, denominator) == expected


def test_rounding_is_not_defined_for_negative_amounts() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        money.divide_half_up(-1, 2)


@given(st.integers(0, 10**15), st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_never_exceeds_the_amount(amount: int, part: int, whole: int) -> None:
    share = money.share_of(amount_micros=amount, part=part, whole=whole)
    assert 0 <= share <= amount
    if part >= whole:
        assert share == amount


@given(st.integers(0, money.MAX_MICROS))
def test_what_is_printed_plainly_is_read_back_exactly(micros: int) -> None:
    assert money.parse_amount(money.plain(micros)) == micros


@pytest.mark.parametrize(
    ("micros", "shown"),
    [
        (48_200_000, "$48.20"),
        (2_141_500, "$2.1415"),
        (-2_141_500, "−$2.1415"),
        (0, "$0.00"),
        (1, "$0.000001"),
        (1_234_567_890_000, "$1,234,567.89"),
        (999_999, "$0.999999"),
    ],
)
def test_people_read_two_to_six_decimals_never_rounded(micros: int, shown: str) -> None:
    assert money.display(micros) == shown
