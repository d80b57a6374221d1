"""S-03: a form or call takes its own fields; whatever else is sent with them changes nothing."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.test import Client

from tests.security.checksums import same_numbers, steady_rows
from tests.security.crawling import Crawl
from tests.security.filling import filled, posting
from tests.security.htmlforms import Form
from tests.security.walking import FORM, Values, Walker, undone
from tests.security.world import ALICE, BOB, World

NAMES = {
    "account", "balance", "bonus", "charge", "credit", "customer", "customer_id", "deposit",
    "deposit_id", "discount", "fee", "force", "free", "is_admin", "is_paid", "is_staff", "owner",
    "paid", "permissions", "price", "rate", "refund", "refunded", "role", "standing", "status",
    "user", "user_id", "user_permissions", "verified", "primary",
}  # fmt: skip
# Fields that a page's script or an older form sends: they choose what is shown, not what is done.
FORM_FIELDS = {"next", "return_to", "q", "act", "action_add", "key", "select_across", "to"}


def extras(world: World) -> dict[str, str]:
    """Every column of every model, with values that would do harm."""
    names = NAMES | {
        field.attname
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if not field.primary_key
    }
    return {name: _harm(name, world) for name in sorted(names)}


def _harm(name: str, world: World) -> str:
    people = {"user", "customer", "owner", "actor", "author", "assignee", "published_by"}
    if name.removesuffix("_id") in people:
        return str(world.people[BOB].pk)
    if name.startswith(("is_", "can_", "was_")):
        return "on"
    if name.endswith(("_at", "_on", "_since", "before", "until")):
        return "2001-01-01 00:00:00"
    return {"status": "completed", "state": "paid", "standing": "blacklisted"}.get(name, "777")


@pytest.fixture
def walker(standing: World) -> Walker:
    return Walker(standing)


def test_no_form_takes_more_than_its_own_fields(crawls: dict[str, Crawl], walker: Walker) -> None:
    added = extras(walker.world)
    assert set(added) > {"balance_micros", "is_superuser", "charge_micros", "refunded_micros"}
    for role, form in posting(crawls):
        own = filled(form, walker.world)
        foreign = {n: v for n, v in added.items() if n not in form.names | FORM_FIELDS}

        alone = rows_after(walker, form, own, role=role)
        together = rows_after(walker, form, {**foreign, **own}, role=role)
        for table, found in alone.items():
            assert together[table] == found, (form.action, table)


def rows_after(walker: Walker, form: Form, values: Values, *, role: str) -> dict[str, list[str]]:
    with same_numbers(), undone():
        walker.send(form, values, role=role)
        return steady_rows()


# Other names for a call's own parameters, and one that the API refuses rather than ignores.
ALIASES = {"api", "api_key", "apikey", "runs", "token", "url"}


@pytest.mark.parametrize("kind", ["application/json", FORM])
def test_no_call_takes_more_than_its_own_parameters(walker: Walker, kind: str) -> None:
    world = walker.world
    own = {"key": world.secret, "action": "add", "service": str(world.service.pk)}
    own |= {"link": "https://example.com/p/added", "quantity": "100"}
    foreign = {name: value for name, value in extras(world).items() if name not in ALIASES}
    assert rows_after_call(own, kind) == rows_after_call(foreign | own, kind)


def rows_after_call(values: dict[str, str], kind: str) -> dict[str, list[str]]:
    body = urlencode(values) if kind == FORM else json.dumps(values)
    with same_numbers(), undone():
        answer = Client().post("/api/v2", body, content_type=kind)
        assert set(answer.json()) == {"order"}
        return steady_rows()


def test_the_comparison_sees_a_difference(crawls: dict[str, Crawl], walker: Walker) -> None:
    form = next(f for role, f in posting(crawls) if role == ALICE and f.action == "/account/")
    tokyo = rows_after(walker, form, {"time_zone": "Asia/Tokyo"}, role=ALICE)
    assert rows_after(walker, form, {"time_zone": "Europe/Rome"}, role=ALICE) != tokyo
