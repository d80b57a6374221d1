from __future__ import annotations

import csv

import pytest

from wallet.spreadsheets import csv_rows, text_cell

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\0=1",
    " =1",
    "'=1",
    '"=1',
    "\u00a0=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(text):
    assert text_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Order 17", "1-2", "it's", "a=b", "'quoted'"])
def test_ordinary_words_stay_as_they_are(text):
    assert text_cell(text) == text


def test_rows_come_back_as_they_went_in():
    rows = [["a,b", 'say "hi"', "two\nlines"], ["-2.1415", "", "ü"]]
    assert list(csv.reader("".join(csv_rows(rows)).splitlines(keepends=True))) == rows
