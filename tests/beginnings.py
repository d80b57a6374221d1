"""Terms and roles, with which most tests begin: installed once, and then copied row by row.

Only the first test that asks really installs them; that costs sixty statements. A copy keeps the
numbers of its rows, so what was installed in a database is copied into that same one alone: no
sequence of it gives them out again, even though everything is rolled back between two tests.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from accounts import roles
from legal.models import Document, DocumentVersion, Publication
from legal.policy import Policy
from legal.publishing import install_defaults

Rows = Sequence[tuple[type[Model], Sequence[Model]]]
TERMS = (Document, DocumentVersion, Publication, Publication.versions.through)
ROLES = (Group, Group.permissions.through)

_installed: dict[Hashable, Rows] = {}


def put_terms(*, policy: Policy, at: datetime) -> None:
    """The default documents under this policy, published at that time."""

    def as_of_then(row: Model) -> None:
        if isinstance(row, DocumentVersion | Publication):
            row.published_at = at
        if isinstance(row, DocumentVersion):
            row.created_at = timezone.now()
            row.effective_on = timezone.localdate(at, timezone.get_default_timezone())

    _put(
        policy,
        install=lambda: install_defaults(policy=policy, at=at),
        models=TERMS,
        refresh=as_of_then,
    )


def put_roles() -> None:
    """The groups of the staff with their permissions."""
    _put("roles", install=roles.install, models=ROLES, refresh=lambda _row: None)


def _put(
    what: Hashable,
    *,
    install: Callable[[], object],
    models: Sequence[type[Model]],
    refresh: Callable[[Model], None],
) -> None:
    if models[0]._default_manager.exists():  # the test has put something there itself
        install()
        return
    key = (connection.settings_dict["NAME"], what)
    if key not in _installed:
        install()
        _installed[key] = [(model, list(model._default_manager.all())) for model in models]
        return
    for model, rows in _installed[key]:
        for row in rows:
            refresh(row)
        model._default_manager.bulk_create(rows)
