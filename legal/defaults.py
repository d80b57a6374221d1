"""The documents a new panel begins with. Plain Markdown; the operator edits copies, not these."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from legal.models import Document

_FOLDER = Path(__file__).parent / "documents"
LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class DefaultDocument:
    """Its source is documents/<slug>.md: the title as a heading, then the body."""

    slug: str
    kind: Document.Kind

    def read(self) -> tuple[str, str]:
        """Return title and body."""
        source = (_FOLDER / f"{self.slug}.md").read_text(encoding="utf-8")
        title, _newline, body = source.partition("\n")
        return title.removeprefix("# "), body.lstrip("\n")


DEFAULT_DOCUMENTS: Final[Sequence[DefaultDocument]] = (
    DefaultDocument("terms", Document.Kind.TERMS),
    DefaultDocument("refunds", Document.Kind.REFUNDS),
    DefaultDocument("acceptable-use", Document.Kind.ACCEPTABLE_USE),
    DefaultDocument("privacy", Document.Kind.PRIVACY),
)
