"""Calls as they are written in a shell, in Python and in PHP, made of the declarations.

The page shows them, and the tests run what the page shows. Python needs nothing but itself, PHP its
curl extension; both send the key in a header, which nothing writes down.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from orders.api.declaring import Action
from orders.api.parameters import ACTION, KEY

KEY_SAMPLE = "YOUR_KEY"

_PYTHON = """\
import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

ADDRESS = {address}
KEY = {key}


def call(action, **fields):
    form = urlencode({{"action": action, **fields}}).encode()
    request = Request(ADDRESS, form, headers={{"X-Api-Key": KEY}})
    with urlopen(request, timeout=30) as answer:
        result = json.load(answer)
    if "error" in result:
        raise RuntimeError(f"{{result['error']}} ({{result['code']}})")
    return result
"""
_PHP = """\
<?php
const ADDRESS = {address};
const KEY = {key};

function call(string $action, array $fields = []): array
{{
    $curl = curl_init(ADDRESS);
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => http_build_query(['action' => $action] + $fields),
        CURLOPT_HTTPHEADER => ['X-Api-Key: ' . KEY],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 30,
    ]);
    $body = curl_exec($curl);
    if ($body === false) {{
        throw new RuntimeException(curl_error($curl));
    }}
    $answer = json_decode($body, true, 512, JSON_THROW_ON_ERROR);
    if (isset($answer['error'])) {{
        throw new RuntimeException("{{$answer['error']}} ({{$answer['code']}})");
    }}
    return $answer;
}}
"""


@dataclass(frozen=True, slots=True)
class Example:
    """One call in each language; `python` and `php` use `call` of what comes before them."""

    curl: str
    python: str
    php: str


def of(action: Action, *, address: str) -> Example:
    """With the samples of the parameters that have one."""
    fields = {each.name: each.sample for each in action.parameters if each.sample}
    return Example(
        curl=curl(address, {ACTION.name: action.name} | fields),
        python=_python_call(action.name, fields),
        php=_php_call(action.name, fields),
    )


def curl(address: str, fields: Mapping[str, str]) -> str:
    """As it is typed into a shell, one argument a line."""
    sent = [f"-d {shlex.quote(f'{name}={value}')}" for name, value in fields.items()]
    first = f"curl {shlex.quote(address)} -d {KEY.name}={KEY_SAMPLE}"
    return " \\\n  ".join([first, *sent])


def python_before(*, address: str) -> str:
    return _PYTHON.format(address=json.dumps(address), key=json.dumps(KEY_SAMPLE))


def php_before(*, address: str) -> str:
    return _PHP.format(address=_php_text(address), key=_php_text(KEY_SAMPLE))


def _python_call(action: str, fields: Mapping[str, str]) -> str:
    sent = [f"{name}={_plain(value) or repr(value)}" for name, value in fields.items()]
    return f"print(call({', '.join([json.dumps(action), *sent])}))"


def _php_call(action: str, fields: Mapping[str, str]) -> str:
    sent = [f"'{name}' => {_plain(value) or _php_text(value)}" for name, value in fields.items()]
    named = f", [{', '.join(sent)}]" if sent else ""
    return f"print_r(call('{action}'{named}));"


def _php_text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _plain(value: str) -> str:
    """Whole numbers are written as numbers."""
    return value if value.isascii() and value.isdigit() else ""
