"""The tables of people, and of what every app may write: mails, cases, acts and switches."""

from accounts.models.desk import ActLog, Case, Holiday, KillSwitch
from accounts.models.keys import ApiCall, ApiKey, Key, OperatorKey
from accounts.models.limits import ApiBreach, ApiSuspension, ApiSuspensionQuerySet
from accounts.models.outbox import OutboundMail, OutboundMailQuerySet
from accounts.models.people import User
from accounts.models.traces import Ban, Login

__all__ = [
    "ActLog",
    "ApiBreach",
    "ApiCall",
    "ApiKey",
    "ApiSuspension",
    "ApiSuspensionQuerySet",
    "Ban",
    "Case",
    "Holiday",
    "Key",
    "KillSwitch",
    "Login",
    "OperatorKey",
    "OutboundMail",
    "OutboundMailQuerySet",
    "User",
]
