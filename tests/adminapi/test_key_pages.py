"""Keys for the Admin API at the desk."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import operator_keys
from accounts.models import ActLog, OperatorKey, User
from tests.adminapi.program import Program

LIST = "/staff/api/"


def test_a_key_is_made_shown_once_and_revoked(sam: User, client: Client) -> None:
    client.force_login(sam)
    page = client.get(LIST).content.decode()
    assert "orders:read" in page
    assert "money:read" not in page
    form = {"name": "bot", "scopes": ["orders:read"], "networks": "203.0.113.7", "days": "90"}
    made = client.post(LIST, form)
    secret = made.context["secret"]
    assert secret in made.content.decode()
    key = OperatorKey.objects.get()
    assert (key.scopes, key.allowed_networks) == (["orders:read"], ["203.0.113.7/32"])
    assert key.expires_at is not None
    again = client.get(LIST).content.decode()
    assert secret not in again
    assert secret[:12] in again
    assert "<div>Orders: read</div>" in again
    client.post(reverse("staff_api:operator_key_revoke", args=[key.pk]))
    assert operator_keys.owner_of(secret=secret, at=timezone.now()) is None
    acts = list(ActLog.objects.order_by("pk").values_list("act", flat=True))
    assert acts == ["make operator key", "revoke operator key"]


def test_the_database_holds_no_usable_key(sam: User, settings: Settings) -> None:
    """API-06."""
    secret = Program(sam).secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_operatorkey::text FROM accounts_operatorkey")
        (row,) = cursor.fetchone()
    assert secret[12:] not in row
    assert secret[:12] in row
    settings.API_KEY_PEPPER = "another"
    assert operator_keys.owner_of(secret=secret, at=timezone.now()) is None


def test_no_key_is_given_more_than_its_owner_has(sam: User, client: Client) -> None:
    client.force_login(sam)
    form = {"name": "bot", "scopes": ["money:write"], "networks": "", "days": "0"}
    assert client.post(LIST, form).status_code == 422
    assert client.post(LIST, form | {"scopes": [], "name": ""}).status_code == 422
    assert client.post(LIST, form | {"networks": "home"}).status_code == 422
    assert not OperatorKey.objects.exists()


def test_operators_see_and_end_colleagues_keys_support_does_not(
    sam: User, olga: User, client: Client
) -> None:
    program = Program(sam)
    key = OperatorKey.objects.get(user=sam)
    end = reverse("staff_api:operator_key_revoke", args=[key.pk])
    client.force_login(olga)
    assert key.prefix in client.get(LIST).content.decode()
    client.post(end)
    assert program.ask("GET", "orders")[0] == 401
    Program(olga)
    client.force_login(sam)
    hers = OperatorKey.objects.get(user=olga)
    assert hers.prefix not in client.get(LIST).content.decode()
    address = reverse("staff_api:operator_key_revoke", args=[hers.pk])
    assert client.post(address).status_code == 404


def test_one_person_has_ten_keys_at_most(sam: User, client: Client) -> None:
    client.force_login(sam)
    form = {"name": "bot", "scopes": ["orders:read"], "networks": "", "days": "30"}
    statuses = [client.post(LIST, form).status_code for _time in range(11)]
    assert statuses == [200] * 10 + [422]
