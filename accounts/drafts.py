"""What somebody sent and has to send again after a detour waits here.

A few short fields come back in an address; ten thousand characters fit in none, so the address
holds the name of a draft that nobody can guess, and the cache holds the draft.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from django.core.cache import cache
from django.http import HttpRequest

from accounts import throttling
from accounts.http import client_ip

# The part of a query that names a draft.
NAME = "draft"
WAITS_SECONDS = 60 * 60
# Of one address in an hour: visitors must not fill the cache.
MOST_DRAFTS = 20
_NAME = re.compile(r"[0-9a-f]{32}")


def keep(request: HttpRequest, texts: Mapping[str, str], *, longest: int) -> str | None:
    """Keep texts of at most `longest` characters together; return the draft's name, or None for
    more than that and for more drafts than one address may have. Raises RedisError when the cache
    does not answer."""
    if not texts or sum(map(len, texts.values())) > longest or _has_too_many(request):
        return None
    name = secrets.token_hex(16)
    cache.set(_place(name), dict(texts), WAITS_SECONDS)
    return name


def read(request: HttpRequest) -> dict[str, str]:
    """What was kept for the address that is asked for, by field."""
    name = request.GET.get(NAME, "")
    texts: dict[str, str] = cache.get(_place(name), {}) if _NAME.fullmatch(name) else {}
    return texts


def _has_too_many(request: HttpRequest) -> bool:
    bucket = f"drafts:{throttling.network_of(client_ip(request))}"
    return throttling.hit(bucket=bucket, limit=MOST_DRAFTS, seconds=WAITS_SECONDS) is not None


def _place(name: str) -> str:
    return f"draft:{name}"
