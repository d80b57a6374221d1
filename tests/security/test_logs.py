"""S-26: a link of a mail is as good as a password, and no line of a log is worth one."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.conf import settings

from smmpanel.logs import WithoutTokens

TOKENS = [
    (
        "GET /account/password/reset/key/3-d2x1ab-0f9c/ 302",
        "GET /account/password/reset/key/.../ 302",
    ),
    ("/account/confirm-email/MTI:1w2x:a_b-c/?next=/", "/account/confirm-email/.../?next=/"),
    (
        "Internal Server Error: /account/confirm-email/MTI",
        "Internal Server Error: /account/confirm-email/...",
    ),
    ("GET /account/confirm-email/ 200", "GET /account/confirm-email/ 200"),
    ("GET /orders/17/ 200", "GET /orders/17/ 200"),
    ("/account/password/reset/key/done/", "/account/password/reset/key/.../"),
]


@pytest.mark.parametrize(("line", "written"), TOKENS)
def test_a_line_is_written_without_its_token(line: str, written: str) -> None:
    record = logging.LogRecord("web", logging.INFO, "", 1, "%s", (line,), None)
    assert WithoutTokens().filter(record)
    assert record.getMessage() == written


def test_every_handler_filters() -> None:
    configured: dict[str, Any] = settings.LOGGING
    for name, handler in configured["handlers"].items():
        assert "without_tokens" in handler["filters"], name
    assert configured["loggers"]["granian.access"]["handlers"] == ["access"]
