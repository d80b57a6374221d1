"""What API v2 says when it says no: one sentence and one code per cause.

The sentences are the trade's, because scripts compare them literally: they belong to the protocol
and are never translated. `code` is ours, stable, and what a new script should read. Source: API-04.

A key's owner may choose otherwise for it: the codes that older panels sent in place of sentences,
and HTTP statuses that tell a refusal from a success.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.admission import Reason
from accounts.models import ApiKey
from orders.refusals import RefusalCode


@dataclass(frozen=True, slots=True)
class Problem:
    """A cause. `status` is 200 for all that is business, because clients throw the body of others
    away; `strict` is the one for keys with strict HTTP codes. `legacy` is what older panels said,
    where they had a word of their own for it. `advice` tells a person what to do."""

    code: str
    sentence: str
    advice: str | Promise
    status: int = 200
    strict: int = 422
    legacy: str = ""

    def text(self, *, style: ApiKey.Errors, fact: int = 0) -> str:
        if self.legacy and style == ApiKey.Errors.LEGACY:
            return self.legacy
        return self.sentence.format(fact=fact)

    def http_status(self, *, is_strict: bool) -> int:
        return self.strict if is_strict and self.status == 200 else self.status


_LEGACY_FUNDS = "neworder.error.not_enough_funds"
_LEGACY_DUPLICATE = "neworder.error.link_duplicate"

INCORRECT_REQUEST = Problem(
    "incorrect_request",
    "Incorrect request",
    _("Correct what the answer names under parameter: it is missing or cannot be read."),
)
UNREADABLE = Problem(
    "incorrect_request",
    "Incorrect request",
    _("Send a form, or one JSON object, in UTF-8."),
    status=400,
)
TOO_LARGE = Problem("too_large", "Request is too large", _("Send less in one call."), status=413)
WRONG_METHOD = Problem("wrong_method", "Send GET or POST", _("Use POST."), status=405)
TOO_MANY_REQUESTS = Problem(
    "too_many_requests",
    "Too many requests",
    _("Wait as many seconds as the header Retry-After says, then go on."),
    status=429,
)
API_PAUSED = Problem(
    "api_paused",
    "The API is paused. Please try again later.",
    _("We have paused the API. Try again after Retry-After; orders under way go on."),
    status=503,
)
INVALID_KEY = Problem(
    "invalid_api_key",
    "Invalid API key",
    _("Send a key of yours that is not revoked, whole, without spaces."),
    strict=401,
)
ADDRESS_REFUSED = Problem(
    "address_refused",
    "This API key may not be used from this address",
    _("Call from an address that the key names, or make a key without a list of addresses."),
    strict=403,
)
KEY_IN_QUERY = Problem(
    "key_in_query",
    "This API key may not be sent in the address",
    _("Send the key in the body or in the header X-Api-Key."),
    strict=403,
)
API_SUSPENDED = Problem(
    "api_suspended",
    "Too many requests: the API is suspended for this account",
    _(
        "Wait as Retry-After says. Without that header it does not end by itself: your page of keys"
        " says why, and the website still works."
    ),
    status=429,
)
SCOPE_MISSING = Problem(
    "scope_missing", "This API key may only read", _("Use a key that may order."), strict=403
)
UNKNOWN_ACTION = Problem(
    "unknown_action", "This action is Invalid", _("Send an action that this page describes.")
)
UNKNOWN_SERVICE = Problem(
    "unknown_service",
    "Incorrect service ID",
    _("Send a number from services: the list may have changed."),
    legacy="error.incorrect_service_id",
)
UNKNOWN_ORDER = Problem(
    "unknown_order",
    "Incorrect order ID",
    _("You have no order of this number. A sandbox key sees the orders of the sandbox alone."),
)
UNKNOWN_REFILL = Problem(
    "unknown_refill", "Refill not found", _("Send the number that refill answered.")
)
NOT_REFILLABLE = Problem(
    "not_refillable",
    "Order not eligible for refill.",
    _("A refill needs a completed order of a service with refill, within its days."),
    strict=409,
)
REFILL_OPEN = Problem(
    "refill_open",
    "Order already has an open refill",
    _("Ask refill_status how the one before stands."),
    strict=409,
)
NOT_CANCELABLE = Problem(
    "not_cancelable",
    "Order cannot be canceled",
    _("It has ended, or its service cannot be canceled."),
    strict=409,
)
TOO_MANY_ORDERS = Problem(
    "too_many_orders", "Maximum 100 orders per request", _("Ask in portions of 100.")
)

REFUSED_AT_THE_DOOR: Mapping[Reason, Problem] = {
    Reason.INVALID_KEY: INVALID_KEY,
    Reason.ADDRESS_REFUSED: ADDRESS_REFUSED,
    Reason.KEY_IN_QUERY: KEY_IN_QUERY,
    Reason.TOO_MANY: TOO_MANY_REQUESTS,
    Reason.SUSPENDED: API_SUSPENDED,
    Reason.PAUSED: API_PAUSED,
}

# "{fact}" is the number that the refusal carries: the limit that was missed.
REFUSALS: Mapping[RefusalCode, Problem] = {
    RefusalCode.UNKNOWN_SERVICE: UNKNOWN_SERVICE,
    RefusalCode.INVALID_LINK: Problem(
        "invalid_link",
        "Bad Link",
        _("Send the whole public address of what the order is for."),
        legacy="neworder.error.link",
    ),
    RefusalCode.BELOW_MINIMUM: Problem(
        "below_minimum",
        "Quantity less than minimal {fact}",
        _("Order at least the min of the service."),
        legacy="neworder.error.min_quantity",
    ),
    RefusalCode.ABOVE_MAXIMUM: Problem(
        "above_maximum",
        "Quantity more than maximum {fact}",
        _("Order at most the max of the service, all runs of a drip-feed together."),
        legacy="neworder.error.max_quantity",
    ),
    RefusalCode.PRICE_TOO_SMALL: Problem(
        "price_too_small",
        "Quantity is too small to be charged",
        _("Order more: so few cost less than can be charged."),
    ),
    RefusalCode.PRICE_CHANGED: Problem(
        "price_changed",
        "The service has just changed. Please send the order again.",
        _("Look at its price and limits, and send the order again."),
        strict=409,
    ),
    RefusalCode.NOT_ENOUGH_FUNDS: Problem(
        "not_enough_funds",
        "Not enough funds on balance",
        _("Top up your balance and send the order again."),
        strict=409,
        legacy=_LEGACY_FUNDS,
    ),
    # In the words for an empty balance, which other panels' software knows: it means the same.
    RefusalCode.IN_DEBT: Problem(
        "in_debt",
        "Not enough funds on balance: a debt is open",
        _("Top up: that settles the debt of a reversed payment first."),
        strict=409,
        legacy=_LEGACY_FUNDS,
    ),
    RefusalCode.DUPLICATE_LINK: Problem(
        "duplicate_link",
        "You have active order with this link. Please wait until order being completed.",
        _("Wait until the order that runs on this link has ended."),
        strict=409,
        legacy=_LEGACY_DUPLICATE,
    ),
    RefusalCode.KEY_REUSED: Problem(
        "key_reused",
        "This request_id was already used for another order",
        _("Use a new request_id for every order, and the same one only to send it again."),
        strict=409,
    ),
    RefusalCode.SWITCHED_OFF: Problem(
        "switched_off",
        "New orders are paused. Please try again later.",
        _("Try again later; status, refill and cancel go on."),
        strict=409,
    ),
    RefusalCode.TOO_MANY_OPEN: Problem(
        "too_many_open",
        "Too many running orders",
        _("Wait until some of your orders have ended."),
        strict=409,
    ),
    RefusalCode.INVALID_PARAMETER: INCORRECT_REQUEST,
    RefusalCode.INVALID_RUNS: Problem(
        "invalid_runs",
        "Incorrect request",
        _("Correct runs and interval, or leave both out."),
    ),
    RefusalCode.BELOW_COST: Problem(
        "below_cost",
        "The service cannot be sold at this price",
        _("Choose another service, or try again later."),
        strict=409,
    ),
    # A second order that the terms allow to who asks for it: see the parameter allow_duplicate.
    RefusalCode.NOT_ACKNOWLEDGED: Problem(
        "duplicate_not_allowed",
        "You have active order with this link. Please wait until order being completed.",
        _("Wait, or send allow_duplicate=1: their numbers cannot be told apart."),
        strict=409,
        legacy=_LEGACY_DUPLICATE,
    ),
    RefusalCode.COUNTRY_UNKNOWN: Problem(
        "country_unknown",
        "Name your billing country on your account page to order this service",
        _("Name your billing country on your account page."),
        strict=409,
    ),
    RefusalCode.NOT_SOLD_THERE: Problem(
        "not_sold_there",
        "This service is not sold in your billing country",
        _("Choose a service that is sold in your country."),
        strict=409,
    ),
    RefusalCode.FROZEN: Problem(
        "frozen",
        "This account is frozen. Please contact support.",
        _("You reported that others may use this account. Answer in the ticket."),
        strict=403,
        legacy="neworder.error.account_banned",
    ),
    # A key of somebody who was suspended between two statements.
    RefusalCode.CUSTOMER_INACTIVE: INVALID_KEY,
}


def explained() -> list[Problem]:
    """Every error once, the number in its sentence shown as N; last those of any call whatever."""
    own = [
        INVALID_KEY,
        ADDRESS_REFUSED,
        KEY_IN_QUERY,
        SCOPE_MISSING,
        UNKNOWN_ACTION,
        INCORRECT_REQUEST,
    ]
    own += [UNKNOWN_ORDER, UNKNOWN_REFILL, NOT_REFILLABLE, REFILL_OPEN, NOT_CANCELABLE]
    own += [TOO_MANY_ORDERS]
    of_any = [UNREADABLE, WRONG_METHOD, TOO_LARGE, TOO_MANY_REQUESTS, API_SUSPENDED, API_PAUSED]
    every = dict.fromkeys([*own, *REFUSALS.values(), *of_any])
    return [replace(one, sentence=one.sentence.format(fact="N")) for one in every]
