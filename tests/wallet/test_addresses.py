from __future__ import annotations

import pytest

from wallet.addresses import LONGEST_PATH, admin_page_of, customer_page_of, own_path

ELSEWHERE = [
    "",
    "https://evil.example/",
    "https:evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\r\nLocation: https://evil.example",
    "/\u2028x",
    " /orders/",
    "\x00/orders/",
    "javascript:alert(1)",
    "orders/",
    "?next=/",
    "/" + "x" * LONGEST_PATH,
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_what_leads_elsewhere_is_no_path_of_ours(text):
    assert own_path(text) is None


@pytest.mark.parametrize(
    "text", ["/", "/orders/new/?service=3&link=https%3A%2F%2Fa.example#top", "/%0d%0a"]
)
def test_a_plain_path_stays_as_it_is(text):
    assert own_path(text) == text


@pytest.mark.parametrize(
    ("reference", "page"),
    [
        ("order:17", "/orders/17/"),
        ("deposit:5", "/wallet/deposits/5/"),
        ("bonus:1", None),
        ("order:", None),
        ("order:-1", None),
        ("order:٣", None),
        ("nonsense", None),
    ],
)
def test_a_reference_leads_to_the_page_of_what_it_names(reference, page):
    assert customer_page_of(reference) == page


def test_staff_are_led_to_the_admin():
    assert admin_page_of("deposit:5") == "/admin/wallet/deposit/5/change/"
    assert admin_page_of("order:17") == "/admin/orders/order/17/change/"
