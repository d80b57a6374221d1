"""A program with an operator's key, and what it is told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import operator_keys
from accounts.models import OperatorKey, User

Scope = OperatorKey.Scope
ROOT = "/adminapi/v2/"


@dataclass
class Program:
    """Calls as one member of the staff; every answer is checked to be an envelope."""

    user: User
    scopes: Sequence[Scope] = tuple(Scope)
    networks: Sequence[str] = ()
    secret: str = field(init=False)

    def __post_init__(self) -> None:
        covered = set(operator_keys.scopes_for(self.user))
        scopes = [scope for scope in self.scopes if scope in covered]
        _key, self.secret = operator_keys.create(
            user=self.user,
            name="robot",
            scopes=scopes,
            networks=self.networks,
            expires_at=None,
            at=timezone.now(),
        )

    def get(self, path: str, **query: object) -> Any:
        return self.data(self.ask("GET", path, query))

    def post(self, path: str, **body: object) -> Any:
        return self.data(self.ask("POST", path, body))

    def data(self, answer: tuple[int, dict[str, Any]]) -> Any:
        status, told = answer
        assert status == 200, told
        return told["data"]

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """The status, and the envelope."""
        rest()
        sent = {"X-Api-Key": self.secret, **headers}
        client = Client(headers=sent)
        if method == "GET":
            response = client.get(ROOT + path, body or {})
        else:
            response = client.generic(
                method, ROOT + path, json.dumps(body or {}), content_type="application/json"
            )
        return response.status_code, envelope(response)


def envelope(response: Any) -> dict[str, Any]:
    told: dict[str, Any] = response.json()
    assert told.keys() == {"data", "error_message", "error_code", "code"}
    is_well = response.status_code == 200
    assert told["error_code"] == (0 if is_well else response.status_code)
    assert bool(told["error_message"]) is bool(told["code"]) is not is_well
    assert response["Cache-Control"] == "no-store"
    return told


def rest() -> None:
    """A second has gone by for every key: the limit has a test of its own."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_operatorkey SET window_at = NULL")
