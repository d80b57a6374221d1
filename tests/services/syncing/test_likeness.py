"""Re-worded names are the same service; numbers that were given to something else are not."""

from __future__ import annotations

import pytest

from services.syncing.likeness import Naming, is_another


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Views 1", "Views, a new name"),
        (
            "Platform A Followers [Real] [30 days refill]",
            "\u2b50 Platform A Real Followers | Max 100K",
        ),
        ("Followers | speed 5K", "Followers, instant start, no drop"),
        ("Northbook Views + Reach", "Northbook Reels Views, fast"),
        ("Northbook page likes", "Northbook post likes"),
        ("Northbook plays", "Northbook streams"),
        ("Reels Pro", "Reels Pro (Northbook)"),
        ("\u0412\u0456\u0434\u0435\u043e 10K", "\u0412\u0456\u0434\u0435\u043e 20K"),
    ],
)
def test_other_words_for_it(old: str, new: str) -> None:
    assert not is_another(Naming(old, "Northbook"), Naming(new, "Northbook, cheap"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (("Northbook likes | real | 10K", ""), ("Northbook followers | real | 10K", "")),
        (("Northbook followers HQ", ""), ("Picshare followers HQ", "")),
        (("Followers HQ", "Northbook"), ("Followers HQ", "Picshare")),
        (("Real 10K", "Northbook likes"), ("Real 10K", "Northbook comments")),
        (("Gold deal", "Packages"), ("Silver kit", "Packages")),
        (("Reels Pro", ""), ("Domain keywords", "")),
    ],
)
def test_something_else(old: tuple[str, str], new: tuple[str, str]) -> None:
    assert is_another(Naming(*old), Naming(*new))
    assert is_another(Naming(*new), Naming(*old))
