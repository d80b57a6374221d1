"""Files that customers send as proof of a transfer: what they are is read from their bytes, never
from the name or the type that the browser says (S-18)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

LARGEST_BYTES = 2 * 1024 * 1024
_LONGEST_NAME = 60


class FileKind(NamedTuple):
    content_type: str
    ending: str


_BY_FIRST_BYTES: Mapping[bytes, FileKind] = {
    b"%PDF-": FileKind("application/pdf", "pdf"),
    b"\x89PNG\r\n\x1a\n": FileKind("image/png", "png"),
    b"\xff\xd8\xff": FileKind("image/jpeg", "jpg"),
}


def kind_of(content: bytes) -> FileKind | None:
    """What a file is by its first bytes; None if it is nothing that we take."""
    found = (kind for start, kind in _BY_FIRST_BYTES.items() if content.startswith(start))
    return next(found, None)


def plain_name(name: str, kind: FileKind) -> str:
    """A name that means nothing to any system: letters, digits and hyphens, with our ending."""
    base = name.replace("\\", "/").rpartition("/")[2]
    stem = base.rpartition(".")[0] or base
    ascii_stem = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "-", ascii_stem).strip("-")[:_LONGEST_NAME]
    return f"{words or 'proof'}.{kind.ending}"
