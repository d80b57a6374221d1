"""Included before allauth.account.urls, some of whose addresses are answered by `entrance`."""

from django.urls import include, path, re_path

from accounts import entrance, key_views, views

own = [
    path("", views.profile, name="profile"),
    path("country/", views.country, name="country"),
    path("sessions/end/", views.sessions_end, name="sessions_end"),
    path("api-keys/", key_views.api_keys, name="api_keys"),
    path("api-keys/repetitions/", key_views.repetitions, name="repetitions"),
    path("api-keys/<int:pk>/change/", key_views.api_key_change, name="api_key_change"),
    path("api-keys/<int:pk>/replace/", key_views.api_key_replace, name="api_key_replace"),
    path("api-keys/<int:pk>/revoke/", key_views.api_key_revoke, name="api_key_revoke"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    # allauth's names, without a namespace.
    path("login/", entrance.log_in, name="account_login"),
    path("signup/", entrance.sign_up, name="account_signup"),
    path("reauthenticate/", entrance.reauthenticate, name="account_reauthenticate"),
    path("email/", entrance.email_change, name="account_email"),
    path("password/change/", entrance.password_change, name="account_change_password"),
    path("password/reset/", entrance.password_reset, name="account_reset_password"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        entrance.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
