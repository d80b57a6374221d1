"""Names lose their decoration and nothing that says what is sold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.syncing.cleaning import NAME_LIMIT, clean_name, has_markup


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("🔥 Followers 🔥", "Followers"),
        ("Likes  |   Max 10K", "Likes | Max 10K"),
        ("★★★ Views ★★★ [ Real ]", "Views [ Real ]"),
        ("Fol\u200blow\u2060ers\ufeff", "Followers"),
        ("1\ufe0f\u20e3 Views", "1 Views"),
        ("👩\u200d👩\u200d👧 Members", "Members"),
        ("➤ ~~ Likes ~~ <<", "Likes ~ <<"),
        ("---- Views ---- fast!!!", "Views - fast!"),
        ("𝗕𝗼𝗹𝗱 𝓵𝓲𝓴𝓮𝓼", "Bold likes"),
        ("<b>Views</b> &amp; likes", "Views & likes"),
        ("&lt;script&gt;alert(1)&lt;/script&gt; Views", "alert(1) Views"),
        ("Views ( 🔥 ) [ ]", "Views"),
        ("REAL FOLLOWERS NO DROP", "REAL FOLLOWERS NO DROP"),
        ("360° videos < 5 min, $1 + 20%", "360° videos < 5 min, $1 + 20%"),
        ("Просмотры 〽️ مشاهدات", "Просмотры مشاهدات"),
        ("🔥✨", ""),
    ],
)
def test_a_name_is_cleaned(raw: str, cleaned: str) -> None:
    assert clean_name(raw) == cleaned


@given(st.text(max_size=400))
def test_cleaning_what_is_clean_changes_nothing(raw: str) -> None:
    cleaned = clean_name(raw)
    assert clean_name(cleaned) == cleaned
    assert len(cleaned) <= NAME_LIMIT
    assert "\x00" not in cleaned


@pytest.mark.parametrize(
    "text", ["<b>x</b>", "x<script src=y>", "&lt;img onerror=1&gt;", "<!-- x>"]
)
def test_markup_is_told_from_signs(text: str) -> None:
    assert has_markup(text)
    assert not has_markup("3 < 5 > 4, <3, a<b")
