from __future__ import annotations

import base64
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import Settings

from services.encryption import Undecryptable, decrypt, encrypt
from services.models import Provider
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
