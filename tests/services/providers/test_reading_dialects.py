"""Single deviations in what providers answer: amounts, units, lists, batches."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from services.providers import client
from services.providers.answers import Answer
from services.providers.changing import changed
from services.providers.dialect import API_V2, ReportState, normalise_text, normalise_word
from services.providers.errors import OutcomeUnknown
from services.providers.fields import amount
from services.providers.offers import RejectedItem, read_services
from services.providers.reports import Report, Unreadable, read_statuses
from services.providers.shapes import NumberStyle
from tests.demo_provider.process import DemoProvider

POINT, COMMA, PLAIN = NumberStyle.POINT, NumberStyle.COMMA, NumberStyle.PLAIN


@pytest.mark.parametrize(
    ("value", "style", "expected"),
    [
        ("1,234.56", POINT, "1234.56"),
        ("$1,234,567", POINT, "1234567"),
        ("0.90", POINT, "0.90"),
        ("-3.5 USD", POINT, "-3.5"),
        ("1.234,56", COMMA, "1234.56"),
        ("Rp 0,9", COMMA, "0.9"),
        ("12.000", COMMA, "12000"),
        (7, COMMA, "7"),
        (Decimal("1.5"), POINT, "1.5"),
        ("1.5", PLAIN, "1.5"),
    ],
)
def test_amounts_are_exact_in_every_style(
    value: str | int | Decimal, style: NumberStyle, expected: str
) -> None:
    assert amount(value, style) == Decimal(expected)


@pytest.mark.parametrize(
    ("value", "style"),
    [
        ("1,234.56", PLAIN),
        ("$5", PLAIN),
        ("1,23", POINT),
        ("1,2345", POINT),
        ("1.234.56", POINT),
        ("1,234,56", COMMA),
        ("1e5", POINT),
        ("5 or 6", POINT),
        ("about 5 dollars", POINT),
        ("", COMMA),
        ("\u0661", POINT),
        (True, POINT),
        (None, COMMA),
    ],
)
def test_an_amount_in_doubt_is_none(value: str | bool | None, style: NumberStyle) -> None:
    assert amount(value, style) is None


def line(**values: object) -> dict[str, object]:
    return {"service": 1, "name": "Likes", "rate": "2", "min": 1, "max": 9, **values}


@pytest.mark.parametrize(
    ("item", "rate"),
    [
        ({"unit": 100}, "20"),
        ({"unit": "1"}, "2000"),
        ({}, "200"),
        ({"unit": 100, "type": "custom_comments_package"}, "2"),
        ({"unit": 7}, None),
        ({"unit": None}, None),
        ({"unit": 0}, None),
    ],
)
def test_a_price_is_for_a_thousand_whatever_it_was_for(
    item: dict[str, object], rate: str | None
) -> None:
    dialect = changed(API_V2, {"prices": {"per": 10}, "fields": {"unit": ["unit"]}})
    body = json.dumps([line(**item)]).encode()
    offer = read_services(Answer(status=200, body=body), dialect=dialect)
    if rate is None:
        assert offer.rejected == [RejectedItem(0, "bad_rate", "1")]
    else:
        assert [one.rate for one in offer.services] == [Decimal(rate)]


def test_of_two_prices_in_one_line_neither_counts() -> None:
    dialect = changed(API_V2, {"fields": {"rate": ["price", "rate"]}})
    same, other = line(price=2, rate="2"), line(service=2, price=3, rate="2")
    body = json.dumps([same, other]).encode()
    offer = read_services(Answer(status=200, body=body), dialect=dialect)
    assert [one.external_id for one in offer.services] == ["1"]
    assert offer.rejected == [RejectedItem(1, "bad_rate", "2")]


def test_of_two_reports_about_one_order_neither_counts() -> None:
    dialect = changed(API_V2, {"answers": {"reports": "list"}})
    reports = [{"order": 1, "status": "Completed"}, {"order": 2, "status": "Partial"}]
    body = json.dumps([*reports, {"order": "2", "status": "Canceled"}, {"status": "x"}, 5])
    told = read_statuses(
        Answer(status=200, body=body.encode()), asked=["1", "2", "3"], dialect=dialect
    )
    first = told["1"]
    assert isinstance(first, Report)
    assert first.state is ReportState.COMPLETED
    assert told["2"] == Unreadable("not_object", "reported twice")
    assert told["3"] == Unreadable("missing")


def test_the_success_around_a_report_is_no_status_of_the_order() -> None:
    dialect = changed(API_V2, {"answers": {"wrappers": ["data"]}})
    body = b'{"status": "success", "data": {"remains": "5", "charge": "1"}}'
    told = read_statuses(Answer(status=200, body=body), asked=["1"], dialect=dialect)
    assert told["1"] == Unreadable("missing")


def test_words_are_the_same_in_every_unicode_form() -> None:
    composed, apart = "Hoàn thành", "Hoa\u0300n tha\u0300nh"
    assert composed != apart
    assert normalise_word(composed) == normalise_word(apart)
    assert normalise_text(composed) == normalise_text(apart)


def test_a_later_batch_that_fails_leaves_what_is_known(
    provider: DemoProvider, endpoint: client.Endpoint
) -> None:
    fields = {"link": "https://platform-a.example/a", "quantity": "10"}
    numbers = [client.add(endpoint, service="101", fields=fields) for _ in range(3)]
    dialect = changed(API_V2, {"limits": {"batch": 2}})
    provider.fault("latency", action="status")
    provider.fault("html", action="status")
    told = client.statuses(endpoint, external_ids=numbers, dialect=dialect)
    assert [isinstance(told[number], Report) for number in numbers] == [True, True, False]
    assert told[numbers[2]] == Unreadable("not_asked")
    provider.fault("html", action="status")
    with pytest.raises(OutcomeUnknown):
        client.statuses(endpoint, external_ids=numbers, dialect=dialect)
