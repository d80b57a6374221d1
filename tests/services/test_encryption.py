"""Keys of providers are sealed, each for its own column (SEC-03)."""

from __future__ import annotations

import base64
import os
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from accounts.models import ActLog
from services.encryption import Undecryptable, Unreadable, decrypt, encrypt
from services.endpoints import endpoint_of
from services.health import probing
from services.models import Outage, Provider
from services.providers import client
from services.providers.errors import NotSent
from tests import factories

SECRET = "a-provider-key-in-clear"
CONTEXT = "services.provider.api_key"


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def test_what_goes_in_comes_out() -> None:
    assert decrypt(stored=encrypt(text=SECRET, context=CONTEXT), context=CONTEXT) == SECRET


def test_the_same_text_never_looks_the_same() -> None:
    assert encrypt(text=SECRET, context=CONTEXT) != encrypt(text=SECRET, context=CONTEXT)


def test_a_value_moved_to_another_column_does_not_open() -> None:
    with pytest.raises(Undecryptable):
        decrypt(stored=encrypt(text=SECRET, context=CONTEXT), context="services.provider.name")


@pytest.mark.parametrize("stored", ["", "test", "test:", "test:???", "test:AAAA", "other:AAAA"])
def test_a_value_that_was_changed_does_not_open_and_is_not_repeated(stored: str) -> None:
    with pytest.raises(Undecryptable) as refused:
        decrypt(stored=stored, context=CONTEXT)
    assert SECRET not in str(refused.value)


def test_a_new_key_encrypts_and_the_old_one_still_opens(settings: Settings) -> None:
    old, new = key("old"), key("new")
    settings.FIELD_KEYS = [old]
    before = encrypt(text=SECRET, context=CONTEXT)
    settings.FIELD_KEYS = [new, old]
    assert decrypt(stored=before, context=CONTEXT) == SECRET
    assert encrypt(text=SECRET, context=CONTEXT).startswith("new:")


def test_no_key_is_a_clear_error(settings: Settings) -> None:
    settings.FIELD_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS"):
        encrypt(text=SECRET, context=CONTEXT)


@pytest.mark.django_db
def test_the_database_never_sees_a_providers_key() -> None:
    provider = factories.provider(api_key=SECRET)
    with connection.cursor() as cursor:
        cursor.execute("SELECT provider::text FROM services_provider provider")
        assert SECRET not in str(cursor.fetchall())
    assert Provider.objects.get(pk=provider.pk).api_key == SECRET


def stored_key(provider: Provider) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM services_provider WHERE id = %s", [provider.pk])
        return str(cursor.fetchone()[0])


class TestAKeyThatNothingOpens:
    @pytest.fixture(autouse=True)
    def _lost(self, db: None, settings: Settings) -> None:
        settings.FIELD_KEYS = [key("old")]
        self.provider = factories.provider(url="https://panel.invalid/api/v2")
        settings.FIELD_KEYS = [key("new")]
        self.other = factories.provider(api_key=SECRET)

    def test_is_read_as_none_beside_all_others(self) -> None:
        lost, other = Provider.objects.order_by("pk")
        assert isinstance(lost.api_key, Unreadable)
        assert (lost.api_key, other.api_key) == ("", SECRET)

    def test_stays_as_it_is_until_it_is_typed_again(self) -> None:
        before = stored_key(self.provider)
        lost = Provider.objects.get(pk=self.provider.pk)
        lost.save()
        assert stored_key(lost) == before
        lost.api_key = SECRET
        lost.save()
        assert Provider.objects.get(pk=lost.pk).api_key == SECRET

    def test_sends_nothing(self) -> None:
        endpoint = endpoint_of(Provider.objects.get(pk=self.provider.pk))
        with pytest.raises(NotSent) as refused:
            client.balance(endpoint)
        assert refused.value.reason == "key"

    def test_is_an_outage_that_says_what_to_do(self, now: datetime) -> None:
        for minute in range(3):
            at = now + timedelta(minutes=minute)
            assert self.provider.pk in probing.due(at=at)
            probing.probe(provider_id=self.provider.pk, at=at)
        outage = Outage.objects.get(provider=self.provider)
        assert "the stored key cannot be read on this server" in outage.reason


class TestANewKeySealsWhatTheOldOneDid:
    @pytest.fixture(autouse=True)
    def _keys(self, db: None, settings: Settings) -> None:
        self.old, self.new = key("old"), key("new")
        settings.FIELD_KEYS = [self.old]
        self.provider = factories.provider(api_key=SECRET)
        settings.FIELD_KEYS = [self.new, self.old]

    def rotate(self) -> str:
        said = StringIO()
        call_command("rotate_field_keys", stdout=said)
        return said.getvalue()

    def test_so_that_the_old_one_can_go(self, settings: Settings) -> None:
        assert Provider.objects.get().api_key == SECRET
        assert "1 sealed anew with new, 0 were already" in self.rotate()
        settings.FIELD_KEYS = [self.new]
        assert stored_key(self.provider).startswith("new:")
        assert Provider.objects.get().api_key == SECRET

    def test_once_and_on_record_without_a_secret(self) -> None:
        self.rotate()
        sealed = stored_key(self.provider)
        assert "0 sealed anew with new, 1 were already" in self.rotate()
        assert stored_key(self.provider) == sealed
        act = ActLog.objects.get(act="rotate keys")
        assert {name: number for name, number in act.changes.items() if number} == {CONTEXT: 1}

    def test_and_a_value_that_nobody_opens_is_named_and_stays(self, settings: Settings) -> None:
        lost = stored_key(self.provider)
        settings.FIELD_KEYS = [self.new]
        other = factories.provider(api_key=SECRET)
        settings.FIELD_KEYS = [key("newest"), self.new]
        with pytest.raises(SystemExit):
            self.rotate()
        assert stored_key(self.provider) == lost
        assert stored_key(other).startswith("newest:")
