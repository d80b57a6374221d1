"""What somebody sends after his session has ended waits until he has logged in (UX-05).

An order's few fields come back in an address; a message of ten thousand characters fits in none, so
the address holds the name of a draft that nobody can guess, and the cache holds the draft.
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest

from accounts import throttling
from accounts.http import client_ip

FIELDS = ("topic", "order", "subject", "text")
LONGEST_DRAFT = 12_000
WAITS_SECONDS = 60 * 60
# Of one address in an hour: visitors must not fill the cache.
MOST_DRAFTS = 20
_NAME = re.compile(r"[0-9a-f]{32}")


def way_back(request: HttpRequest, page: str = "") -> str:
    """Keep what was sent; return the address of the page that reads it (this one, unless another
    is given), or of the empty page for what no form could have sent. Raises RedisError when the
    cache does not answer."""
    page = page or request.path
    texts = {name: request.POST[name] for name in FIELDS if request.POST.get(name)}
    if not texts or sum(map(len, texts.values())) > LONGEST_DRAFT or _has_too_many(request):
        return page
    name = secrets.token_hex(16)
    cache.set(_place(name), texts, WAITS_SECONDS)
    return f"{page}?{urlencode({'draft': name})}"


def read(request: HttpRequest) -> dict[str, str]:
    """What was kept for the address that is asked for, by field."""
    name = request.GET.get("draft", "")
    texts: dict[str, str] = cache.get(_place(name), {}) if _NAME.fullmatch(name) else {}
    return texts


def _has_too_many(request: HttpRequest) -> bool:
    bucket = f"drafts:{throttling.network_of(client_ip(request))}"
    return throttling.hit(bucket=bucket, limit=MOST_DRAFTS, seconds=WAITS_SECONDS) is not None


def _place(name: str) -> str:
    return f"draft:{name}"
