"""How other kinds of providers want to be asked. Each hears its own way alone: what comes in
another is missing, as it would be there."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

FORM, JSON, MULTIPART, NOTHING = (
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data",
    "",
)
Said = Any
Speaking = Callable[[str, Said], Said]


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """`body` is the only type of a body that is read, none for the address alone. The key is in a
    field or in a header; `actions` and `parameters` lead from its words to those of API v2.
    `numbers` have to be numbers in JSON. `speaking` turns an answer of API v2 into its own.
    """

    method: str = "POST"
    body: str = FORM
    key_field: str = "key"
    key_header: str = ""
    key_prefix: str = ""
    has_action_in_path: bool = False
    has_open_list: bool = False
    has_batches: bool = True
    actions: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    speaking: tuple[Speaking, ...] = ()


@dataclass(frozen=True)
class Heard:
    """A request as it came; `action_path` is what follows the provider's own address."""

    method: str
    action_path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def understood(tongue: Tongue, heard: Heard, *, key: str) -> dict[str, str] | None:
    """The fields of API v2 that a request means, None for a method that is not served."""
    if heard.method != tongue.method:
        return None
    said = _said(tongue, heard)
    if any(not isinstance(said.get(name, 0), int) for name in tongue.numbers):
        return {"key": key, "action": "none"}
    given = said.pop(tongue.key_field, "") if tongue.key_field else ""
    if tongue.key_header:
        given = heard.headers.get(tongue.key_header, "").removeprefix(tongue.key_prefix)
    word = heard.action_path if tongue.has_action_in_path else said.pop("action", "")
    fields = _renamed(tongue, said)
    if not tongue.has_batches:
        fields.pop("orders", None)
        fields.pop("refills", None)
    action = tongue.actions.get(str(word), str(word))
    is_open = tongue.has_open_list and action == "services" and not given
    return fields | {"action": action, "key": key if is_open else str(given)}


def _renamed(tongue: Tongue, said: Mapping[str, Any]) -> dict[str, str]:
    """By the names of API v2, which mean nothing where a name of its own is there."""
    foreign = set(tongue.parameters.values())
    return {
        tongue.parameters.get(name, name): str(value)
        for name, value in said.items()
        if name not in foreign
    }


def _said(tongue: Tongue, heard: Heard) -> dict[str, Any]:
    if tongue.body == NOTHING:
        return dict(parse_qsl(heard.query, keep_blank_values=True))
    kind = heard.headers.get("Content-Type", "")
    if not kind.startswith(tongue.body):
        return {}
    if tongue.body == JSON:
        decoded = json.loads(heard.body or b"{}")
        return dict(decoded) if isinstance(decoded, dict) else {}
    if tongue.body == MULTIPART:
        return _parts(kind, heard.body)
    return dict(parse_qsl(heard.body.decode("utf-8", "replace"), keep_blank_values=True))


def _parts(kind: str, body: bytes) -> dict[str, Any]:
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    message = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + body)
    return {
        str(part.get_param("name", header="Content-Disposition")): _text_of(part)
        for part in message.iter_parts()
    }


def _text_of(part: Message) -> str:
    raw = part.get_payload(decode=True)
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
