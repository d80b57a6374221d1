"""A telephone: 360 pixels wide."""

from __future__ import annotations

from tests.house import Browsing


def test_a_visitors_header_is_one_line(browser: Browsing) -> None:
    page = browser.page(width=360)
    page.goto("/")
    header = page.get_by_role("banner")
    parts = [
        header.get_by_role("link", name="Panel"),
        header.get_by_role("link", name="Log in"),
        header.get_by_role("link", name="Sign up"),
        header.get_by_role("button", name="Menu"),
    ]
    boxes = [part.bounding_box() for part in parts]
    middles = {round(box["y"] + box["height"] / 2) for box in boxes if box}
    assert (len(boxes), len(middles)) == (4, 1)
