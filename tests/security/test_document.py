"""docs/security.md says what the tests hold, and names tests that exist."""

from __future__ import annotations

import re

from smmpanel.embedded.runtime import PROJECT
from tests.security import access

DOCUMENT = (PROJECT / "docs" / "security.md").read_text()


def test_the_published_table_is_the_tested_one() -> None:
    _before, _mark, table = DOCUMENT.partition("<!-- access -->\n")
    assert table.strip() == access.document()


def test_every_test_that_the_document_names_exists() -> None:
    named = set(
        re.findall(r"`([a-z_]+/[\w/]*(?:\.py)?)`", DOCUMENT.partition("Paths are below")[0])
    )
    assert len(named) > 15
    assert [path for path in named if not (PROJECT / "tests" / path).exists()] == []


def test_every_line_of_what_is_tested_names_a_requirement() -> None:
    section = DOCUMENT.partition("## What is tested")[2].partition("Paths are below")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 15
    assert all(re.match(r"\| S-\d\d \| (\d+\.\d+\.[\dx]|– \|)", row) for row in rows)
