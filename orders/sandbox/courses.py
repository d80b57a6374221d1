"""How the life of a played order can go, and the words that ask for it: docs/sandbox.md.

The word stands in the link ("?sandbox=partial", or "/sandbox-partial" in its path), because every
client can write that; of a subscription in the user name ("sandbox_partial").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Status
from orders.placing.asking import OrderRequest
from orders.refusals import RefusalCode

# What every order needs to be passed on: until then nobody has it.
PASSED_ON_AFTER = timedelta(seconds=3)
REFILLED_AFTER = timedelta(seconds=20)
STOPPED_AFTER = timedelta(seconds=10)
_LONG = timedelta(hours=1)
_NEVER = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Course:
    """Times count from the order. `undelivered_thirds` of it are missing at its end."""

    about: str | Promise
    begins_after: timedelta = timedelta(seconds=10)
    ends_after: timedelta = timedelta(seconds=50)
    end: Status = Status.COMPLETED
    under_way: Status = Status.IN_PROGRESS
    undelivered_thirds: int = 0
    grants_refill: bool = True
    grants_cancel: bool = True


USUAL = "completed"
COURSES: Mapping[str, Course] = {
    USUAL: Course(
        _("In progress after 10 seconds, Completed after 50. So it goes without a word.")
    ),
    "partial": Course(
        _("Partial after 50 seconds: a third is missing and comes back."),
        end=Status.PARTIAL,
        undelivered_thirds=1,
    ),
    "canceled": Course(
        _("Stays Pending and is Canceled after 30 seconds: everything comes back."),
        begins_after=_NEVER,
        ends_after=timedelta(seconds=30),
        end=Status.CANCELED,
        undelivered_thirds=3,
    ),
    "pending": Course(_("Stays Pending."), begins_after=_NEVER, ends_after=_NEVER),
    "slow": Course(_("In progress after 10 seconds, Completed after an hour."), ends_after=_LONG),
    "processing": Course(
        _("The same, under the name Processing."),
        ends_after=_LONG,
        under_way=Status.PROCESSING,
    ),
    "no_cancel": Course(_("A cancel is taken and declined: it goes on."), grants_cancel=False),
    "no_refill": Course(_("A refill is taken and Rejected."), grants_refill=False),
}
# These refuse the order with the error that has that code in the APIs.
_OTHERWISE_CALLED = {
    RefusalCode.INVALID_PARAMETER: "incorrect_request",
    RefusalCode.NOT_ACKNOWLEDGED: "duplicate_not_allowed",
    RefusalCode.CUSTOMER_INACTIVE: "invalid_api_key",
}
REFUSALS: Mapping[str, RefusalCode] = {
    _OTHERWISE_CALLED.get(code, code.value): code for code in RefusalCode
}

_WORD = re.compile(r"sandbox[=_-]([a-z]+(?:[_-][a-z]+)*)", re.IGNORECASE)


def word_of(request: OrderRequest) -> str:
    """The first word of ours in the link or the user name; USUAL where there is none."""
    for text in (request.link, request.texts.get("username", "")):
        for found in _WORD.findall(text):
            word = found.lower().replace("-", "_")
            if word in COURSES or word in REFUSALS:
                return str(word)
    return USUAL


def share_of(*, units: int, thirds: int) -> int:
    """So many thirds of the units, at least one where any are asked for."""
    return min(units, max(1, units * thirds // 3)) if thirds else 0
