"""From an action and its parameters to the one request that this provider understands.

Nothing but the key, the action and the parameters leaves. Where the key travels in the address,
the whole path is as secret as the key: it stands in no error, no log and no repr.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from services.providers.dialect import Dialect
from services.providers.errors import NotSent
from services.providers.shapes import (
    LISTS,
    NUMBERS,
    ActionPlace,
    Calling,
    Encoding,
    KeyPlace,
    LineBreak,
)
from services.providers.transport import Request

HEADER_VALUE = re.compile(r"[!-~]{1,4000}", re.ASCII)
WHOLE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
# Servers refuse longer addresses, and one that is cut may be taken for another order.
LONGEST_PATH = 8000
FORM_TYPE = "application/x-www-form-urlencoded"

Pairs = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Call:
    """`action` is the provider's own word, `fields` go by their names in API v2; `key` is None
    where the provider answers without one."""

    action: str
    fields: Mapping[str, str]
    key: str | None = field(repr=False)


def request_for(call: Call, *, path: str, dialect: Dialect) -> Request:
    """The request of one call to a provider at `path`. Raises NotSent("request") for what cannot
    be sent as it is, NotSent("key") without the key that it needs."""
    if call.key == "":
        raise NotSent("key")
    calling = dialect.calling
    try:
        "".join(call.fields.values()).encode()
        head = _key_pair(call, calling, KeyPlace.PARAMETER) | _action_pair(call, calling)
        # First and last: no parameter takes the place of the key or of the action.
        pairs = head | _named(call.fields, dialect=dialect) | head
        body, headers = _body(pairs, numbers=_numbers(call, dialect=dialect), calling=calling)
        in_address = _key_pair(call, calling, KeyPlace.QUERY)
        in_address |= pairs if calling.encoding is Encoding.QUERY else {}
        full_path = _path(path, call, calling=calling, query=urlencode(in_address))
    except UnicodeEncodeError:
        raise NotSent("request") from None
    return Request(
        method=calling.method,
        path=full_path,
        headers=_key_header(call, calling) | headers,
        body=body,
    )


def _key_pair(call: Call, calling: Calling, place: KeyPlace) -> Pairs:
    if call.key is None or calling.key_place is not place:
        return {}
    return {calling.key_name: call.key}


def _key_header(call: Call, calling: Calling) -> Pairs:
    if call.key is None or calling.key_place not in (KeyPlace.HEADER, KeyPlace.BEARER):
        return {}
    if not HEADER_VALUE.fullmatch(call.key):
        raise NotSent("request")
    if calling.key_place is KeyPlace.BEARER:
        return {"Authorization": f"Bearer {call.key}"}
    return {calling.key_name: call.key}


def _action_pair(call: Call, calling: Calling) -> Pairs:
    is_named = calling.action_place is ActionPlace.PARAMETER
    return {calling.action_name: call.action} if is_named else {}


def _named(fields: Mapping[str, str], *, dialect: Dialect) -> Pairs:
    is_crlf = dialect.calling.line_break is LineBreak.CRLF
    return {
        dialect.parameters.get(name, name): (
            "\r\n".join(value.splitlines()) if is_crlf and name in LISTS else value
        )
        for name, value in fields.items()
    }


def _path(path: str, call: Call, *, calling: Calling, query: str) -> str:
    before, _, own_query = path.partition("?")
    if calling.action_place is ActionPlace.PATH:
        before = f"{before.rstrip('/')}/{call.action}"
    full = "?".join(part for part in (before, "&".join(filter(None, (own_query, query)))) if part)
    if len(full) > LONGEST_PATH:
        raise NotSent("request")
    return full


def _numbers(call: Call, *, dialect: Dialect) -> dict[str, int]:
    """What leaves as a number, by the provider's names."""
    if not dialect.calling.sends_numbers:
        return {}
    return {
        dialect.parameters.get(name, name): int(value)
        for name, value in call.fields.items()
        if name in NUMBERS and WHOLE.fullmatch(value)
    }


def _body(pairs: Pairs, *, numbers: Mapping[str, int], calling: Calling) -> tuple[bytes, Pairs]:
    """The bytes after the head, and the header that describes them."""
    if calling.encoding is Encoding.QUERY:
        return b"", {}
    if calling.encoding is Encoding.JSON:
        values: Mapping[str, str | int] = {**pairs, **numbers}
        return json.dumps(values).encode(), {"Content-Type": "application/json"}
    if calling.encoding is Encoding.MULTIPART:
        border = secrets.token_hex(16)
        return _parts(pairs, border), {"Content-Type": f"multipart/form-data; boundary={border}"}
    return urlencode(pairs).encode("ascii"), {"Content-Type": FORM_TYPE}


def _parts(pairs: Pairs, border: str) -> bytes:
    parts = [
        f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in pairs.items()
    ]
    return "".join([*parts, f"--{border}--\r\n"]).encode()
