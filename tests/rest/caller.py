"""A program that calls REST v3 with a key in a header."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User

ROOT = "/api/v3"
# What the test client returns has a `json` that its public type does not know.
Answer = Any


@dataclass(frozen=True)
class Caller:
    key: str
    client: Client = field(default_factory=Client)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def get(self, address: str, **query: Any) -> Answer:
        return self.client.get(ROOT + address, query, headers=self.headers)

    def post(self, address: str, body: Any = None, **headers: str) -> Answer:
        return self.send("POST", address, body, **headers)

    def send(self, method: str, address: str, body: Any = None, **headers: str) -> Answer:
        """The body is JSON, or the very bytes that are given; names of headers with `_`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = {} if body is None else {"data": body, "content_type": "application/json"}
        return self.client.generic(
            method, ROOT + address, **_encoded(data), headers={**self.headers, **named}
        )


def _encoded(data: dict[str, Any]) -> dict[str, Any]:
    if "data" in data and not isinstance(data["data"], bytes):
        import json

        data["data"] = json.dumps(data["data"]).encode()
    return data


def caller(user: User, scope: ApiKey.Scope = ApiKey.Scope.ORDER) -> Caller:
    _, secret = api_keys.create(user=user, name="script", scope=scope, at=timezone.now())
    return Caller(key=secret)
