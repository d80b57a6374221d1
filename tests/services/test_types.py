"""Every service type of docs/service-types.md: what it sends and what it costs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orders.refusals import RefusalCode
from orders.sending.fields import fields_of
from services import pricing
from services.types import SPECS, Counting, ServiceType
from tests.services.typed import LINK, ORDERS, TYPES, checked, ordered, refused, sold
from wallet import money

DOCUMENT = Path(__file__).parents[2] / "docs" / "service-types.md"


def test_every_type_is_declared_documented_and_tested() -> None:
    assert set(SPECS) == set(ORDERS) == set(ServiceType)
    rows = re.findall(r"^\| ([A-Z][A-Za-z ]+) \|", DOCUMENT.read_text(), re.MULTILINE)
    assert {type_.label for type_ in ServiceType} <= set(rows)


@pytest.mark.parametrize("type_", TYPES)
class TestAnOrder:
    def test_sends_exactly_what_its_type_takes(self, type_: ServiceType) -> None:
        link = {"link": LINK} if SPECS[type_].has_link else {}
        assert fields_of(ordered(type_)) == ORDERS[type_][1] | link

    def test_is_counted_and_priced_as_its_type_is(self, type_: ServiceType) -> None:
        order = ordered(type_)
        assert (order.quantity, order.charge_micros) == ORDERS[type_][2:]

    def test_comes_back_by_the_units_it_was_charged_for(self, type_: ServiceType) -> None:
        order = ordered(type_)
        assert (
            money.share_of(amount_micros=order.charge_micros, part=order.units, whole=order.units)
            == order.charge_micros
        )
        half = money.share_of(
            amount_micros=order.charge_micros, part=order.units // 2, whole=order.units
        )
        whole_only = SPECS[type_].is_package
        expected = 0 if whole_only else order.charge_micros * (order.units // 2) // order.units
        assert half == expected

    def test_takes_the_same_from_clients_that_send_every_name(self, type_: ServiceType) -> None:
        names = {parameter.name for spec in SPECS.values() for parameter in spec.parameters}
        texts = dict.fromkeys(names, "") | ORDERS[type_][0]
        assert checked(type_, texts=texts) == checked(type_)

    def test_of_a_broken_link_names_the_link(self, type_: ServiceType) -> None:
        if SPECS[type_].has_link:
            assert refused(type_, link="nothing").field == "link"
        else:
            assert checked(type_, link="nothing").link.url == "one"

    def test_needs_a_quantity_only_where_its_type_counts_nothing(self, type_: ServiceType) -> None:
        if SPECS[type_].counting == Counting.ASKED:
            refusal = refused(type_, quantity=None)
            assert (refusal.code, refusal.field) == (RefusalCode.INVALID_PARAMETER, "quantity")
        else:
            assert checked(type_, quantity=None) == checked(type_, quantity=9_999)


@pytest.mark.parametrize(
    ("type_", "text", "code", "limit"),
    [
        (ServiceType.CUSTOM_COMMENTS, "one", pricing.BelowMinimum, 2),
        (ServiceType.CUSTOM_COMMENTS, "1\n2\n3\n4", pricing.AboveMaximum, 3),
        (ServiceType.COMMENT_REPLIES, "one", pricing.BelowMinimum, 2),
        (ServiceType.COMMENT_REPLIES, "1\n2\n3\n4", pricing.AboveMaximum, 3),
    ],
)
def test_too_few_and_too_many_lines_have_no_price(
    type_: ServiceType, text: str, code: type[Exception], limit: int
) -> None:
    service = sold(type_, min_quantity=2, max_quantity=3)
    wanted = checked(type_, service, texts=ORDERS[type_][0] | {"comments": text})
    with pytest.raises(code):
        pricing.quote(service=service, own_rate_micros=None, quantity=wanted.quantity)


@pytest.mark.parametrize("type_", [ServiceType.PACKAGE, ServiceType.CUSTOM_COMMENTS_PACKAGE])
def test_a_package_is_one_whatever_its_limits_and_comes_back_whole_or_not_at_all(
    type_: ServiceType,
) -> None:
    service = sold(type_, min_quantity=50, max_quantity=100)
    quote = pricing.quote(service=service, own_rate_micros=7_000_000, quantity=1)
    assert (quote.units, quote.charge_micros) == (1, 7_000_000)
    shares = [money.share_of(amount_micros=7_000_000, part=part, whole=1) for part in (0, 1)]
    assert shares == [0, 7_000_000]
