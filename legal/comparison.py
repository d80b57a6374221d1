"""What changed between two versions of a text, passage by passage and word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Mark = Literal["same", "added", "removed"]
_PARAGRAPHS = re.compile(r"\n\s*\n")
_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Span:
    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, a heading or a list: unchanged, or made of spans."""

    spans: tuple[Span, ...]

    @property
    def is_changed(self) -> bool:
        return any(span.mark != "same" for span in self.spans)


def compare(*, old: str, new: str) -> list[Passage]:
    """Return the passages of both texts in reading order; equal texts give no changed passage."""
    before, after = _PARAGRAPHS.split(old.strip()), _PARAGRAPHS.split(new.strip())
    passages: list[Passage] = []
    for tag, i1, i2, j1, j2 in _opcodes(before, after):
        if tag == "equal":
            passages += [Passage((Span("same", text),)) for text in after[j1:j2]]
        else:
            passages += _changed(before[i1:i2], after[j1:j2])
    return passages


def _changed(before: list[str], after: list[str]) -> Iterator[Passage]:
    paired = min(len(before), len(after))
    for old, new in zip(before[:paired], after[:paired], strict=True):
        yield Passage(tuple(_word_spans(_WORDS.findall(old), _WORDS.findall(new))))
    for text in before[paired:]:
        yield Passage((Span("removed", text),))
    for text in after[paired:]:
        yield Passage((Span("added", text),))


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
