"""The codes of a reading in words: what failed, what was left out, and why to look twice."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from services.models import SyncLine
from services.staff.provider_words import ACCOUNT, ANSWER, NOT_SENT, REFUSED, SILENT
from services.syncing.judging import LineWarning, ListWarning

Words = str | Promise
Kind = SyncLine.Kind

_FAILURES: Mapping[str, Words] = {
    "account_refused": ACCOUNT,
    "refused": REFUSED,
    "empty_list": _("The list is empty, so nothing is taken for gone. Ask the provider."),
    "too_many_services": _("The list has more lines than any honest one. Ask the provider."),
    "nothing_readable": _(
        "Not one line could be understood. Try another dialect, or paste a few lines into the"
        " answer tester."
    ),
    "interrupted": _("The reading was interrupted. Read it again."),
    "misconfigured": _(
        "The provider's dialect or key cannot be used, so it was not asked. Open its settings."
    ),
}
_REJECTED: Mapping[str, Words] = {
    "duplicate_id": _("share a number with another line: which one is meant is not ours to guess"),
    "not_object": _("are no service at all"),
    "bad_id": _("have no usable number"),
    "bad_rate": _("have no usable price"),
    "rate_too_large": _("cost more than anything does"),
    "bad_limits": _("have limits that leave no quantity"),
    "bad_name": _("have no name"),
}
LIST_WARNINGS: Mapping[str, Words] = {
    ListWarning.FIRST_LIST: _(
        "The first list of this provider. Applying it puts nothing on sale: what is sold, where"
        " and for how much is chosen in the next step."
    ),
    ListWarning.TOO_MANY_GONE: _(
        "More than a fifth of the services that we know is missing. The provider may have trouble:"
        " look at its panel before you apply “gone”."
    ),
    ListWarning.TOO_MANY_JUMPS: _(
        "Many costs jumped to five times or a fifth. Look whether the currency or the unit of the"
        " prices has changed."
    ),
    ListWarning.UNREADABLE: _(
        "More than half of the lines could not be understood, so nothing is taken for gone. Try"
        " another dialect."
    ),
}
LINE_WARNINGS: Mapping[str, Words] = {
    LineWarning.JUMP_UP: _("five times the cost, or more"),
    LineWarning.JUMP_DOWN: _("a fifth of the cost, or less"),
    LineWarning.ZERO_COST: _("costs nothing now"),
    LineWarning.LIMITS_EXCLUDE: _("no quantity is left that we sell"),
    LineWarning.TYPE_CHANGED: _("orders of it ask for something else now"),
    LineWarning.UNKNOWN_TYPE: _("a type that is not known here"),
    LineWarning.MARKUP: _("markup in its texts"),
    LineWarning.OTHER_NAME: _("the name of another service, it seems"),
}
# What applying a line of the kind does.
ABOUT: Mapping[str, Words] = {
    Kind.NEW: _("They can be imported afterwards. Nothing of them is on sale before that."),
    Kind.GONE: _(
        "Missing in two lists in a row. Our services go off sale, or to another provider's where"
        " one is set; running orders go on."
    ),
    Kind.BACK: _("Offered again. What the panel took off sale for that is put back."),
    Kind.COST_UP: _(
        "Services that are priced by rules get their new price. One priced by hand keeps it, and"
        " its orders are refused where that is below the cost."
    ),
    Kind.COST_DOWN: _("Services that are priced by rules get their new price."),
    Kind.LIMITS: _(
        "Limits of ours that were the provider's follow; narrower ones stay. Without a quantity"
        " left, a service goes off sale."
    ),
    Kind.FLAGS: _("Ours lose what the provider no longer does. They gain nothing by themselves."),
    Kind.TYPE: _("Orders of another type ask for other things: our services go off sale."),
    Kind.NAME: _("The names of our own services stay as they are."),
}
FIELDS: Mapping[str, Words] = {
    "cost_micros": _("Cost per 1,000"),
    "min_quantity": _("Minimum"),
    "max_quantity": _("Maximum"),
    "can_refill": _("Refill"),
    "can_cancel": _("Cancel"),
    "can_drip_feed": _("Drip-feed"),
    "raw_type": _("Type"),
    "name": _("Name"),
    "raw_name": _("Name there"),
    "raw_category": _("Category there"),
    "description": _("Description there"),
}


def failure_words(code: str) -> str:
    """Why a reading failed, and what helps."""
    for prefix, words in (("not_sent_", NOT_SENT), ("answer_", ANSWER)):
        if code.startswith(prefix):
            return str(words.get(code.removeprefix(prefix), SILENT))
    return str(_FAILURES.get(code, SILENT))


def rejected_words(rejected: Mapping[str, int]) -> list[str]:
    """What was wrong with lines that are not offered, the most frequent first."""
    worst_first = sorted(rejected.items(), key=lambda item: (-item[1], item[0]))
    return [
        _now("%(count)s lines %(fault)s")
        % {"count": grouped(count), "fault": _REJECTED.get(code, code)}
        for code, count in worst_first
    ]


def grouped(count: int) -> str:
    """ "10,000" in the reader's own way."""
    return number_format(count, decimal_pos=0, force_grouping=True)
