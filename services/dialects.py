"""A dialect from what is stored, and in words what is wrong with changes to one."""

from __future__ import annotations

import json
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services.providers.bounds import TEXT_LISTS
from services.providers.changing import BadChanges, changed, with_refusals
from services.providers.contradictions import Complaint
from services.providers.dialect import Dialect
from services.providers.presets import preset

# What a preset is called, and whom it is for.
PRESETS: dict[str, tuple[str | Promise, str | Promise]] = {
    "api_v2": (
        gettext_lazy("API v2, as most providers speak it"),
        gettext_lazy("A form by POST with “key” and “action”, prices per 1000."),
    ),
    "json_body": (
        gettext_lazy("JSON instead of a form"),
        gettext_lazy("The same names in a JSON body; whole numbers are sent as numbers."),
    ),
    "multipart_body": (
        gettext_lazy("A form in parts (multipart)"),
        gettext_lazy("The same names, as browsers send files."),
    ),
    "get_query": (
        gettext_lazy("Everything in the address (GET)"),
        gettext_lazy("Only for a provider that takes no POST: proxies may repeat a GET."),
    ),
    "bearer_wrapped": (
        gettext_lazy("JSON, key as bearer token, answers in “data”"),
        gettext_lazy("An order's number may be called order, order_id or id."),
    ),
    "header_key_paths": (
        gettext_lazy("Key in a header, action in the path"),
        gettext_lazy("X-Api-Key, and the action after the address: …/order/create."),
    ),
    "statuses_action": (
        gettext_lazy("“statuses” for several orders"),
        gettext_lazy("The key is called api_key, an order's number order or order_id."),
    ),
    "multi_status_price_per_1000": (
        gettext_lazy("“multiStatus” and “price_per_1000”"),
        gettext_lazy("The key is called token, limits are min_quantity and max_quantity."),
    ),
    "price_per_unit": (
        gettext_lazy("Prices for one, answers in “data”"),
        gettext_lazy("The list tells what a single one costs."),
    ),
    "priced_by_unit_field": (
        gettext_lazy("Each price says how many it is for"),
        gettext_lazy("By price_unit in each line; the link is called url."),
    ),
    "numeric_statuses": (
        gettext_lazy("Statuses as numbers"),
        gettext_lazy("0 pending, 1 processing, 2 completed, 3 partial, 4 canceled, 5 refunded."),
    ),
    "reports_in_a_list": (
        gettext_lazy("Reports as a list"),
        gettext_lazy("JSON; each report names its order by order, order_id or id."),
    ),
    "one_order_per_call": (
        gettext_lazy("One order per question"),
        gettext_lazy("For a provider that knows “order” and not “orders”: news come slower."),
    ),
    "russian_open_price_list": (
        gettext_lazy("Russian words, price list without a key"),
        gettext_lazy("Statuses and refusals in Russian beside the English ones."),
    ),
    "indonesian_wrapped": (
        gettext_lazy("Indonesian words, answers in “data”"),
        gettext_lazy("api_key, id, pesan; amounts like 1.234,56."),
    ),
    "vietnamese_start_counter": (
        gettext_lazy("Vietnamese words, “start_counter”"),
        gettext_lazy("JSON; statuses and refusals in Vietnamese beside the English ones."),
    ),
}

# The lists of texts, by what they decide.
LIST_NAMES: dict[str, str | Promise] = {
    "refusals": gettext_lazy("Refusals"),
    "account_refusals": gettext_lazy("Our account is refused"),
    "rate_limits": gettext_lazy("Too many calls"),
    "duplicate_links": gettext_lazy("Another order for the link is running"),
    "unknown_orders": gettext_lazy("No order has this number"),
    "unknown_refills": gettext_lazy("No refill has this number"),
    "follow_up_refusals": gettext_lazy("A refill or a cancel is declined"),
    "not_refusals": gettext_lazy("Not a refusal here: stays a doubt"),
}

# One sentence for each code of the reader of changes.
_SENTENCES: dict[str, str | Promise] = {
    "not_object": gettext_lazy("names with values are expected here."),
    "unknown_part": gettext_lazy("there is no such part."),
    "unknown_name": gettext_lazy("there is no such name; there are: %(choices)s."),
    "not_text": gettext_lazy("a text is expected."),
    "empty": gettext_lazy("say something, or leave the line out."),
    "too_long": gettext_lazy("at most %(most)s characters."),
    "not_choice": gettext_lazy("choose one of: %(choices)s."),
    "bad_name": gettext_lazy("“%(value)s” is no name: letters, digits and _ . - [ ], up to 60."),
    "bad_action": gettext_lazy("“%(value)s” is no action: letters, digits, _ and -, parted by /."),
    "not_list": gettext_lazy("a list is expected."),
    "too_many": gettext_lazy("at most %(most)s."),
    "says_nothing": gettext_lazy(
        "“%(value)s” says nothing for certain: it stays a doubt that people decide."
    ),
    "not_number": gettext_lazy("a number is expected."),
    "not_whole": gettext_lazy("a whole number is expected."),
    "out_of_range": gettext_lazy("from %(low)s to %(high)s."),
    "not_yes_no": gettext_lazy("yes or no is expected."),
    "get_needs_query": gettext_lazy("with GET everything is in the address: choose query."),
    "numbers_need_json": gettext_lazy("only JSON tells numbers from texts."),
    "bad_header": gettext_lazy("“%(value)s” cannot be the name of a header of ours."),
    "same_name": gettext_lazy("“%(value)s” would be both %(one)s and %(other)s."),
    "text_in_two_lists": gettext_lazy(
        "“%(value)s” would be in %(one)s and in %(other)s, which decide differently."
    ),
    "word_has_meaning": gettext_lazy("“%(value)s” means %(other)s already."),
}


def dialect_from(*, preset_name: str, changes: object, refusal_texts: list[str]) -> Dialect:
    """The dialect of a preset with changes, and with refusals that staff have learnt.

    Raises UnknownPreset, and BadChanges for what `complaints_about` would have told.
    """
    return _built(preset_name, json.dumps(changes, sort_keys=True), tuple(refusal_texts))


@lru_cache(maxsize=128)
def _built(preset_name: str, changes: str, refusal_texts: tuple[str, ...]) -> Dialect:
    dialect = changed(preset(preset_name), json.loads(changes))
    return with_refusals(dialect, list(refusal_texts))


def complaints_about(*, preset_name: str, changes: object) -> list[Complaint]:
    """Everything that is wrong with changes to a preset; nothing when they may be stored.
    Raises UnknownPreset."""
    try:
        changed(preset(preset_name), changes)
    except BadChanges as bad:
        return bad.complaints
    return []


def sentence(complaint: Complaint) -> str:
    """A complaint for whoever wrote the changes."""
    lists = {attribute: str(LIST_NAMES[name]) for name, attribute in TEXT_LISTS.items()}
    facts = {name: lists.get(value, value) for name, value in complaint.facts.items()}
    words = str(_SENTENCES[complaint.code]) % facts
    part, _dot, name = complaint.path.partition(".")
    where = part if complaint.code in ("unknown_part", "not_object") else name
    # The lists of texts have a field each, which says where it is.
    if not where or part == "texts":
        return words
    return _("%(where)s: %(words)s") % {"where": where, "words": words}
