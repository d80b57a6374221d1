"""How allauth does things here: its mails, redirects, limits and the closed door."""

from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from redis.exceptions import RedisError

from accounts import devices, log_ins, login_limits, mail, switches, tasks
from accounts.http import client_ip
from accounts.login_limits import Guess
from accounts.models import KillSwitch, User

# Their links are as good as a password.
_SECRET_MAILS = {"email_confirmation", "email_confirmation_signup", "password_reset_key"}


class AccountAdapter(DefaultAccountAdapter):
    # --- Mails ------------------------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: Mapping[str, object]) -> None:
        """Write the mail into the outbox. Its links lead to SITE_URL whatever Host said (S-14)."""
        values = {
            "site_name": settings.SITE_NAME,
            "site_url": settings.SITE_URL,
            "email": email,
            **{name: _canonical(name, value) for name, value in context.items()},
        }
        message = mail.write(
            key=f"account:{uuid4().hex}",
            recipient=email,
            subject=mail.plain(f"{template_prefix}_subject.txt", values),
            body=mail.plain(f"{template_prefix}_message.txt", values),
            is_secret=template_prefix.rpartition("/")[2] in _SECRET_MAILS,
        )
        tasks.nudge(message)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Somebody else in the account must not take the address that leads back (ACC-11)."""
        user = email_address.user
        if user.frozen_at is not None and email_address.email.lower() != user.email.lower():
            messages.error(request, _("Your e-mail address stays while your account is frozen."))
            return False
        return bool(super().confirm_email(request, email_address))

    # --- Where to go ------------------------------------------------------------------------

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff begin at their desk, customers at their own page; `next` comes before both."""
        user = request.user
        if isinstance(user, User) and user.is_staff and user.has_perm("orders.view_order"):
            return reverse("staff_home")
        return str(super().get_login_redirect_url(request))

    def is_safe_url(self, url: str | None) -> bool:
        """Only a path of this site: no other host, no scheme, no control character (S-13)."""
        return (
            bool(url)
            and str(url).startswith("/")
            and str(url).isprintable()
            and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
        )

    def is_ajax(self, request: HttpRequest) -> bool:
        """Nobody asks these pages for JSON, so they answer one way only."""
        return False

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Raises ImmediateHttpResponse: the closed page says why."""
        reason = switches.reason_off(KillSwitch.Part.SIGN_UP)
        if reason is None:
            return True
        closed = render(request, "accounts/signup_closed.html", {"reason": reason}, status=503)
        raise ImmediateHttpResponse(closed)

    # --- Log-in -----------------------------------------------------------------------------

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        """Count the try. Raises ValidationError when there were too many wrong ones."""
        try:
            wait_seconds = login_limits.count_try(_guess(request, credentials))
        except RedisError:
            _refuse_try(wait_seconds=60)
        if wait_seconds is not None:
            _refuse_try(wait_seconds=wait_seconds)

    def authenticate(self, request: HttpRequest, **credentials: str) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            login_limits.take_back(_guess(request, credentials))
        return user

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: str) -> None:
        """allauth's hook for "the password was reset by mail"."""
        login_limits.clear(email=credentials["email"])

    def post_login(self, request: HttpRequest, user: User, **kwargs: object) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        device = devices.device_of(request)
        log_ins.note(
            user=user,
            ip=client_ip(request),
            user_agent=request.headers.get("User-Agent", ""),
            is_known_device=device is not None and device.knows(user.email),
            at=timezone.now(),
        )
        devices.remember(request=request, response=response, email=user.email)
        return response


def _canonical(name: str, value: object) -> object:
    if not name.endswith("_url"):
        return value
    site, link = urlsplit(settings.SITE_URL), urlsplit(str(value))
    return urlunsplit((site.scheme, site.netloc, link.path, link.query, ""))


def _guess(request: HttpRequest, credentials: Mapping[str, str]) -> Guess:
    return Guess(
        email=credentials.get("email", ""),
        ip=client_ip(request),
        device=devices.device_of(request),
    )


def _refuse_try(*, wait_seconds: int) -> NoReturn:
    minutes = -(-wait_seconds // 60)
    again = ngettext(
        "Try again in %(minutes)d minute", "Try again in %(minutes)d minutes", minutes
    ) % {"minutes": minutes}
    message = _("Too many failed attempts to log in. {again}, or reset your password.")
    raise ValidationError(
        message.format(again=again),
        code="too_many_login_attempts",
        params={"wait_seconds": wait_seconds},
    )
