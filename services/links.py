"""One canonical form per link, so that thirteen spellings of an address count as one (ORD-09).

The *link* is what the customer gave, made a full address; it is what the provider receives. The
*key* decides whether two orders aim at the same thing: it ignores what cannot change the target
(scheme, letter case of the host, `www.`/`m.`, default port, trailing slash, fragment, tracking
parameters, order of parameters, percent-encoding style) and keeps what can (path case, ids).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_LENGTH = 2000

_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE | re.ASCII)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}", re.ASCII)
_HOST_AND_PORT = re.compile(r"[^/?#]*:[0-9]+(?:[/?#]|$)", re.ASCII)
_INVISIBLE = re.compile(
    r"[\x00-\x20\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_TRACKING = re.compile(
    r"utm_.+|fbclid|gclid|dclid|msclkid|igshid|igsh|si|feature|ref_src", re.ASCII
)
# A path that percent-encoding leaves as it is, written so already.
_STEADY = re.compile(r"[A-Za-z0-9_.\-/@:!$&'()*+,;=~]*", re.ASCII)
_SAME_SITE_PREFIXES = ("www.", "m.", "mobile.")


class InvalidLink(ValueError):
    """The text is not a web address; `message` says what to do."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    key: str


@lru_cache(maxsize=256)  # who orders asks twice: to look for running orders, and to place one
def canonical(text: str) -> Link:
    """Full address (at most 2,000 characters) and key of a link. Raises InvalidLink."""
    url = text.strip()
    if not url:
        raise InvalidLink(_("Give the link that the order is for."))
    _check_length(url)
    if _INVISIBLE.search(url):
        raise InvalidLink(_("The link holds spaces or invisible characters. Remove them."))
    if not _HAS_SCHEME.match(url) or _HOST_AND_PORT.match(url):
        url = f"https://{url.removeprefix('//')}"
        _check_length(url)
    host, port, path, query = _parts(url)
    return Link(url=url, key=_key(host=host, port=port, path=path, query=query))


def _check_length(url: str) -> None:
    if len(url) > MAX_LENGTH:
        raise InvalidLink(_("This link is too long: at most 2,000 characters."))


def _parts(url: str) -> tuple[str, int | None, str, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        if not _HOST.fullmatch(host):
            host = host.encode("idna").decode("ascii")
    except ValueError as error:
        raise InvalidLink(
            _("This is not a web address. Example: https://example.com/p/1")
        ) from error
    if parts.scheme.lower() not in ("http", "https"):
        raise InvalidLink(_("Only http and https links can be ordered for."))
    if "@" in parts.netloc:
        raise InvalidLink(_("Remove the log-in data from the link: nobody needs your password."))
    if not _HOST.fullmatch(host):
        raise InvalidLink(_("This is not a web address. Example: https://example.com/p/1"))
    return host, port, parts.path, parts.query


def _key(*, host: str, port: int | None, path: str, query: str) -> str:
    for prefix in _SAME_SITE_PREFIXES:
        if host.startswith(prefix) and host.count(".") > 1:
            host = host.removeprefix(prefix)
            break
    place = host if port in (None, 80, 443) else f"{host}:{port}"
    steady = path if _STEADY.fullmatch(path) else quote(unquote(path), safe="/@:!$&'()*+,;=~")
    steadied = _kept(query) if query else ""
    return hashlib.sha256(f"{place}{steady.rstrip('/')}?{steadied}".encode()).hexdigest()


def _kept(query: str) -> str:
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name.lower())
    )
    return urlencode(kept)
