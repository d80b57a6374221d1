"""Every preset against a provider of its kind: each call of the client, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from services.providers import client
from services.providers.changing import changed
from services.providers.client import Endpoint
from services.providers.dialect import API_V2, Dialect, ReportState
from services.providers.errors import AccountRefused, ProviderError, Refused
from services.providers.followups import RefillReport
from services.providers.presets import PRESETS, preset
from services.providers.reports import Report, Unreadable
from smmpanel.demo_provider.tongues import TONGUES
from tests.demo_provider.process import DemoProvider

LINK = "https://platform-a.example/"
REFILLED, PACKAGE = "101", "104"
Facts = dict[str, object]


def endpoint_as(provider: DemoProvider, name: str, key: str = "") -> Endpoint:
    hosts = frozenset({provider.host})
    return Endpoint(url=provider.url_as(name), key=key or provider.key, dev_hosts=hosts)


def prices(endpoint: Endpoint, dialect: Dialect) -> Facts:
    offer = client.services(endpoint, dialect=dialect)
    found = {one.external_id: one for one in offer.services}
    sold = found[REFILLED]
    return {
        "services": (len(offer.services), len(offer.rejected)),
        "rate": (sold.rate, found[PACKAGE].rate),
        "limits": (sold.min_quantity, sold.max_quantity, sold.has_refill, sold.has_dripfeed),
    }


def orders(provider: DemoProvider, endpoint: Endpoint, dialect: Dialect) -> Facts:
    def place(name: str) -> str:
        fields = {"link": LINK + name, "quantity": "1000"}
        return client.add(endpoint, service=REFILLED, fields=fields, dialect=dialect)

    numbers = [place("plain"), place("partial-40"), place("cancel-me")]
    provider.advance(60)
    told = client.statuses(endpoint, external_ids=[*numbers, "7"], dialect=dialect)
    reports = [told[number] for number in numbers]
    late, unknown = place("late"), told["7"]
    client.cancel(endpoint, external_id=late, dialect=dialect)
    alone = client.statuses(endpoint, external_ids=[late], dialect=dialect)[late]
    refill = client.refill(endpoint, external_id=numbers[0], dialect=dialect)
    provider.advance(60)
    refills = client.refill_statuses(endpoint, refill_ids=[refill or ""], dialect=dialect)
    first = reports[0]
    return {
        "states": [one.state for one in (*reports, alone) if isinstance(one, Report)],
        "remains": [one.remains for one in reports if isinstance(one, Report)],
        "charge": first.charge if isinstance(first, Report) else None,
        "start": isinstance(first, Report) and (first.start_count or 0) >= 100,
        "unknown": isinstance(unknown, Unreadable) and unknown.reason,
        "refill": [one.state for one in refills.values() if isinstance(one, RefillReport)],
    }


def refusals(provider: DemoProvider, name: str, dialect: Dialect) -> Facts:
    return {
        "refused": kind_of(
            lambda: client.add(
                endpoint_as(provider, name),
                service="999",
                fields={"link": LINK, "quantity": "1000"},
                dialect=dialect,
            )
        ),
        "account": kind_of(
            lambda: client.balance(endpoint_as(provider, name, key="wrong"), dialect=dialect)
        ),
    }


def kind_of(call: Callable[[], object]) -> object:
    try:
        return call()
    except ProviderError as error:
        return type(error)


def everything(provider: DemoProvider, name: str, dialect: Dialect) -> Facts:
    endpoint = endpoint_as(provider, name)
    found = orders(provider, endpoint, dialect) | prices(endpoint, dialect)
    balance = client.balance(endpoint, dialect=dialect)
    return found | refusals(provider, name, dialect) | {"balance": balance.amount}


EXPECTED: Facts = {
    "services": (22, 0),
    "rate": (Decimal("0.9"), Decimal("1.8")),
    "limits": (10, 100_000, True, True),
    "states": [
        ReportState.COMPLETED,
        ReportState.PARTIAL,
        ReportState.CANCELED,
        ReportState.CANCELED,
    ],
    "remains": [0, 400, 1000],
    "charge": Decimal("0.9"),
    "start": True,
    "unknown": "unknown_order",
    "refill": ["completed"],
    "refused": Refused,
    "account": AccountRefused,
    "balance": Decimal("99998.56"),
}


def test_there_is_a_provider_of_every_kind() -> None:
    assert TONGUES.keys() == PRESETS.keys()


@pytest.mark.parametrize("name", PRESETS)
def test_every_call_is_understood_in_both_directions(provider: DemoProvider, name: str) -> None:
    assert everything(provider, name, preset(name)) == EXPECTED
    assert sum(provider.counts().values()) == 4


@pytest.mark.parametrize("name", sorted(PRESETS.keys() - {"api_v2"}))
def test_without_its_preset_a_provider_is_not_understood(provider: DemoProvider, name: str) -> None:
    try:
        found = everything(provider, name, API_V2)
    except ProviderError:
        return
    assert found != EXPECTED


def test_a_multipart_form_is_understood(provider: DemoProvider) -> None:
    dialect = changed(API_V2, {"calling": {"encoding": "multipart"}})
    number = client.add(
        endpoint_as(provider, "multipart_body"),
        service="105",
        fields={"link": LINK, "comments": "Nice \u2665\nSo good\nWow\nYes\nOh"},
        dialect=dialect,
    )
    (order,) = provider.orders()
    assert (order["number"], order["quantity"]) == (int(number), 5)
