"""Every type of the trade is sold, checked and delivered; drip-feed and subscriptions live."""

import json
from decimal import Decimal

import pytest

from services.providers import client
from services.providers.client import Endpoint
from services.providers.errors import Refused
from services.providers.reports import Report
from services.types import SPECS, Counting, ServiceType
from smmpanel.demo_provider.offering import KINDS, SERVICES

LISTS = {"comments": "one\ntwo\nthree\nfour\nfive"}
SENT = {
    "keywords": "one\ntwo",
    "comments": LISTS["comments"],
    "usernames": "\n".join(f"name_{number}" for number in range(10)),
    "username": "name_one",
    "hashtags": "#one",
    "hashtag": "#one",
    "media": "https://a.example/p/2",
    "answer_number": "2",
    "groups": "https://a.example/g/1",
    "min": "10",
    "max": "20",
    "delay": "0",
    "country": "WW",
    "device": "5",
    "type_of_traffic": "3",
}


@pytest.fixture
def endpoint(provider):
    return Endpoint(url=provider.url, key=provider.key, dev_hosts=frozenset({provider.host}))


@pytest.fixture
def order(endpoint):
    def order(offered, **fields):
        sent = {name: SENT[name] for name in offered.kind.needs}
        if offered.kind.has_link:
            sent |= {"link": "https://a.example/p/1", "quantity": str(offered.smallest)}
        return client.add(endpoint, service=str(offered.number), fields=sent | fields)

    return order


@pytest.fixture
def status(endpoint):
    def status(number):
        report = client.statuses(endpoint, external_ids=[str(number)])[str(number)]
        assert isinstance(report, Report)
        return report

    return status


def sold(type_name):
    return next(offered for offered in SERVICES.values() if offered.type == type_name)


def test_it_sells_every_type_of_the_trade():
    assert {offered.type for offered in SERVICES.values()} == {kind.label for kind in ServiceType}


@pytest.mark.parametrize("kind", ServiceType)
def test_it_asks_for_what_the_panel_sends(kind):
    spec, here = SPECS[kind], KINDS[kind.label]
    required = {one.name for one in spec.parameters if one.is_required and not one.only_if}
    assert set(here.needs) == required
    assert here.counted == (spec.counted if spec.counting == Counting.LINES else "")
    assert (here.is_package, here.has_link) == (spec.is_package, spec.has_link)


@pytest.mark.parametrize("offered", SERVICES.values(), ids=lambda one: one.name)
def test_each_service_can_be_ordered(offered, order):
    assert int(order(offered)) > 0


@pytest.mark.parametrize(
    ("type_name", "name"), [(kind, name) for kind, one in KINDS.items() for name in one.needs]
)
def test_what_a_type_needs_is_asked_for(type_name, name, order):
    with pytest.raises(Refused, match="missing required parameters"):
        order(sold(type_name), **{name: " "})


def test_comments_are_counted_and_not_asked_for(order, provider):
    order(sold("Custom Comments"), quantity="999")
    assert provider.orders()[0]["quantity"] == 5
    with pytest.raises(Refused, match="min_quantity"):
        order(sold("Custom Comments"), comments="only one")


def test_a_package_costs_its_rate(order, provider):
    order(sold("Package"))
    provider.advance(1000)
    charge = provider.orders()[0]["report"]["charge"]
    assert Decimal(charge) == Decimal(sold("Package").rate)


def test_a_drip_feed_is_all_its_runs(order, provider, status):
    number = order(SERVICES[101], quantity="100", runs="5", interval="10")
    assert status(number).remains == 500
    provider.advance(250)
    assert status(number).state == "in_progress"
    provider.advance(251)
    assert status(number).state == "completed"
    assert provider.orders()[0]["report"]["charge"] == "0.45"


@pytest.mark.parametrize("fields", [{"runs": "5"}, {"runs": "5", "interval": "x"}])
def test_runs_need_an_interval(order, fields):
    with pytest.raises(Refused, match="Incorrect request"):
        order(SERVICES[101], **fields)


def test_runs_are_refused_where_there_are_none(order):
    with pytest.raises(Refused, match="Incorrect request"):
        order(SERVICES[201], runs="2", interval="10")


def test_a_subscription_makes_an_order_for_each_post(order, provider, status):
    number = order(sold("Subscriptions"), posts="2", old_posts="1")
    assert len(status(number).subscription.orders) == 1
    provider.advance(101)
    assert (len(status(number).subscription.orders), status(number).word) == (2, "Active")
    provider.advance(1000)
    told = status(number)
    assert (len(told.subscription.orders), told.word) == (3, "Completed")
    post = status(told.subscription.orders[0])
    assert 10 <= post.quantity <= 20


def test_a_stopped_subscription_makes_no_more(order, provider, status, endpoint):
    number = order(sold("Subscriptions"))
    provider.advance(150)
    client.cancel(endpoint, external_id=number)
    provider.advance(1000)
    assert (len(status(number).subscription.orders), status(number).word) == (1, "Canceled")


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"username": "paused_name"}, "Paused"),
        ({"expiry": "01/01/2020"}, "Expired"),
        ({"username": "quiet_name"}, "Active"),
    ],
)
def test_a_user_name_and_a_day_decide_how_it_goes(order, provider, status, fields, word):
    number = order(sold("Subscriptions"), **fields)
    provider.advance(500)
    assert (status(number).word, status(number).subscription.orders) == (word, ())


def test_a_report_of_a_subscription_speaks_as_the_trade_does(order, provider):
    order(sold("Subscriptions"), posts="3", expiry="31/12/2030")
    report = provider.orders()[0]["report"]
    assert json.loads(json.dumps(report)) == {
        "status": "Active",
        "expiry": "31/12/2030",
        "posts": "3",
        "orders": [],
    }
