"""allauth: how people register, log in and prove that an e-mail address is theirs."""

from __future__ import annotations

ALLAUTH: dict[str, object] = {
    "ACCOUNT_ADAPTER": "accounts.adapter.AccountAdapter",
    "ACCOUNT_FORMS": {
        "login": "accounts.forms.LoginForm",
        "signup": "accounts.forms.SignupForm",
        "reset_password": "accounts.forms.ResetPasswordForm",
        "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
        "set_password": "accounts.forms.SetPasswordForm",
        "change_password": "accounts.forms.ChangePasswordForm",
        "reauthenticate": "accounts.forms.ReauthenticateForm",
        "add_email": "accounts.forms.AddEmailForm",
    },
    "ACCOUNT_LOGIN_METHODS": {"email"},
    "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
    "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
    "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
    "ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION": True,
    "ACCOUNT_EMAIL_SUBJECT_PREFIX": "",
    "ACCOUNT_PREVENT_ENUMERATION": True,
    "ACCOUNT_SESSION_REMEMBER": True,
    "ACCOUNT_CHANGE_EMAIL": True,
    "ACCOUNT_EMAIL_NOTIFICATIONS": True,
    "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": False,
    # Tries at passwords are counted by accounts.login_limits; everything else by allauth.
    "ACCOUNT_RATE_LIMITS": {"login": None, "login_failed": None},
}
