"""Why an order is not taken. One refusal for every door: web form, API and mass orders.

`code` is stable and machine-readable, `message` tells a person what to do, `field` names the
input to stand beside. A refusal charges nothing and leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise


class RefusalCode(StrEnum):
    UNKNOWN_SERVICE = "unknown_service"
    INVALID_LINK = "invalid_link"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_MAXIMUM = "above_maximum"
    PRICE_TOO_SMALL = "price_too_small"
    PRICE_CHANGED = "price_changed"
    NOT_ENOUGH_FUNDS = "not_enough_funds"
    DUPLICATE_LINK = "duplicate_link"
    KEY_REUSED = "key_reused"
    SWITCHED_OFF = "switched_off"
    IN_DEBT = "in_debt"
    CUSTOMER_INACTIVE = "customer_inactive"
    FROZEN = "frozen"
    TOO_MANY_OPEN = "too_many_open"
    INVALID_PARAMETER = "invalid_parameter"
    INVALID_RUNS = "invalid_runs"
    BELOW_COST = "below_cost"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    COUNTRY_UNKNOWN = "country_unknown"
    NOT_SOLD_THERE = "not_sold_there"


class Tick(StrEnum):
    """What a customer may order in spite of, once he has ticked that he knows."""

    DUPLICATE = "duplicate"
    SAME_CATEGORY = "same_category"
    PRIVATE_LINK = "private_link"


class OrderRefused(Exception):
    def __init__(
        self,
        code: RefusalCode,
        message: str | Promise,
        *,
        field: str | None = None,
        fact: int = 0,
        problems: Mapping[str, str] | None = None,
        ticks: Mapping[Tick, str] | None = None,
    ) -> None:
        """`fact` is the one number a caller may act on: the missing micros (NOT_ENOUGH_FUNDS),
        the running order's number (DUPLICATE_LINK, NOT_ACKNOWLEDGED), the limit or the new charge.

        `problems` are the words beside every input that is wrong, by its name in API v2; `field`
        is the first of them. `ticks` are the sentences that have to be ticked (NOT_ACKNOWLEDGED).
        """
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field
        self.fact = fact
        self.problems = problems or ({field: str(message)} if field else {})
        self.ticks = ticks or {}
