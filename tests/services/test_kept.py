"""Services that a process keeps."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from services import kept
from tests import factories


class Swept(dict[int, Any]):
    """Another thread makes room whenever something is kept."""

    def __setitem__(self, key: int, value: object) -> None:
        super().__setitem__(key, value)
        self.clear()


@pytest.mark.django_db
def test_what_is_thrown_out_at_once_was_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_kept", Swept())
    listed = factories.service()
    with connection.cursor() as cursor:
        cursor.execute("SELECT services_version(%s)", [listed.pk])
        (version,) = cursor.fetchone()
    found = kept.service_of(service_id=listed.pk, version=version, own_rate_micros=None, country="")
    assert found == listed
