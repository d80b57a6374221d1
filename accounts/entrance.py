"""allauth's pages with this site's answers: 422 beside the field, 429 with when to try again.

`accounts.urls` gives them allauth's own addresses and is found first, so every link of allauth
leads here.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.account import views
from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.models import User

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def _says_why(view: Page[P]) -> Page[P]:
    """A form that comes back is not a success."""

    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        form = _refused_form(response)
        if form is None:
            return response
        response.status_code = 422
        if wait_seconds := _wait_seconds(form):
            response.status_code = 429
            response["Retry-After"] = str(wait_seconds)
        return response

    return page


def _stays_while_frozen(view: Page[P]) -> Page[P]:
    """Somebody else in the account must not take the address that leads back (ACC-11)."""

    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if isinstance(request.user, User) and request.user.frozen_at is not None:
            messages.error(request, _("Your e-mail address stays while your account is frozen."))
            return redirect("accounts:profile")
        return view(request, *args, **kwargs)

    return page


def _refused_form(response: HttpResponseBase) -> forms.Form | None:
    context = response.context_data if isinstance(response, TemplateResponse) else None
    form = (context or {}).get("form")
    return form if isinstance(form, forms.Form) and form.errors else None


def _wait_seconds(form: forms.Form) -> int | None:
    for errors in form.errors.as_data().values():
        for error in errors:
            if error.code == "too_many_login_attempts":
                return int((error.params or {}).get("wait_seconds", 60))
    return None


log_in = _says_why(views.login)
sign_up = _says_why(views.signup)
reauthenticate = _says_why(views.reauthenticate)
email_change = _stays_while_frozen(_says_why(views.email))
password_change = _says_why(views.password_change)
password_reset = _says_why(views.password_reset)
password_reset_from_key = _says_why(views.password_reset_from_key)
