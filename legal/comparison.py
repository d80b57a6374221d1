"""What changed between two versions of a text, passage by passage and word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Mark = Literal["same", "added", "removed"]
_PARAGRAPHS = re.compile(r"\n\s*\n")
_WORDS = re.compile(r"\s+|[^\s]+")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
_EMPHASIS = re.compile(r"\*\*|__")


@dataclass(frozen=True, slots=True)
class Span:
    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, a heading or a list: unchanged, or made of spans."""

    spans: tuple[Span, ...]
    is_heading: bool = False


def compare(*, old: str, new: str) -> list[Passage]:
    """Return what differs between two Markdown texts, in reading order, under its headings.

    Headings come along for orientation; passages that read the same are left out. Equal texts
    give an empty list.
    """
    before, after = _passages(old), _passages(new)
    changes: list[Passage] = []
    heading: list[Passage] = []
    for tag, i1, i2, j1, j2 in _opcodes(before, after):
        if tag == "equal":
            same = [text for text in after[j1:j2] if text.startswith("#")]
            heading = [_passage(Span("same", text)) for text in same[-1:]] or heading
        else:
            changes += [*heading, *_changed(before[i1:i2], after[j1:j2])]
            heading = []
    return changes


def _passages(markdown: str) -> list[str]:
    """Paragraphs in plain words: a link shows its target, so that a changed one is seen."""
    plain = _EMPHASIS.sub("", _LINK.sub(r"\1 (\2)", markdown.strip()))
    return _PARAGRAPHS.split(plain) if plain else []


def _passage(*spans: Span) -> Passage:
    """Take the Markdown sign off a heading."""
    if not spans[0].text.startswith("#"):
        return Passage(spans)
    first = Span(spans[0].mark, spans[0].text.lstrip("# "))
    return Passage((first, *spans[1:]), is_heading=True)


def _changed(before: list[str], after: list[str]) -> Iterator[Passage]:
    paired = min(len(before), len(after))
    for old, new in zip(before[:paired], after[:paired], strict=True):
        yield _passage(*_word_spans(_WORDS.findall(old), _WORDS.findall(new)))
    for text in before[paired:]:
        yield _passage(Span("removed", text))
    for text in after[paired:]:
        yield _passage(Span("added", text))


def _word_spans(before: list[str], after: list[str]) -> Iterator[Span]:
    for tag, i1, i2, j1, j2 in _opcodes(before, after):
        if tag == "equal":
            yield Span("same", "".join(after[j1:j2]))
            continue
        if i1 < i2:
            yield Span("removed", "".join(before[i1:i2]))
        if j1 < j2:
            yield Span("added", "".join(after[j1:j2]))


def _opcodes(before: list[str], after: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
