"""What must not reach a log though it stands in an address: links as good as a password (S-26)."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"(/account/(?:password/reset/key|confirm-email)/)[^/\s?]+")


class WithoutTokens(logging.Filter):
    """Writes `/account/confirm-email/.../` for every link of a mail."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = _TOKEN.sub(r"\1...", message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True
