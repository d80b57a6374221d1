from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import admission, api_keys
from accounts.billing import name_country
from accounts.models import User
from orders.models import Order
from orders.placing.placement import OrderRequest, place_order
from services.margins.repricing import reprice
from services.models import PriceGroup, QualityLabel, Service
from services.types import Counting, ServiceType, spec_of
from smmpanel import demo
from smmpanel.demo_provider.offering import SERVICES
from tests.accounts.opening import opened_by
from wallet import ledger, money
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(terms: None, settings: Settings) -> dict[str, dict[str, str]]:
    settings.DEMO_PROVIDER_URL = "http://127.0.0.1:9/api/v2"
    settings.DEMO_PROVIDER_KEY = "key-of-the-demo-provider"
    call_command("install_roles")
    call_command("demo", stdout=StringIO())
    out = StringIO()
    call_command("demo_credentials", "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def test_the_printed_log_ins_work(seeded: dict[str, dict[str, str]], client: Client) -> None:
    for role in ("customer", "support", "operator", "finance", "second_finance"):
        log_in = seeded[role]
        assert client.login(email=log_in["email"], password=log_in["password"]), role


def test_the_printed_key_works(seeded: dict[str, dict[str, str]]) -> None:
    key = opened_by(secret=seeded["customer"]["api_key"], at=timezone.now(), ip="127.0.0.1")
    assert key is not None
    assert key.user.email == seeded["customer"]["email"]
    assert seeded["provider"] == {
        "url": "http://127.0.0.1:9/api/v2",
        "key": "key-of-the-demo-provider",
    }


def test_the_printed_sandbox_key_plays(seeded: dict[str, dict[str, str]]) -> None:
    secret = seeded["customer"]["sandbox_api_key"]
    caller = admission.admit(secret=secret, ip="127.0.0.1", is_in_query=False, at=timezone.now())
    assert caller.is_sandbox


def test_seeding_again_doubles_nothing(seeded: dict[str, dict[str, str]]) -> None:
    before = (Service.objects.count(), User.objects.count())
    call_command("demo", stdout=StringIO())
    customer = User.objects.get(email=demo.CUSTOMER.email)
    assert (Service.objects.count(), User.objects.count()) == before
    assert customer.api_keys.count() == 2
    assert spendable_micros(customer_id=customer.pk) == demo.START_MONEY_MICROS


def test_a_customer_who_was_suspended_while_trying_things_out_stops_no_start(
    seeded: dict[str, dict[str, str]],
) -> None:
    customer = User.objects.get(email=demo.CUSTOMER.email)
    api_keys.revoke_all(user=customer, at=timezone.now())
    User.objects.filter(pk=customer.pk).update(is_active=False, standing=User.Standing.SUSPENDED)
    call_command("demo", stdout=StringIO())
    assert customer.api_keys.count() == 2


def test_a_service_of_every_type_is_sold(seeded: dict[str, dict[str, str]]) -> None:
    assert {service.type for service in Service.objects.all()} == set(ServiceType)


def test_the_flags_are_those_of_the_provider(seeded: dict[str, dict[str, str]]) -> None:
    for service in Service.objects.select_related("provider_service"):
        offer = service.provider_service
        assert offer is not None
        there = SERVICES[int(offer.external_id)]
        ours = (service.get_type_display(), service.can_refill, service.can_cancel)
        assert ours == (there.type, there.has_refill, there.has_cancel), service.name
        assert service.can_drip_feed <= there.has_dripfeed
        assert money.plain(offer.cost_micros) == money.plain(money.parse_amount(there.rate))


def test_every_demo_service_can_be_ordered_above_its_cost(
    seeded: dict[str, dict[str, str]],
) -> None:
    customer = User.objects.get(email=demo.CUSTOMER.email)
    name_country(user=customer, country="FR")
    ledger.adjust(
        customer_id=customer.pk, amount_micros=10**9, reference="test:1", at=timezone.now()
    )
    for service in Service.objects.select_related("provider_service"):
        placed = place_order(customer_id=customer.pk, request=sample_of(service), at=timezone.now())
        order = Order.objects.get(pk=placed.order_id)
        assert order.charge_micros > 0, service.name
        assert service.provider_service is not None
        assert service.rate_micros > service.provider_service.cost_micros


def test_every_page_of_the_catalogue_has_something_to_show(
    seeded: dict[str, dict[str, str]],
) -> None:
    sold = Service.objects.all()
    assert {service.delivery for service in sold} == set(Service.Delivery)
    assert {service.tier for service in sold} == set(Service.Tier)
    assert QualityLabel.objects.exclude(services=None).count() == QualityLabel.objects.count() == 4
    assert sold.filter(can_cancel=True, can_partial=False, promo_label="").exists()
    assert sold.exclude(promo_label="").exists()
    assert sold.sold_in("DE").count() == sold.count() - 1
    assert PriceGroup.objects.count() == 3


def test_no_demo_service_promises_more_than_its_provider_or_another_price_than_its_rule(
    seeded: dict[str, dict[str, str]],
) -> None:
    for service in Service.objects.select_related("provider_service"):
        service.full_clean()
        assert service.floor_micros is not None, service.name
    prices = dict(Service.objects.filter(priced_by="rule").values_list("pk", "rate_micros"))
    assert len(prices) == 3
    assert reprice(service_ids=list(prices), at=timezone.now()).changed == 0


def sample_of(service: Service) -> OrderRequest:
    """An order as the documentation of its type shows it."""
    spec = spec_of(service.type)
    texts = {one.name: one.sample for one in spec.parameters if one.only_if is None}
    lines = "\n".join(f"word {number}" for number in range(service.min_quantity))
    return OrderRequest(
        service_id=service.pk,
        link=service.link_example,
        quantity=service.min_quantity if spec.counting == Counting.ASKED else None,
        channel=Order.Channel.API,
        texts=texts | ({spec.counted: lines} if spec.counted else {}),
    )


def test_log_ins_differ_between_installations(settings: Settings) -> None:
    here = demo.CUSTOMER.password
    settings.SECRET_KEY = "another installation"
    assert demo.CUSTOMER.password != here


@pytest.mark.parametrize("command", ["demo", "demo_credentials"])
def test_a_real_installation_has_no_demonstration(settings: Settings, command: str) -> None:
    settings.DEMO = settings.DEBUG = False
    with pytest.raises(CommandError, match="no demonstration"):
        call_command(command)
    assert not User.objects.exists()
