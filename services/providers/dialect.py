"""What differs from provider to provider, as data: docs/providers.md.

`API_V2` is the trade's default. Words and texts are compared whole after normalising, never by
substring: "Partially completed" contains "completed" and is a partial.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from services.providers.shapes import Actions, Calling, Fields, Names, Prices, Reports

MIB = 1024 * 1024


class ReportState(StrEnum):
    """What a provider's status word means to us."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    PROCESSING = "processing"
    COMPLETED = "completed"
    PARTIAL = "partial"
    CANCELED = "canceled"
    FAILED = "failed"


def normalise_word(word: str) -> str:
    """Fold a status word: lower case, composed, without spaces, hyphens and underscores."""
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFC", word.lower()))


def normalise_text(text: str) -> str:
    """Fold an error text: lower case, single spaces, no final stop, every number as "#"."""
    composed = unicodedata.normalize("NFC", text.lower())
    folded = re.sub(r"[0-9]+", "#", " ".join(composed.split()))
    return folded.rstrip(" .!")


@lru_cache(maxsize=256)
def _folded(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(normalise_text(text) for text in texts)


def contains(texts: tuple[str, ...], text: str) -> bool:
    """Whether the whole `text` is one of `texts`, both normalised."""
    return normalise_text(text) in _folded(texts)


def _states(spellings: Mapping[ReportState, str]) -> Mapping[str, ReportState]:
    return {
        normalise_word(word): state
        for state, words in spellings.items()
        for word in words.split(",")
    }


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one provider is asked, and how its answers are read.

    `parameters` holds the provider's names for those that it calls otherwise, `wrappers` the names
    under which an answer may be packed. `states` is keyed by normalised words.

    `refusal_texts` prove that nothing was created, `account_refusal_texts` that our account is the
    reason, `rate_limit_texts` that the call was turned away. `duplicate_link_texts` prove nothing:
    the running order may be the one whose answer was lost. `follow_up_refusal_texts` decline a
    refill or a cancel for certain.
    """

    refusal_texts: tuple[str, ...]
    account_refusal_texts: tuple[str, ...]
    rate_limit_texts: tuple[str, ...]
    duplicate_link_texts: tuple[str, ...]
    unknown_order_texts: tuple[str, ...]
    unknown_refill_texts: tuple[str, ...]
    follow_up_refusal_texts: tuple[str, ...]
    failure_words: tuple[str, ...]
    success_words: tuple[str, ...]
    states: Mapping[str, ReportState]
    calling: Calling = field(default_factory=Calling)
    actions: Actions = field(default_factory=Actions)
    parameters: Mapping[str, str] = field(default_factory=dict)
    fields: Fields = field(default_factory=Fields)
    wrappers: Names = ()
    reports: Reports = Reports.BY_NUMBER
    prices: Prices = field(default_factory=Prices)
    batch_limit: int = 100
    connect_timeout_seconds: float = 5.0
    add_deadline_seconds: float = 20.0
    read_deadline_seconds: float = 20.0
    services_deadline_seconds: float = 60.0
    body_limit_bytes: int = MIB
    services_limit_bytes: int = 16 * MIB


API_V2 = Dialect(
    refusal_texts=(
        "Incorrect service ID",
        "error.incorrect_service_id",
        "neworder.error.incorrect_service_id",
        "Service ID does not exists",
        "Service not found",
        "Incorrect request",
        "This action is Invalid",
        "There are missing required parameters. Please check your API Manual",
        "Bad Link",
        "Invalid link",
        "neworder.error.link",
        "neworder.error.min_quantity",
        "neworder.error.max_quantity",
        "Quantity less than minimal 1",
        "Quantity more than maximum 1",
        "Total quantity must to be greater than or equal to minimum amount 1",
        "neworder.error.comment",
        "neworder.error.schedule_time",
        # Panels like ours:
        "Quantity is too small to be charged",
        "This request_id was already used for another order",
        "Maximum 100 orders per request",
    ),
    account_refusal_texts=(
        "Invalid API key",
        "Incorrect API key",
        "Not enough funds",
        "Not enough funds on balance",
        "neworder.error.not_enough_funds",
        "neworder.error.insufficient_balance",
        "Insufficient balance",
        "neworder.error.account_banned",
        "API is Disable for this user or User Not Found! Contact the Support",
        "This API key may only read",
        "This API key may not be used from this address",
    ),
    rate_limit_texts=("Too many requests",),
    duplicate_link_texts=(
        "You have active order with this link. Please wait until order being completed.",
        "neworder.error.link_duplicate",
    ),
    unknown_order_texts=("Incorrect order ID", "Order not found"),
    unknown_refill_texts=("Refill not found", "Incorrect refill ID"),
    follow_up_refusal_texts=(
        "Order not eligible for refill",
        "Order already has an open refill",
        "Refill is not available",
        "Refill not available",
        "Refill not available for this order",
        "This order cannot be refilled",
        "The refill time of this order is over",
        "Order cannot be canceled",
        "Cancel is not available",
        "Cancel not available for this order",
        "This order cannot be canceled",
        "Order already completed",
        "Order already canceled",
    ),
    failure_words=("error", "fail", "failed", "false"),
    success_words=("success", "ok", "accepted", "true"),
    states=_states(
        {
            ReportState.PENDING: "Pending,Awaiting,Queued,New",
            ReportState.IN_PROGRESS: "In progress,Active,Running,Started",
            ReportState.PROCESSING: "Processing",
            ReportState.COMPLETED: "Completed,Complete,Success,Done,Finished",
            ReportState.PARTIAL: "Partial,Partially completed,Partial completed",
            ReportState.CANCELED: "Canceled,Cancelled,Cancel,Canelled,Refunded,Refund,Refunds",
            ReportState.FAILED: "Fail,Failed,Error,Rejected",
        }
    ),
)
