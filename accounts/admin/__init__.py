from accounts.admin.desk import ActLogAdmin, CaseAdmin, KillSwitchAdmin, OutboundMailAdmin
from accounts.admin.people import ApiKeyAdmin, UserAdmin
from accounts.admin.readonly import ReadOnlyAdmin

__all__ = [
    "ActLogAdmin",
    "ApiKeyAdmin",
    "CaseAdmin",
    "KillSwitchAdmin",
    "OutboundMailAdmin",
    "ReadOnlyAdmin",
    "UserAdmin",
]
