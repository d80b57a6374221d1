"""What the documents and the comments name is there: a reader who follows a name arrives."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePath

from smmpanel.embedded.runtime import PROJECT


def _files() -> Iterator[str]:
    for folder, below, names in os.walk(PROJECT):
        below[:] = [name for name in below if name[0] not in "._" and name != "var"]
        yield from (str((Path(folder) / name).relative_to(PROJECT)) for name in names)


FILES = sorted(_files())
PAGES = [name for name in FILES if name.endswith(".md") and not name.startswith("legal/")]
# Decisions tell what was so when they were taken.
TODAY = [name for name in PAGES if not name.startswith("docs/adr/")]
WRITTEN = [
    name
    for name in FILES
    if PurePath(name).suffix in {".py", ".sql", ".html", ".md"} and "/migrations/" not in name
]
# What looks like the number of a row and is none: standards, and references of banks in tests.
NO_ROWS = {"ISO", "UTF", "SHA", "RFC", "MOD", "FT"}


@cache
def _text(name: str) -> str:
    return (PROJECT / name).read_text()


def _row_ids() -> set[str]:
    policies = _text("docs/policies.md")
    of_settings = re.findall(r"^\| `[a-z_.]+` \|.*\| ([A-Z0-9 -]+) \|$", policies, re.MULTILINE)
    lines = re.findall(r"^\| ([A-Z]+-\d\d) \|", policies + _text("docs/security.md"), re.MULTILINE)
    return {*lines, *" ".join(of_settings).split()}


def test_every_file_that_a_page_names_exists() -> None:
    paths = [PurePath(name) for name in FILES]
    named = {
        found.lstrip("/")
        for page in TODAY
        for found in re.findall(r"`([\w./-]+/[\w*-]+\.(?:py|sql|html|md|js|php))[:`]", _text(page))
    }
    assert len(named) > 100
    assert {name for name in named if not any(path.match(name) for path in paths)} == set()


def test_every_function_on_the_page_of_the_house_is_where_it_says() -> None:
    chains = " ".join(re.findall(r"`([^`]+)`", _text("ARCHITECTURE.md")))
    named = set(re.findall(r"\b([a-z_]+)\.([a-z_]{3,})\b", chains))
    assert len(named) > 50
    assert sorted(pair for pair in named if not _knows(*pair)) == []


def _knows(module: str, name: str) -> bool:
    """A module that defines it, or a package or file with such a part."""
    if any(
        f"/{module}/{name}" in f"/{file}" or file.endswith(f"{module}.{name}") for file in FILES
    ):
        return True
    own = "".join(_text(file) for file in FILES if PurePath(file).match(f"{module}*.py"))
    rooms = "".join(_text(file) for file in FILES if file.endswith(f"/{module}/__init__.py"))
    defined = rf"^\s*(?:def |class )?{name.removesuffix('_id')}\b\s*[=:(\[]"
    return f'"{name}"' in rooms or re.search(defined, own, re.MULTILINE) is not None


def test_every_link_of_a_page_leads_somewhere() -> None:
    links = [
        (page, link)
        for page in PAGES
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", _text(page))
        if "://" not in link
    ]
    assert len(links) > 100
    assert [
        (p, link) for p, link in links if not (PROJECT / p).parent.joinpath(link).exists()
    ] == []


def test_every_page_is_reached_from_the_first_one() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)\)", _text("README.md")))
    assert linked == {page for page in TODAY if page.startswith("docs/")}


def test_every_heading_that_a_comment_names_is_on_its_page() -> None:
    named = {
        (page, heading.rstrip(".,"))
        for name in WRITTEN
        for page, heading in re.findall(r'(docs/[\w-]+\.md),\s+"([^"\n]+)"', _text(name))
    }
    assert len(named) > 10
    assert {(page, heading) for page, heading in named if not _has(page, heading)} == set()


def _has(page: str, heading: str) -> bool:
    """As a heading, in bold at the beginning of a paragraph, or quoted as what a page is called."""
    own = rf'^(?:#+ |\*\*){re.escape(heading)}|"{re.escape(heading)}"'
    return re.search(own, _text(page), re.MULTILINE) is not None


def test_every_promise_is_named_where_it_is_tested() -> None:
    promised = re.findall(r"^\| ([A-Z]{3}-\d\d) \|", _text("docs/policies.md"), re.MULTILINE)
    tests = " ".join(_text(name) for name in FILES if re.fullmatch(r"tests/.*\.py", name))
    assert len(promised) > 150
    assert [row for row in promised if not re.search(rf"(?<![\w-]){row}(?![\w-])", tests)] == []


def test_every_row_that_is_named_has_its_line() -> None:
    """In docs/policies.md, docs/security.md, or the table of settings."""
    known = _row_ids()
    assert {"ORD-09", "S-23", "RET-01"} <= known
    named = {
        found
        for name in WRITTEN
        for found in re.findall(r"(?<![\w-])([A-Z]{1,4}-\d\d)(?![\w-])", _text(name))
    }
    assert {found for found in named - known if found.partition("-")[0] not in NO_ROWS} == set()
