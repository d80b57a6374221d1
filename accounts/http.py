"""Typed requests, the two guards of pages, whose address a request came from, and what it kept."""

import ipaddress
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from django_htmx.middleware import HtmxDetails

from accounts.models import User

P = ParamSpec("P")


class CustomerRequest(HttpRequest):
    """A request of somebody who is logged in."""

    user: User
    htmx: HtmxDetails


class StaffRequest(CustomerRequest):
    """A request of staff who hold the permission that the page asks for."""


CustomerView = Callable[Concatenate[CustomerRequest, P], HttpResponseBase]
StaffView = Callable[Concatenate[StaffRequest, P], HttpResponseBase]
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def customer_page(view: CustomerView[P]) -> Page[P]:
    """Let in whoever is logged in; anybody else goes to the log-in page and comes back."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(cast("CustomerRequest", request), *args, **kwargs)

    return page


def staff_page(permission: str) -> Callable[[StaffView[P]], Page[P]]:
    """Let in staff with the permission ("app.codename"): anonymous -> log-in, others -> 403."""

    def guard(view: StaffView[P]) -> Page[P]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = cast("User", request.user)
            if not (user.is_staff and user.has_perm(permission)):
                raise PermissionDenied
            return view(cast("StaffRequest", request), *args, **kwargs)

        return page

    return guard


def staff_member(request: HttpRequest) -> User:
    """Return who asks for an admin page: behind `admin_view` somebody is always logged in."""
    return cast("User", request.user)


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what a form is bound to. An empty POST is one, too: it must not look like a GET."""
    return request.POST if request.method == "POST" else None


def client_ip(request: HttpRequest) -> str:
    """Return the address that the request came from (S-11).

    `X-Forwarded-For` is what the sender says. Only the entries that our own proxies appended count:
    the TRUSTED_PROXY_COUNT-th from the end. With fewer entries than proxies the header was not
    written by them, and the peer itself is taken.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    proxies: int = settings.TRUSTED_PROXY_COUNT
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if 0 < proxies <= len(entries):
        return _address(entries[-proxies]) or _address(peer) or LOCAL_PEER
    return _address(peer) or LOCAL_PEER


# A server behind a Unix socket reports no peer at all.
LOCAL_PEER = "127.0.0.1"


@lru_cache(maxsize=1024)  # programs call again and again
def _address(text: str) -> str | None:
    try:
        # A zone ("fe80::1%eth0") names a wire of this machine, and no database keeps it.
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    # A dual-stack listener writes IPv4 as ::ffff:1.2.3.4: one address each, not one for all.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def has_kept(request: HttpRequest, *, etag: str) -> bool:
    """Whether the sender says that it has the answer of this name (If-None-Match; RFC 9110, 13.1.2:
    by the weak comparison)."""
    # One look: HttpRequest.headers would name all of them anew for each call.
    kept = request.META.get("HTTP_IF_NONE_MATCH", "")
    # Most say what they were told, and nothing else.
    if kept == etag:
        return True
    strong = etag.removeprefix("W/")
    return any(each == "*" or each.removeprefix("W/") == strong for each in parse_etags(kept))
