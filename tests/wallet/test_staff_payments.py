"""Payments as staff find and read them."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.factories import MICROS
from tests.wallet.deciding import proposed
from tests.wallet.payments import opened, paid, pay
from wallet import ledger
from wallet.models import Decision, Deposit, Dispute, GatewayEvent
from wallet.money import display
from wallet.staff import pages
from wallet.templatetags.naming import named

LIST = "/staff/payments/"


@pytest.fixture
def finance(client: Client, fiona: User) -> Client:
    client.force_login(fiona)
    return client


def listed(client: Client, **query: str) -> set[int]:
    page = client.get(LIST, query)
    return {deposit.pk for deposit in page.context["page"].rows}


def test_a_payment_is_found_by_any_of_its_numbers(finance: Client, alice: User, bob: User) -> None:
    mine = pay(opened(alice), payment_id="pi_1")
    Deposit.objects.filter(pk=mine.pk).update(charge_id="ch_1", checkout_id="cs_1")
    theirs = paid(bob)
    for words in (str(mine.pk), f"#{mine.pk}", "pi_1", "ch_1", "cs_1", "ALICE@example.com"):
        assert listed(finance, q=words) == {mine.pk}, words
    assert listed(finance, q="nothing") == set()
    assert listed(finance) == {mine.pk, theirs.pk}


def test_the_list_is_narrowed_by_state(finance: Client, alice: User) -> None:
    done, waiting = paid(alice), opened(alice)
    assert listed(finance, state="paid") == {done.pk}
    assert listed(finance, state="open") == {waiting.pk}
    assert listed(finance, state="no such state") == {done.pk, waiting.pk}


def test_older_payments_are_on_the_next_page(
    finance: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_SIZE", 1)
    old, new = opened(alice), opened(alice, 30 * MICROS)
    assert listed(finance) == {new.pk}
    assert f"below={new.pk}" in finance.get(LIST).text
    assert listed(finance, below=str(new.pk)) == {old.pk}
    assert listed(finance, below="nonsense") == {new.pk}


def test_the_page_of_a_payment_has_all_that_became_of_it(finance: Client, alice: User) -> None:
    deposit = pay(opened(alice), payment_id="pi_1")
    dispute = Dispute.objects.create(
        gateway=deposit.gateway,
        dispute_id="dp_1",
        deposit=deposit,
        state=Dispute.State.INQUIRY,
        gateway_status="warning",
        amount_micros=25 * MICROS,
    )
    ledger.hold(
        customer_id=alice.pk,
        reference=dispute.reference,
        deposit=deposit.reference,
        cash_micros=25 * MICROS,
        bonus_micros=0,
        at=timezone.now(),
    )
    payload = {"data": {"object": {"id": "dp_1"}}}
    GatewayEvent.objects.create(
        gateway="stripe", event_id="evt_1", kind="x", is_live_mode=False, payload=payload
    )
    page = finance.get(f"{LIST}{deposit.pk}/").text
    for words in ("pi_1", "dp_1", "evt_1", f"deposit:{deposit.pk}:credit", "dispute:1:hold"):
        assert words.replace("dispute:1", dispute.reference) in page


def test_an_operator_reads_and_support_does_not(
    client: Client, alice: User, olga: User, sam: User
) -> None:
    deposit = paid(alice)
    addresses = (LIST, f"{LIST}{deposit.pk}/", f"{LIST}customers/{alice.pk}/")
    for person, status in ((olga, 200), (sam, 403), (alice, 403)):
        client.force_login(person)
        assert {client.get(address).status_code for address in addresses} == {status}


def test_staff_read_the_lines_that_the_customer_reads(finance: Client, alice: User) -> None:
    """With the balance after each (WAL-08)."""
    paid(alice, 10 * MICROS)
    now = timezone.now()
    ledger.grant_bonus(customer_id=alice.pk, amount_micros=7, reference="bonus:1", at=now)
    ledger.adjust(customer_id=alice.pk, amount_micros=-1, reference="adjustment:1", at=now)
    own = Client()
    own.force_login(alice)
    lines = own.get("/wallet/").context["page"].lines
    page = finance.get(f"{LIST}customers/{alice.pk}/")
    assert len(lines) == 3
    assert page.context["lines"] == lines
    for line in lines:
        assert line.words in page.text
        assert display(line.balance_micros) in page.text


def test_a_list_with_many_rows_takes_as_many_queries(
    finance: Client, alice: User, bob: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for customer in (alice, bob):
        for dollars in (10, 20):
            paid(customer, dollars * MICROS)
            proposed(Decision.Kind.GOODWILL, customer, by=who(finance), dollars=1)
    with django_assert_max_num_queries(12):
        finance.get(LIST)
    with django_assert_max_num_queries(12):
        finance.get(f"{LIST}decisions/")


def who(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("dispute:3", '<a href="/staff/payments/disputes/3/">Dispute 3</a>'),
        ("payout:3", "Payout 3"),
        ("adjustment:demo", "adjustment:demo"),
        ("order:", "order:"),
        ("<b>:1", "<b>:1"),
    ],
)
def test_a_reference_of_the_books_reads_as_what_it_is(reference: str, words: str) -> None:
    assert named(reference) == words
    assert isinstance(named("<b>:1"), str)
    page = Template("{% load naming %}{{ name|named }}")
    assert "<b>" not in page.render(Context({"name": "<b>:1"}))
