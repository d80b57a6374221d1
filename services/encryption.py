"""Secrets at rest: AES-256-GCM, one nonce per value, the key's id in front.

Stored form: "<key id>:<base64 of nonce + ciphertext + tag>". Keys come from FIELD_KEYS, newest
first; older ones still decrypt, so that a key can be replaced without a stop. The column name is
bound in as associated data: a ciphertext copied into another column does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.db.models.functions import Cast

_NONCE_BYTES = 12


class Undecryptable(ValueError):
    """The stored value was not made by any of the configured keys, or was changed."""


def _keys() -> dict[str, bytes]:
    keys = {}
    for entry in settings.FIELD_KEYS:
        key_id, _, encoded = entry.partition(":")
        keys[key_id] = base64.b64decode(encoded)
    if not keys:
        raise ImproperlyConfigured(
            "FIELD_KEYS is empty: set it to 'k1:<base64 of 32 random bytes>'"
        )
    return keys


def encrypt(*, text: str, context: str) -> str:
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), context.encode())
    return f"{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(*, stored: str, context: str) -> str:
    """Raises Undecryptable when no configured key opens the value."""
    key_id, _, encoded = stored.partition(":")
    try:
        sealed = base64.b64decode(encoded, validate=True)
        key = _keys()[key_id]
        opened = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
    except (KeyError, ValueError, binascii.Error, InvalidTag) as error:
        raise Undecryptable(f"a value encrypted with key {key_id[:20]!r} cannot be read") from error
    return opened.decode()


class Unreadable(str):
    """Stands for a secret that no configured key opens: empty to whoever would use it. Written
    again it stays as it is `stored`, for the day on which its key is back."""

    stored: str

    def __new__(cls, stored: str) -> Unreadable:
        empty = super().__new__(cls)
        empty.stored = stored
        return empty


class EncryptedTextField(models.TextField[str, str]):
    """Text that the database only ever sees encrypted. It cannot be searched.

    A value that cannot be opened is read as Unreadable: rows beside it, and its own page where it
    is typed again, have to go on.
    """

    def _context(self) -> str:
        return f"{self.model._meta.label_lower}.{self.attname}"

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        if not value:
            return value
        try:
            return decrypt(stored=value, context=self._context())
        except Undecryptable:
            return Unreadable(value)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Unreadable):
            return value.stored
        text = super().get_prep_value(value)
        return encrypt(text=text, context=self._context()) if text else text


@dataclass(slots=True)
class Resealed:
    """What became of the values of one column. `unreadable` are the rows that no key opens."""

    column: str
    renewed: int
    current: int
    unreadable: list[object]


def newest_key() -> str:
    """The id of the key that seals from now on. Raises ImproperlyConfigured without any."""
    return next(iter(_keys()))


def reseal_all() -> list[Resealed]:
    """Seals every stored secret with the newest key; older keys must still be in FIELD_KEYS.

    A value that nobody can open stays as it is. May be run again at any time: what the newest key
    has sealed is left alone.
    """
    with transaction.atomic():
        return [_reseal(field) for field in _encrypted_fields()]


def _encrypted_fields() -> Iterator[EncryptedTextField]:
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField):
                yield field


def _reseal(field: EncryptedTextField) -> Resealed:
    """Its rows are locked: a secret that is replaced meanwhile must not come back."""
    done = Resealed(column=field._context(), renewed=0, current=0, unreadable=[])
    rows = field.model._base_manager.order_by("pk").select_for_update()
    sealed = rows.annotate(sealed=Cast(field.attname, models.TextField())).exclude(sealed="")
    for pk, stored in sealed.values_list("pk", "sealed"):
        if stored.startswith(f"{newest_key()}:"):
            done.current += 1
            continue
        try:
            text = decrypt(stored=stored, context=done.column)
        except Undecryptable:
            done.unreadable.append(pk)
            continue
        field.model._base_manager.filter(pk=pk).update(**{field.attname: text})
        done.renewed += 1
    return done
