"""`statuses`, `balance` and `services` against the real demo provider."""

from decimal import Decimal

import pytest

from services.providers import client
from services.providers.dialect import ReportState
from services.providers.errors import AccountRefused, OutcomeUnknown
from services.providers.reports import Report, Unreadable

QUANTITY = 1000


@pytest.fixture
def place(endpoint):
    def place(name):
        link = f"https://platform-a.example/{name}"
        return client.add(endpoint, service="101", fields={"link": link, "quantity": str(QUANTITY)})

    return place


def report(read, number):
    assert isinstance(read[number], Report)
    return read[number]


def test_a_batch_is_read_in_one_call(provider, endpoint, place):
    numbers = [place("partial-40"), place("cancel-me"), place("plain")]
    provider.advance(60)
    read = client.statuses(endpoint, external_ids=[*numbers, "7"])
    states = [report(read, number).state for number in numbers]
    assert states == [ReportState.PARTIAL, ReportState.CANCELED, ReportState.COMPLETED]
    assert report(read, numbers[0]).remains == 400
    assert read["7"] == Unreadable("unknown_order", "Incorrect order ID")
    assert [call["fields"]["action"] for call in provider.requests()][3:] == ["status"]


def test_raw_nonsense_about_one_order_harms_no_other(provider, endpoint, place):
    numbers = [place("a"), place("b"), place("c"), place("d")]
    provider.set_raw_report(numbers[0], '{"status": "Partial", "remains": NaN}')
    provider.set_report(numbers[1], {"status": "Teleported"})
    provider.omit_report(numbers[2])
    read = client.statuses(endpoint, external_ids=numbers)
    spoilt, strange = report(read, numbers[0]), report(read, numbers[1])
    assert (spoilt.state, spoilt.remains) == (ReportState.PARTIAL, None)
    assert (strange.state, strange.word) == (None, "Teleported")
    assert read[numbers[2]] == Unreadable("missing")
    assert isinstance(read[numbers[3]], Report)


def test_a_spoilt_status_call_is_an_error_and_no_report(provider, endpoint, place):
    number = place("a")
    for kind in ("html", "empty", "http_error", "drop", "truncated"):
        provider.fault(kind, action="status", stage="after")
        with pytest.raises(OutcomeUnknown):
            client.statuses(endpoint, external_ids=[number])


def test_an_id_asked_twice_is_sent_once(provider, endpoint, place):
    number = place("a")
    assert list(client.statuses(endpoint, external_ids=[number, number])) == [number]
    assert provider.requests()[-1]["fields"]["orders"] == number


def test_more_ids_than_a_batch_are_refused_before_the_call(provider, endpoint):
    with pytest.raises(ValueError, match="100"):
        client.statuses(endpoint, external_ids=[str(number) for number in range(1, 102)])
    assert provider.requests() == []


@pytest.mark.parametrize("external_id", ["", "1,2", "x", "1 ", "0", "\u0661"])
def test_what_is_no_id_is_refused_before_the_call(provider, endpoint, external_id):
    with pytest.raises(ValueError, match="digits"):
        client.statuses(endpoint, external_ids=[external_id])
    assert provider.requests() == []


def test_no_ids_need_no_call(provider, endpoint):
    assert client.statuses(endpoint, external_ids=[]) == {}
    assert provider.requests() == []


def test_the_balance_falls_by_what_orders_cost(endpoint, place):
    before = client.balance(endpoint)
    place("plain")
    assert before.amount - client.balance(endpoint).amount == Decimal("0.9")
    assert before.currency == "USD"


def test_the_price_list_is_sound(endpoint):
    offer = client.services(endpoint)
    assert offer.rejected == []
    assert [service.external_id for service in offer.services][:2] == ["101", "102"]


def test_a_price_list_may_be_larger_than_other_answers(provider, endpoint):
    provider.fault("oversized", action="services")
    with pytest.raises(OutcomeUnknown) as caught:
        client.services(endpoint)
    assert caught.value.reason == "unexpected_shape"


def test_a_wrong_key_is_a_refusal_of_our_account(provider):
    wrong = client.Endpoint(url=provider.url, key="wrong", dev_hosts=frozenset({provider.host}))
    with pytest.raises(AccountRefused):
        client.balance(wrong)
