"""What customers write into the purpose of a transfer: the number of the top-up with two check
digits, so that one wrong or swapped digit is seen and does not pay somebody else's top-up."""

from __future__ import annotations

import re

_MODULUS = 97  # ISO 7064 MOD 97-10, as in bank account numbers
_REFERENCE = re.compile(r"T([0-9]{6,18})", re.ASCII)


def reference_of(deposit_id: int) -> str:
    """The reference of a top-up: "T00012345" for number 123."""
    check = (_MODULUS + 1 - deposit_id * 100 % _MODULUS) % _MODULUS
    return f"T{deposit_id:06d}{check:02d}"


def deposit_id_in(text: str) -> int | None:
    """The number of the top-up that a reference names; None if it is none, or mistyped."""
    found = _REFERENCE.fullmatch("".join(text.split()).upper())
    if found is None or int(found[1]) % _MODULUS != 1:
        return None
    return int(found[1]) // 100
