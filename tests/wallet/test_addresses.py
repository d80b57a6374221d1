from __future__ import annotations

import pytest

from wallet.addresses import admin_page_of, customer_page_of


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
