"""The answer tester: what was pasted is read as the client would, in words, and nothing is kept."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ActLog, User
from orders.models import Order
from services.models import Provider
from tests import factories
from tests.orders.pages import text_of

pytestmark = pytest.mark.django_db
PAGE = reverse("staff_services:answers")


@pytest.fixture
def operator(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def paste(client: Client, body: str, **others: object) -> str:
    form = {"action": "add", "preset": "api_v2", "status": 200, "body": body, **others}
    answer = client.post(PAGE, form)
    assert answer.status_code == 200, text_of(answer)
    return text_of(answer)


@pytest.mark.parametrize(
    ("body", "others", "words"),
    [
        ('{"order": 23501}', {}, "Accepted A number under “order”"),
        ('{"error": "Incorrect service ID"}', {}, "Refused for certain The text is on the list"),
        ('{"error": "Invalid API key"}', {}, "Our account is refused"),
        ("<html>", {"status": 403}, "Our account is refused The HTTP status 403"),
        ("{}", {"status": 429, "retry_after": 30}, "Turned away: too many calls"),
        ('{"error": "The moon is full"}', {}, "Uncertain Its complaint is on no list"),
        ('{"order": 7, "error": "The moon is full"}', {}, "names a number and complains"),
        ("<html>", {}, "Uncertain The body is no JSON text"),
        ("", {}, "Uncertain The body is no JSON text"),
        ('{"order": 1}', {"status": 500}, "Only 2xx and 4xx are read"),
        ('{"data": {"id": 9}}', {"preset": "bearer_wrapped"}, "Number of the order 9"),
    ],
)
def test_an_answer_to_add_is_classed_as_the_client_would(
    operator: Client, body: str, others: dict[str, object], words: str
) -> None:
    assert words in paste(operator, body, **others)


@pytest.mark.parametrize(
    ("action", "body", "words"),
    [
        ("status", '{"5": {"status": "Completed"}}', "Order 5 status: Completed It is completed."),
        ("status", '{"5": {"status": "Partial", "remains": "1.5"}}', "no whole number"),
        ("status", '{"5": {"status": "Abgeschlossen"}}', "This word is not known"),
        ("status", '{"5": {"error": "Incorrect order ID"}}', "No report is never a cancellation"),
        ("status", "[]", "Cannot be read JSON, but not of the shape"),
        ("refill", '{"refill": "12"}', "Number of the refill 12"),
        ("refill_status", '[{"refill": 4, "status": "Completed"}]', "Refill 4 Completed"),
        ("cancel", '{"error": "Order cannot be canceled"}', "The request is declined"),
        ("balance", '{"balance": "1.5", "currency": "USD"}', "Balance 1.5"),
        ("services", '[{"service": 1, "name": "", "min": 1, "max": 2}]', "Left out: no name"),
    ],
)
def test_every_other_answer_is_read_in_words(
    operator: Client, action: str, body: str, words: str
) -> None:
    assert words in paste(operator, body, action=action)


def test_the_dialect_of_the_provider_counts_with_all_that_staff_have_learnt(
    operator: Client,
) -> None:
    provider = factories.provider(
        dialect_preset="numeric_statuses",
        dialect_changes={"words": {"completed": ["9"]}},
        refusal_texts=["The moon is full"],
        cancel_means_partial=True,
    )
    said = paste(operator, '{"error": "The moon is full"}', provider=provider.pk)
    assert "Refused for certain" in said
    body = '{"5": {"status": 9}, "6": {"status": 4, "remains": 3}}'
    said = paste(operator, body, provider=provider.pk, action="status")
    assert "It is completed." in said
    assert "this provider says canceled for partial" in said


def test_an_unknown_text_leads_to_the_page_where_it_can_be_learnt(operator: Client) -> None:
    provider = factories.provider()
    body = '{"error": "The moon is full"}'
    said = paste(operator, body, provider=provider.pk)
    assert f"Add it to the refusals of {provider.name}" in said
    assert "Add it to the refusals" not in paste(operator, body)


def test_nothing_is_stored_by_reading(operator: Client) -> None:
    provider = factories.provider()
    before = (Provider.objects.values().get(), ActLog.objects.count(), Order.objects.count())
    paste(operator, '{"error": "Invalid API key"}', provider=provider.pk)
    assert before == (
        Provider.objects.values().get(),
        ActLog.objects.count(),
        Order.objects.count(),
    )


def test_what_a_provider_says_is_escaped(operator: Client) -> None:
    form = {"action": "status", "preset": "api_v2", "status": 200}
    body = '{"5": {"status": "<i id=x>hi</i>"}}</textarea><i id=y>'
    page = operator.post(PAGE, form | {"body": body}).content.decode()
    assert "<i id=" not in page
    body = '{"5": {"status": "<i id=x>hi</i>"}}'
    page = operator.post(PAGE, form | {"body": body}).content.decode()
    assert "&lt;i id=x&gt;" in page
    assert "<i id=" not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "99"}, "greater than or equal to 100"),
        ({"status": "two hundred"}, "whole number"),
        ({"action": "explode"}, "not one of the available choices"),
        ({"provider": "0"}, "not one of the available choices"),
        ({"preset": "klingon"}, "not one of the available choices"),
        ({"numbers": "1, x"}, "At most 100 numbers"),
        ({"numbers": ",".join("1" * 101)}, "At most 100 numbers"),
        ({"body": "x" * 200_001}, "at most 200000 characters"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field(
    operator: Client, changes: dict[str, str], words: str
) -> None:
    form = {"action": "add", "preset": "api_v2", "status": "200", "body": "{}"} | changes
    answer = operator.post(PAGE, form)
    assert answer.status_code == 422
    assert words in text_of(answer)


def test_a_broken_dialect_in_the_row_is_named_and_nothing_is_read(operator: Client) -> None:
    broken = {"limits": {"batch": 0}}
    provider = factories.provider(dialect_changes=broken)
    form = {"action": "add", "provider": provider.pk, "status": 200, "body": '{"order": 1}'}
    answer = operator.post(PAGE, form)
    assert answer.status_code == 422
    assert "batch: from 1 to 100." in text_of(answer)
