"""The web server's door to Django, which opens for requests whose charset is no text's, too."""

from __future__ import annotations

from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Request(WSGIRequest):
    """Django tries a charset on the query while it builds a request, before anybody could answer:
    `hex` and `undefined`, which decode no text, end in a crash. Here they are noted, and
    `smmpanel.middleware` refuses them."""

    is_text = True

    def __init__(self, environ: dict[str, Any]) -> None:
        try:
            super().__init__(environ)
            if self.encoding is not None:
                b"=".decode(self.encoding, "replace")
        except (LookupError, UnicodeError):
            self.is_text = False
            super().__init__({**environ, "CONTENT_TYPE": ""})


class Handler(WSGIHandler):
    request_class = Request


def application() -> Handler:
    django.setup(set_prefix=False)
    return Handler()
