"""One walk over every address as everybody, whose answers several tests look at.

Each request runs in a transaction that is rolled back, with the cookies of just after the log-in
and an empty cache: no request sees what another one did.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import Morsel, SimpleCookie
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlencode, urlsplit

from django.core.cache import cache
from django.db import transaction

from tests.security.htmlforms import Form
from tests.security.targets import Target, every_target
from tests.security.world import ALICE, BOB, OLGA, ROLES, ROOT, World

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

    Answer: TypeAlias = _MonkeyPatchedWSGIResponse

WORDS = {
    200: "ok",
    400: "bad",
    401: "bare",
    403: "no",
    404: "none",
    405: "never",
    409: "off",
    422: "form",
}
FORM = "application/x-www-form-urlencoded"
Values = Mapping[str, str | bytes | list[str]]
OTHER_METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "LINK")
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


@dataclass(frozen=True)
class Visit:
    """What one person got for one request."""

    key: str
    model: str | None
    role: str
    method: str
    status: int
    word: str
    headers: dict[str, str]
    cookies: tuple[Morsel[str], ...]
    body: str

    @property
    def about(self) -> str:
        return f"{self.method} {self.key} as {self.role}: {self.status}"


class Walker:
    """People who ask for addresses one by one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clients = {role: world.client(role) for role in (*ROLES, ROOT)}
        self.jars = {role: client.cookies for role, client in self.clients.items()}
        self.paths: dict[Target, str] = {}

    def visit(self, target: Target, *, role: str, method: str, path: str = "") -> Visit:
        with undone():
            answer = self.ask(path or self.path(target), role=role, method=method)
            return Visit(
                key=target.key,
                model=target.model,
                role=role,
                method=method,
                status=answer.status_code,
                word=_word(answer),
                headers=dict(answer.headers),
                cookies=tuple(answer.cookies.values()),
                body=_TOKEN.sub("", _body(answer)),
            )

    def path(self, target: Target) -> str:
        """Looked up once: to find the rows that it names takes a third as long as to ask."""
        if target not in self.paths:
            self.paths[target] = target.path(self.world)
        return self.paths[target]

    def ask(self, path: str, *, role: str, method: str, body: str = "") -> Answer:
        client = self.clients[role]
        client.cookies = SimpleCookie(self.jars[role].output(header="", sep=";"))
        kind = FORM if method == "POST" else "text/plain"
        return client.generic(method, path, body, content_type=kind)

    def send(self, form: Form, values: Values, *, role: str) -> Answer:
        """As a browser sends a form; bytes stand for what no browser would send."""
        body = urlencode(values, doseq=True)
        if form.method == "get":
            return self.ask(f"{urlsplit(form.action).path}?{body}", role=role, method="GET")
        return self.ask(form.action, role=role, method="POST", body=body)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside has not happened afterwards."""
    cache.clear()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def walk(world: World) -> list[Visit]:
    """Everybody's GET and POST; HEAD by who gets in; the other methods, of which each address is
    asked for two, since they are refused before it is looked at."""
    walker = Walker(world)
    asked = [(method, role) for method in ("GET", "POST") for role in ROLES]
    visits = []
    for number, target in enumerate(every_target()):
        insider = OLGA if target.route.startswith(("admin/", "staff/")) else ALICE
        turn = number % len(OTHER_METHODS)
        others = {"TRACE", OTHER_METHODS[turn]}
        more = [("HEAD", insider), *((method, insider) for method in sorted(others))]
        visits += [
            walker.visit(target, role=role, method=method) for method, role in [*asked, *more]
        ]
    return visits


def walk_to_nothing(world: World) -> list[tuple[Visit, Visit]]:
    """bob asks for what is alice's, and for what does not exist: two visits side by side."""
    walker = Walker(world)
    return [
        (
            walker.visit(target, role=BOB, method=method),
            walker.visit(target, role=BOB, method=method, path=target.missing_path()),
        )
        for target in every_target()
        for method in ("GET", "POST", "HEAD")
        if _is_somebodys(target)
    ]


def _is_somebodys(target: Target) -> bool:
    """Whether a number in the address says whose page it is."""
    return any(name == "pk" or name.endswith("_id") for name in target.arguments) and (
        not target.route.startswith(("admin/", "staff/", "services/"))
    )


def _word(answer: Answer) -> str:
    if answer.status_code == 302:
        return "login" if "login/" in answer["Location"] else "go"
    body = _body(answer)
    if answer.status_code == 200 and body.startswith("{") and "code" in json.loads(body):
        return "key" if json.loads(body)["code"] == "invalid_api_key" else "refused"
    return WORDS.get(answer.status_code, str(answer.status_code))


def _body(answer: Answer) -> str:
    return "" if answer.streaming else answer.content.decode(errors="replace")
