"""A charset that decodes no text is refused by every door, and nothing behind it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.handlers.wsgi import WSGIHandler

from smmpanel.handler import Handler

DOORS = ("/api/v2", "/api/v3/orders", "/adminapi/v2/payments")
NO_TEXT = ("hex", "rot13", "undefined", "base64", "idna")


def answer_to(handler: WSGIHandler, path: str, *, charset: str) -> tuple[str, bytes]:
    """The status line and the body, by the way that web servers go."""
    lines: list[str] = []

    def start(
        status: str, _headers: list[tuple[str, str]], _error: object = None, /
    ) -> Callable[[bytes], object]:
        lines.append(status)
        return lambda _written: None

    body = b"action=balance"
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "key=panel_none",
        "CONTENT_TYPE": f"text/plain; charset={charset}",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "testserver",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(body),
    }
    told = b"".join(handler(environ, start))
    return lines[0], told


@pytest.mark.parametrize("charset", NO_TEXT)
@pytest.mark.parametrize("door", DOORS)
def test_a_program_is_told_in_json(door: str, charset: str) -> None:
    status, told = answer_to(Handler(), door, charset=charset)
    assert status == "400 Bad Request"
    assert json.loads(told)["code"] == "unreadable_request"


@pytest.mark.parametrize("charset", NO_TEXT)
def test_a_person_reads_a_page(charset: str) -> None:
    status, told = answer_to(Handler(), "/legal/", charset=charset)
    assert status == "400 Bad Request"
    assert b"not text" in told


@pytest.mark.parametrize("charset", ["hex", "undefined"])
def test_without_our_handler_nobody_can_answer(charset: str) -> None:
    with pytest.raises((LookupError, UnicodeError)):
        answer_to(WSGIHandler(), "/api/v2", charset=charset)
