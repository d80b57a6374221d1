from django.contrib import admin

from accounts.admin.desk import ActLogAdmin, CaseAdmin, OutboundMailAdmin
from accounts.admin.holidays import HolidayAdmin
from accounts.admin.logged import LoggedAdmin
from accounts.admin.people import ApiKeyAdmin, LoggedGroupAdmin, UserAdmin
from accounts.admin.readonly import CappedPaginator, ReadOnlyAdmin, ReadOnlyInline
from accounts.admin.switches import KillSwitchAdmin
from accounts.admin.terms import LoggedDocumentAdmin, LoggedDraftAdmin, LoggedPublicationAdmin
from accounts.views import admin_login, admin_password_change

__all__ = [
    "ActLogAdmin",
    "ApiKeyAdmin",
    "CappedPaginator",
    "CaseAdmin",
    "HolidayAdmin",
    "KillSwitchAdmin",
    "LoggedAdmin",
    "LoggedDocumentAdmin",
    "LoggedDraftAdmin",
    "LoggedGroupAdmin",
    "LoggedPublicationAdmin",
    "OutboundMailAdmin",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "UserAdmin",
]

# The site has one log-in, and it counts tries. The admin's own form would be a way around it.
admin.site.login = admin_login  # type: ignore[method-assign,assignment]
# And one page to change a password, which writes to its owner.
admin.site.password_change = admin_password_change  # type: ignore[method-assign,assignment]
