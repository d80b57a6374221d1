"""What is logged, and what must not be though it stands in an address: links as good as a password
(S-26)."""

from __future__ import annotations

import logging
import re

LOGGING: dict[str, object] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "filters": {"without_tokens": {"()": "smmpanel.logs.WithoutTokens"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_tokens"],
        },
        "access": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "filters": ["without_tokens"],
        },
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # The web server's line for each request: its own handler knows no filter.
        "granian.access": {"handlers": ["access"], "propagate": False},
        # Query strings may carry API keys: Django would log the full path of a 4xx.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        # Each of its calls in three lines, addresses and all.
        "stripe": {"level": "WARNING"},
        # Four lines for every sweep of every few seconds would hide what matters.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}

_PLACE = "/account/"
_TOKEN = re.compile(r"(/account/(?:password/reset/key|confirm-email)/)[^/\s?]+")


class WithoutTokens(logging.Filter):
    """Writes `/account/confirm-email/.../` for every link of a mail."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Put together once, for the line as well.
        message = record.getMessage()
        is_harmless = _PLACE not in message
        record.msg, record.args = message if is_harmless else _TOKEN.sub(r"\1...", message), ()
        return True
