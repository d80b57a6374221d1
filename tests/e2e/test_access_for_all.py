"""Nobody is kept out by how a page is made: axe finds nothing on the pages about money, light at a
desk's width and dark at a telephone's."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.e2e.looking import faults_of, log_in
from tests.house import Browsing, House

CUSTOMER = (
    "/wallet/",
    "/wallet/top-up/",
    "/wallet/payback/",
    "/wallet/automatic/",
    "/wallet/alert/",
    "/wallet/currency/",
    "/orders/spending/",
    "/orders/new/?service=1&link=example.com/p/1&quantity=1000",
    "/orders/mass/",
    "/tickets/refund-request/",
    "/orders/withdraw/",
    "/orders/plans/",
    "/services/",
    "/services/?q=nothing+fits",
    "/services/1/",
    "/services/compare/?service=1&service=2",
    "/services/favourites/",
    "/services/glossary/",
    "/services/your-prices/",
    "/services/updates/",
    "/account/country/",
    "/account/api-keys/",
    "/account/compromised/",
    "/api/docs/",
    "/api/docs/v3/",
    "/api/status/",
    "/api/calls/",
    "/account/webhooks/",
    "/account/webhooks/help/",
)
FINANCE = (
    "/staff/",
    "/staff/orders/claims/",
    "/staff/payments/",
    "/staff/payments/bank/",
    "/staff/payments/withdrawals/",
    "/staff/payments/disputes/",
    "/staff/payments/decisions/",
    "/staff/payments/unmatched/",
    "/staff/payments/reports/trial-balance/",
    "/staff/payments/reports/liability/",
    "/staff/payments/reports/clearing/",
    "/staff/payments/customers/{customer}/",
    "/staff/payments/customers/{customer}/goodwill/",
    "/staff/payments/customers/{customer}/correct/",
    "/staff/payments/customers/{customer}/forfeit/",
)


OPERATOR = (
    "/staff/orders/held/",
    "/staff/orders/stuck/",
    "/staff/orders/uncertain/",
    "/staff/orders/orphans/",
    "/staff/catalogue/answers/",
    "/staff/catalogue/providers/",
    "/staff/catalogue/providers/new/",
    "/staff/catalogue/providers/own/",
    "/staff/api/",
    "/staff/catalogue/providers/1/",
    "/staff/catalogue/providers/1/change/",
    "/staff/catalogue/providers/1/import/",
    "/staff/catalogue/providers/1/price-lists/",
    "/staff/catalogue/offers/1/",
    "/staff/catalogue/prices/",
    "/staff/catalogue/prices/rules/new/",
    "/staff/catalogue/prices/edit/?act=percent_up&value=5&step=0.0001",
    "/staff/catalogue/prices/rises/",
    "/staff/catalogue/prices/currencies/",
    "/staff/catalogue/prices/why/?service=1",
    "/staff/catalogue/files/",
    "/staff/catalogue/health/",
    "/staff/catalogue/health/1/",
)


@pytest.mark.parametrize(
    ("who", "addresses"), [("customer", CUSTOMER), ("finance", FINANCE), ("operator", OPERATOR)]
)
def test_axe_finds_nothing(
    house: House, browser: Browsing, who: str, addresses: tuple[str, ...]
) -> None:
    page = browser.page()
    log_in(page, house.log_ins[who])
    if who == "finance":
        number = number_of(house, house.log_ins["customer"]["email"])
        addresses = tuple(address.format(customer=number) for address in addresses)
    faults = {address: faults_of(page, address) for address in addresses}
    assert {address: found for address, found in faults.items() if found} == {}


def number_of(house: House, email: str) -> int:
    with house.rows():
        return User.objects.get(email=email).pk
