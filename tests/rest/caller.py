"""A program that calls REST v3 with a key in a header; each answer is held to the description."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from tests.rest import contract

ROOT = "/api/v3"
JSON = "application/json"
# What the test client returns has a `json` that its public type does not know.
Answer = Any


@dataclass(frozen=True)
class Caller:
    key: str
    client: Client = field(default_factory=Client)

    def get(self, address: str, *, headers: dict[str, str] | None = None, **query: Any) -> Answer:
        named = {**self.headers(), **(headers or {})}
        answer = self.client.get(ROOT + address, query, headers=named)
        contract.check(answer, method="GET")
        return answer

    def post(self, address: str, body: Any = None, **headers: str) -> Answer:
        return self.send("POST", address, body, **headers)

    def send(
        self, method: str, address: str, body: Any = None, *, kind: str = JSON, **headers: str
    ) -> Answer:
        """The body as JSON, or the very bytes that are given; headers with `_` for `-`."""
        sent = body if isinstance(body, bytes) else b"" if body is None else _encoded(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.generic(
            method, ROOT + address, sent, content_type=kind, headers={**self.headers(), **named}
        )
        contract.check(answer, method=method)
        return answer

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}


def _encoded(body: Any) -> bytes:
    return json.dumps(body).encode()


def caller(user: User, scope: ApiKey.Scope = ApiKey.Scope.ORDER) -> Caller:
    _, secret = api_keys.create(user=user, name="script", scope=scope, at=timezone.now())
    return Caller(key=secret)


def player(user: User) -> Caller:
    """One with a sandbox key."""
    key, secret = api_keys.create(
        user=user, name="trial", scope=ApiKey.Scope.ORDER, at=timezone.now()
    )
    ApiKey.objects.filter(pk=key.pk).update(is_sandbox=True)
    return Caller(key=secret)
