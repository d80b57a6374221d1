"""Forms of people and their accounts."""

from allauth.account.fields import EmailField
from allauth.account.forms import AddEmailForm as AllauthAddEmailForm
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import ResetPasswordKeyForm as AllauthResetPasswordKeyForm
from allauth.account.forms import SetPasswordForm as AllauthSetPasswordForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import bans, countries, registration
from accounts.http import client_ip
from accounts.models import User
from accounts.zones import time_zones
from legal.acceptance import required_documents
from legal.models import DocumentVersion, Publication


class SignupForm(AllauthSignupForm):
    """E-mail, password and two ticks that are never set beforehand (ACC-01, LEG-06, LEG-13).

    What was shown is what is accepted: the form carries the ids of the versions that it named, and
    when one was replaced meanwhile it asks again.
    """

    data: QueryDict
    account_already_exists: bool

    accepts = forms.BooleanField()
    is_of_age = forms.BooleanField()
    shown_versions = forms.CharField(widget=forms.HiddenInput, required=False)
    field_order = ["email", "password1", "accepts", "is_of_age", "shown_versions"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._publication = Publication.objects.current()
        versions = required_documents(publication=self._publication)
        self._versions_now = "-".join(str(version.pk) for version in versions)
        self.fields["accepts"].label = _acceptance_label(versions)
        self.fields["is_of_age"].label = _("I am at least {age} years old").format(
            age=self._publication.get_policy().age_min
        )
        self.fields["shown_versions"].initial = self._versions_now
        _name_fields(self, email=_("E-mail"))

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean()
        if cleaned.get("shown_versions") != self._versions_now:
            self.data = self.data.copy()
            self.data["shown_versions"] = self._versions_now
            self.data.pop("accepts", None)
            self.add_error("accepts", _("These pages have just changed. Please read them again."))
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponseBase | None]:
        """Register; for an e-mail that has an account, or is banned, do as if, and write to its
        owner (S-10, ACC-07)."""
        email = self.cleaned_data["email"]
        self.account_already_exists |= bans.is_banned(kind=bans.Kind.EMAIL, value=email)
        if self.account_already_exists:
            registration.imitate(password=self.cleaned_data["password1"])
        else:
            try:
                return self.save(request), None
            except registration.EmailTaken:
                self.account_already_exists = True
        _nobody, response = super().try_save(request)
        return None, response

    def save(self, request: HttpRequest) -> User:
        return registration.register(
            email=self.cleaned_data["email"],
            password=self.cleaned_data["password1"],
            publication=self._publication,
            at=timezone.now(),
            ip=client_ip(request),
            user_agent=request.headers.get("User-Agent", ""),
        )


class LoginForm(AllauthLoginForm):
    """allauth's form in this site's words."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(self, login=_("E-mail"))


class ResetPasswordForm(AllauthResetPasswordForm):
    """A link takes a few queries more than a "no account" mail: a hash makes them vanish (S-10)."""

    email = EmailField(label=gettext_lazy("E-mail"), required=True)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(self)

    def save(self, request: HttpRequest, **kwargs: object) -> str:
        registration.imitate(password=self.cleaned_data["email"])
        return str(super().save(request, **kwargs))


class ResetPasswordKeyForm(AllauthResetPasswordKeyForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(self, password1=_("New password"), password2=_("New password again"))


class SetPasswordForm(AllauthSetPasswordForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(self, password1=_("New password"), password2=_("New password again"))


class ChangePasswordForm(AllauthChangePasswordForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(
            self,
            oldpassword=_("Current password"),
            password1=_("New password"),
            password2=_("New password again"),
        )


class ReauthenticateForm(AllauthReauthenticateForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(self, password=_("Password"))


class AddEmailForm(AllauthAddEmailForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(self, email=_("New e-mail address"))


def _name_fields(form: forms.Form, **labels: str) -> None:
    """This site's words for allauth's fields. The label says it all, and stays when somebody types:
    no placeholder."""
    for name, label in labels.items():
        form.fields[name].label = label
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


def _acceptance_label(versions: list[DocumentVersion]) -> SafeString:
    links = format_html_join(
        ", ",
        '<a href="{}" target="_blank">{}</a>',
        ((version.get_absolute_url(), version.title) for version in versions),
    )
    return format_html(_("I have read and accept: {links}"), links=links)


class StandingForm(forms.Form):
    standing = forms.ChoiceField(label=gettext_lazy("Standing"), choices=User.Standing.choices)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy(
            "The customer reads it in the mail about this change, unless it reactivates the "
            "account. It stays in the log of acts."
        ),
    )


class SwitchOffForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=gettext_lazy("Customers read it where the part is missing: say until when."),
    )


class CountryForm(forms.Form):
    country = forms.ChoiceField(
        label=gettext_lazy("Billing country"),
        choices=lambda: [("", _("Choose…")), *countries.choices()],
        widget=forms.Select(attrs={"autocomplete": "billing country"}),
        help_text=gettext_lazy("Some services are not sold everywhere. A change is recorded."),
        error_messages={"required": gettext_lazy("Choose the country where you are billed.")},
    )


class TimeZoneForm(forms.Form):
    """A city is typed, not picked: a list of all zones would weigh more than the page."""

    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "A large city in your zone, such as Berlin or New York. All dates and times are shown "
            "in it. Left empty: the zone of your browser."
        ),
    )

    def clean_time_zone(self) -> str:
        """Return the zone's name; "" for the browser's. Ask back where a city has several."""
        typed: str = self.cleaned_data["time_zone"]
        found = zones_named(typed) if typed else [""]
        if not found:
            raise forms.ValidationError(
                _("We know no such zone. Name another large city in it, in English.")
            )
        if len(found) > 1:
            raise forms.ValidationError(_("Which one? {zones}").format(zones=", ".join(found)))
        return found[0]


def zones_named(typed: str) -> list[str]:
    """Return the zone of this name, or those of which it is the city: "new york"."""
    wanted = "_".join(typed.casefold().split())
    names = {name.casefold(): name for name in time_zones() if name == "UTC" or "/" in name}
    if wanted in names:
        return [names[wanted]]
    return sorted(name for folded, name in names.items() if folded.endswith(f"/{wanted}"))
