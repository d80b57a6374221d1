"""The tables of people, and of what every app may write: mails, cases, acts and switches."""

from accounts.models.desk import ActLog, Case, Holiday, KillSwitch
from accounts.models.outbox import OutboundMail, OutboundMailQuerySet
from accounts.models.people import ApiKey, User
from accounts.models.traces import Ban, Login

__all__ = [
    "ActLog",
    "ApiKey",
    "Ban",
    "Case",
    "Holiday",
    "KillSwitch",
    "Login",
    "OutboundMail",
    "OutboundMailQuerySet",
    "User",
]
