"""Which values of the settings the code carries out today.

A term is a promise, so a value that nothing acts on cannot be published: the admin's form and
`manage.py install_legal` ask `check_executable`. Work that teaches the code a value takes its line
out of these tables. A setting that is not here works with every value it allows, because code
reads it or because the documents leave it to people ("ask by a ticket", "we may").
"""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from legal.policy import POINTS, SETTINGS, Policy

# What happens anyway is what can be promised.
_DONE_TODAY: Final[Mapping[str, tuple[object, ...]]] = {
    "legal.email_on_change": (False,),
    "legal.mode": ("immediate_implicit",),
    "legal.points": (POINTS,),
    "legal.specific_clauses": ((),),
    "retention.order_content_months": (None,),
    "sla.credit": ("off",),
}
# No code reads these, no document prints them and none can be switched off: they stay as shipped.
_UNREAD: Final = (
    "order.price_quote_ttl",
    "retention.activity_log_months",
    "api.rate_limit",
)
_EXECUTED: Final = {**_DONE_TODAY, **{key: (SETTINGS[key].default,) for key in _UNREAD}}


class NotExecutable(ValueError):
    """A policy promises what no code does. `problems` names each setting, its value and why not."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def executed_values(key: str) -> tuple[object, ...] | None:
    """Return the values that a setting works with today, or None: all that it allows."""
    return _EXECUTED.get(key)


def is_read(key: str) -> bool:
    """Whether code or a document asks for the setting at all."""
    return key not in _UNREAD


def executed_words(key: str) -> str:
    """Return the same for people."""
    values = executed_values(key)
    if values is None:
        return _("every value")
    return _(" or ").join(SETTINGS[key].words(value) for value in values)


def check_executable(policy: Policy) -> None:
    """Raises NotExecutable for a policy that must not be published yet."""
    if problems := [_problem(key, policy) for key in _EXECUTED if not _is_executed(key, policy)]:
        raise NotExecutable(problems)


def _is_executed(key: str, policy: Policy) -> bool:
    return policy.value(key) in _EXECUTED[key]


def _problem(key: str, policy: Policy) -> str:
    return _("{key}: {value} cannot be promised yet; today the panel does: {executed}.").format(
        key=key, value=SETTINGS[key].words(policy.value(key)), executed=executed_words(key)
    )
