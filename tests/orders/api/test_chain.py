"""A panel like ours as our reseller: the client that we send orders with orders from ourselves."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from services.providers import client
from services.providers.dialect import ReportState
from services.providers.errors import AccountRefused, Refused
from services.providers.reports import Report
from tests.house import House
from tests.waiting import wait_until

WANTED = {"link": "https://example.com/partial-40/chain", "quantity": "1000"}
ENDS = (ReportState.COMPLETED, ReportState.PARTIAL, ReportState.CANCELED)


@pytest.fixture
def panel(house: House) -> client.Endpoint:
    host = urlsplit(house.url).netloc
    return client.Endpoint(
        url=f"{house.url}/api/v2",
        key=house.log_ins["customer"]["api_key"],
        dev_hosts=frozenset({host}),
    )


@pytest.fixture
def views(panel: client.Endpoint) -> str:
    offer = client.services(panel)
    assert offer.rejected == []
    return next(one.external_id for one in offer.services if one.name == "Views")


def test_an_order_goes_down_the_chain_and_its_refund_comes_up(
    panel: client.Endpoint, views: str
) -> None:
    before = client.balance(panel).amount
    number = client.add(panel, service=views, fields=WANTED)
    wait_until(lambda: report_of(panel, number).state in ENDS, look_every_seconds=1.5)
    report = report_of(panel, number)
    assert (report.state, report.remains) == (ReportState.PARTIAL, 400)
    assert before - client.balance(panel).amount == report.charge


def report_of(panel: client.Endpoint, number: str) -> Report:
    report = client.statuses(panel, external_ids=[number])[number]
    assert isinstance(report, Report)
    return report


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"quantity": "1"}, Refused),
        ({"link": "nothing"}, Refused),
        ({"quantity": "10000000"}, AccountRefused),
    ],
)
def test_a_refusal_is_understood_as_what_it_is(
    panel: client.Endpoint, views: str, change: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        client.add(panel, service=views, fields=WANTED | change)


def test_a_wrong_key_is_understood_as_ours(panel: client.Endpoint) -> None:
    with pytest.raises(AccountRefused):
        client.balance(replace(panel, key="panel_of_nobody"))
