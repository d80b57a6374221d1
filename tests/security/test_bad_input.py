"""S-23, S-24: every field of every form and address takes every bad value without an error of ours,
and nothing is charged. The forms are those that the pages show; see also tests of each field."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.security import corpus
from tests.security.checksums import checksum, money
from tests.security.crawling import Crawl
from tests.security.filling import filled, posting
from tests.security.htmlforms import Field, Form
from tests.security.walking import Values, Walker, undone
from tests.security.world import ALICE, ROOT, SAM, World

Crawls = dict[str, Crawl]
# Which part of the catalogue is open beside the form: an order is of its service.
CHOOSERS = {"platform", "category"}
# Numbers in no field of their own kind: rows that another form or page has named.
NAMED_ROWS = {"customer", "provider_service", "seen", "service", "shown_charge", "user", "order"}


@pytest.fixture
def walker(standing: World) -> Walker:
    return Walker(standing)


def is_number(one: Field) -> bool:
    return (one.is_number or one.name in NAMED_ROWS) and one.name not in CHOOSERS


def numbers(crawls: Crawls) -> list[tuple[str, Form, Field]]:
    forms = posting(crawls)
    return [(role, form, one) for role, form in forms for one in form.fields if is_number(one)]


def texts(crawls: Crawls) -> list[tuple[str, Form, Field]]:
    forms = posting(crawls)
    return [(role, form, one) for role, form in forms for one in form.fields if one.is_text]


def test_the_pages_show_the_fields_that_this_is_about(crawls: Crawls) -> None:
    names = {one.name for _, _, one in numbers(crawls)}
    assert names >= {"amount", "quantity", "shown_charge", "seen", "rate_micros", "cost_micros"}
    assert names >= {"min_quantity", "max_quantity", "position", "refill_days", "service"}
    names = {one.name for _, _, one in texts(crawls)}
    assert names >= {"link", "subject", "text", "email", "password1", "name", "reason", "body"}


def test_a_form_as_a_person_fills_it_in_is_taken(crawls: Crawls, walker: Walker) -> None:
    refused = []
    for role, form in posting(crawls):
        with undone():
            answer = walker.send(form, filled(form, walker.world), role=role)
        if answer.status_code not in (200, 302):
            refused.append((role, form.action, answer.status_code))
    assert refused == []


# Fields and parameters take turns at what is bad: each of them meets every second of it, or every
# third, and one class of field reads it all.
def test_a_misspelt_number_does_nothing_anywhere(crawls: Crawls, walker: Walker) -> None:
    before, charged = checksum(), money()
    for place, (role, form, one) in enumerate(numbers(crawls)):
        values = filled(form, walker.world)
        for bad in corpus.MISSPELT[place % 3 :: 3 if role != ROOT else 6]:
            with undone():
                status = walker.send(form, values | {one.name: bad}, role=role).status_code
                assert status in (200, 302, 422), (form.action, one.name, bad, status)
                assert money() == charged, (form.action, one.name, bad)
                assert status == 422 or checksum() == before, (form.action, one.name, bad)


def test_a_foreign_spelling_costs_nothing(crawls: Crawls, walker: Walker) -> None:
    for place, (role, form, one) in enumerate(numbers(crawls)):
        values = filled(form, walker.world)
        for bad in corpus.FOREIGN[place % 3 :: 3]:
            assert_nothing_is_charged(walker, form, values | {one.name: bad}, role=role)


def test_an_extreme_number_costs_nothing(crawls: Crawls, walker: Walker) -> None:
    for place, (role, form, one) in enumerate(numbers(crawls)):
        values = filled(form, walker.world)
        for bad in corpus.EXTREME[place % 3 :: 3]:
            assert_nothing_is_charged(walker, form, values | {one.name: bad}, role=role)


def test_a_number_that_comes_twice_costs_nothing(crawls: Crawls, walker: Walker) -> None:
    for role, form, one in numbers(crawls):
        values: Values = {**filled(form, walker.world), one.name: ["100", "999"]}
        if role != ROOT and one.name != "order":
            assert_nothing_is_charged(walker, form, values, role=role)


def test_a_hostile_text_is_no_error_of_ours(crawls: Crawls, walker: Walker) -> None:
    for place, (role, form, one) in enumerate(texts(crawls)):
        bads = corpus.TEXTS[:3] if role == ROOT else [*corpus.TEXTS, corpus.LONG]
        for bad in bads[place % 2 :: 2]:
            values: Values = {**filled(form, walker.world), one.name: bad}
            with undone():
                status = walker.send(form, values, role=role).status_code
            assert status in (200, 302, 400, 422), (form.action, one.name, str(bad)[:20], status)
            assert status == 400 or "\x00" not in str(bad), (form.action, one.name)


def test_a_hostile_address_is_no_error_of_ours(crawls: Crawls, walker: Walker) -> None:
    """Each parameter of each address that a page links to or that a search form makes."""
    values = [*corpus.NUMBERS_IN_ADDRESSES, *corpus.TEXTS[:3]]
    for place, (role, path, name) in enumerate(parameters(crawls)):
        for bad in (corpus.IN_THE_ADMIN if role == ROOT else values)[place % 2 :: 2]:
            form = Form(page=path, action=path, method="get")
            with undone():
                answer = walker.send(form, {name: bad}, role=role)
            assert answer.status_code < 500, (role, path, name, bad)


def parameters(crawls: Crawls) -> list[tuple[str, str, str]]:
    """Who asks, the path, and the name: customers, staff and superusers at places of their own."""
    found = [(_whose(path), path, name) for path, name in corpus.PAGED]
    for role in (ALICE, SAM, ROOT):
        places = {pair for pair in _asked(crawls[role]) if _whose(pair[0]) == role}
        found += [(role, *pair) for pair in sorted(places)]
    return found


def _asked(crawl: Crawl) -> set[tuple[str, str]]:
    searches = [form for form in crawl.forms.values() if form.method == "get"]
    found = {(urlsplit(form.action).path, one.name) for form in searches for one in form.fields}
    for address in crawl.links:
        path, query = urlsplit(address).path, urlsplit(address).query
        found |= {(path, name) for name, _ in parse_qsl(query, keep_blank_values=True)}
    return found


def _whose(path: str) -> str:
    return {"admin": ROOT, "staff": SAM}.get(path.split("/")[1], ALICE)


def assert_nothing_is_charged(walker: Walker, form: Form, values: Values, *, role: str) -> None:
    before = money()[:4]
    with undone():
        status = walker.send(form, values, role=role).status_code
        assert status in (200, 302, 400, 403, 422), (form.action, values, status)
        assert money()[:4] == before, (form.action, values)
