"""`refill`, `refill_status` and `cancel` against the real demo provider."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.providers import client
from services.providers.client import Endpoint
from services.providers.dialect import API_V2, Dialect, ReportState
from services.providers.errors import NotSent, OutcomeUnknown, Refused
from services.providers.followups import RefillReport, RefillState
from services.providers.reports import Report, Unreadable
from smmpanel.demo_provider.offering import SERVICES
from tests.demo_provider.process import DemoProvider

REFILLED = next(str(one.number) for one in SERVICES.values() if one.has_refill)
STOPPED = next(str(one.number) for one in SERVICES.values() if one.has_cancel)


@pytest.fixture
def place(endpoint: Endpoint) -> Callable[[str, str], str]:
    def place(service: str, name: str) -> str:
        fields = {"link": f"https://platform-a.example/{name}", "quantity": "1000"}
        return client.add(endpoint, service=service, fields=fields)

    return place


def test_a_refill_is_asked_for_and_followed(
    provider: DemoProvider, endpoint: Endpoint, place: Callable[[str, str], str]
) -> None:
    number = place(REFILLED, "a")
    provider.advance(600)
    refill = client.refill(endpoint, external_id=number)
    assert refill is not None
    read = client.refill_statuses(endpoint, refill_ids=[refill])
    assert read == {refill: RefillReport(RefillState.RUNNING, "In progress")}
    provider.advance(600)
    read = client.refill_statuses(endpoint, refill_ids=[refill, "987654321"])
    assert read[refill] == RefillReport(RefillState.COMPLETED, "Completed")
    assert read["987654321"] == Unreadable("unknown_refill", "Refill not found")


def test_a_refill_before_the_end_is_declined(
    endpoint: Endpoint, place: Callable[[str, str], str]
) -> None:
    with pytest.raises(Refused):
        client.refill(endpoint, external_id=place(REFILLED, "a"))


def test_a_cancel_is_taken_and_the_order_reports_it_later(
    endpoint: Endpoint, place: Callable[[str, str], str]
) -> None:
    number = place(STOPPED, "a")
    client.cancel(endpoint, external_id=number)
    report = client.statuses(endpoint, external_ids=[number])[number]
    assert isinstance(report, Report)
    assert report.state == ReportState.CANCELED
    with pytest.raises(Refused):
        client.cancel(endpoint, external_id=number)


@pytest.mark.parametrize("kind", ["drop", "truncated", "html", "empty", "http_error", "redirect"])
def test_a_spoilt_answer_is_a_doubt(
    provider: DemoProvider, endpoint: Endpoint, place: Callable[[str, str], str], kind: str
) -> None:
    number = place(STOPPED, "a")
    provider.fault(kind, action="cancel", stage="after", value="http://127.0.0.1:9/")
    with pytest.raises(OutcomeUnknown):
        client.cancel(endpoint, external_id=number)


def test_past_the_fence_nothing_is_sent(
    provider: DemoProvider, endpoint: Endpoint, place: Callable[[str, str], str]
) -> None:
    number = place(STOPPED, "a")
    for call in (client.cancel, client.refill):
        with pytest.raises(NotSent, match="fence"):
            call(endpoint, external_id=number, send_not_after=0.0)
    assert [one["fields"]["action"] for one in provider.requests()] == ["add"]


def test_what_is_no_number_is_never_sent(
    provider: DemoProvider, endpoint: Endpoint, hasty: Dialect
) -> None:
    for call in (client.cancel, client.refill):
        with pytest.raises(ValueError, match="ASCII digits"):
            call(endpoint, external_id="1,2", dialect=hasty)
    with pytest.raises(ValueError, match="at most"):
        client.refill_statuses(endpoint, refill_ids=["1"] * (API_V2.batch_limit + 1))
    assert client.refill_statuses(endpoint, refill_ids=[]) == {}
    assert provider.requests() == []
