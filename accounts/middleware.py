"""What holds for every page of somebody who is logged in."""

import time
from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.zones import time_zones

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_SINCE, _SEEN = "staff_since", "staff_seen"
# Django refuses to redirect to more than 16,384 characters, and quoting makes three of one.
_LONGEST_PAGE = 4_000
_SEEN_IS_WRITTEN_EVERY_SECONDS = 60


class StaffSessionLimits:
    """Staff are logged out when idle, and after a working day in any case (S-15).

    A page that refreshes itself is no sign of a person: GETs by htmx do not count as activity.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.is_staff:
            self._check(request)
        return self.get_response(request)

    def _check(self, request: HttpRequest) -> None:
        now = int(time.time())
        since: int = request.session.setdefault(_SINCE, now)
        seen: int = request.session.setdefault(_SEEN, now)
        is_over = now - since > settings.STAFF_SESSION_SECONDS
        if is_over or now - seen > settings.STAFF_IDLE_SECONDS:
            logout(request)
            messages.info(request, _("You were logged out for safety. Please log in again."))
        elif now - seen >= _SEEN_IS_WRITTEN_EVERY_SECONDS and not _is_refresh(request):
            request.session[_SEEN] = now


class UserTimeZone:
    """Show times in the user's zone; without one, in that which the browser told by cookie."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        zone = _chosen(request) or request.COOKIES.get("tz", "")
        if zone not in time_zones():
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)


class BackToTheForm:
    """Who sends a form after his session has ended comes back, from the log-in, to the page of the
    form, which `Referer` names, on this site only: where it is sent to may know no GET."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        usual = f"{settings.LOGIN_URL}?next={quote(request.get_full_path(), safe='/')}"
        if request.method != "POST" or response.get("Location") != usual:
            return response
        page = _page_before(request)
        return redirect_to_login(page) if page else response


def _page_before(request: HttpRequest) -> str | None:
    referer, own = request.headers.get("Referer", ""), f"{request.scheme}://{request.get_host()}"
    page = referer.removeprefix(own)
    is_path = page.startswith("/") and url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    is_own = referer.startswith(own) and len(page) <= _LONGEST_PAGE
    return page if is_own and is_path else None


def _is_refresh(request: HttpRequest) -> bool:
    return request.method == "GET" and request.headers.get("HX-Request") == "true"


def _chosen(request: HttpRequest) -> str:
    return request.user.time_zone if isinstance(request.user, User) else ""
