"""A program of a customer's that calls the API, in every way in which programs do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from services.models import Service

URL = "/api/v2"
LINK = "https://example.com/p/1"
FORM = "application/x-www-form-urlencoded"

Fields = Mapping[str, Any]
# What the test client returns has a `json` that its public type does not know.
Answer = Any
Transport = Callable[[Client, Fields], Answer]

TRANSPORTS: Mapping[str, Transport] = {
    "query": lambda client, fields: client.get(URL, fields),
    "form": lambda client, fields: client.post(URL, urlencode(fields), content_type=FORM),
    "multipart": lambda client, fields: client.post(URL, fields),
    "json": lambda client, fields: client.post(URL, fields, content_type="application/json"),
    "query of a post": lambda client, fields: client.post(f"{URL}?{urlencode(fields)}"),
    "trailing slash": lambda client, fields: client.post(f"{URL}/", fields),
}


@dataclass(frozen=True)
class Program:
    """A script of somebody's with a key; `ask` sends a form and returns the decoded answer."""

    key: str
    client: Client

    def send(self, transport: Transport = TRANSPORTS["form"], **fields: Any) -> Answer:
        return transport(self.client, {"key": self.key, **fields})

    def ask(self, **fields: Any) -> Any:
        answer = self.send(**fields)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)

    def add(self, chosen: Service, **fields: Any) -> Any:
        wanted = {"action": "add", "service": chosen.pk, "link": LINK, "quantity": 1000}
        return self.ask(**wanted | fields)


def program(user: User, scope: ApiKey.Scope = ApiKey.Scope.ORDER) -> Program:
    _, secret = api_keys.create(user=user, name="script", scope=scope, at=timezone.now())
    return Program(key=secret, client=Client())
