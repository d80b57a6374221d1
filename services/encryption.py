"""Secrets at rest: AES-256-GCM, one nonce per value, the key's id in front.

Stored form: "<key id>:<base64 of nonce + ciphertext + tag>". Keys come from FIELD_KEYS, newest
first; older ones still decrypt, so that a key can be replaced without a stop. The column name is
bound in as associated data: a ciphertext copied into another column does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

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


class EncryptedTextField(models.TextField[str, str]):
    """Text that the database only ever sees encrypted. It cannot be searched."""

    def _context(self) -> str:
        return f"{self.model._meta.label_lower}.{self.attname}"

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return decrypt(stored=value, context=self._context()) if value else value

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(text=text, context=self._context()) if text else text
