"""What each probe finds under each preset; what the presets say stands in docs/policies.md.

A `Later` is an outcome that the panel cannot promise yet: the preset's value of that setting is
refused when somebody tries to publish it, and the words say what has to come of it then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.policies import further
from tests.policies.probes import Probe


@dataclass(frozen=True, slots=True)
class Later:
    """What the setting `key` has to bring once code carries its value out."""

    key: str
    outcome: str


Outcome = str | Later

ORDERS_ONLY = "refused: for orders only"
TOO_LATE = (
    "refused: At most $0.00 of this top-up can be paid back."
    " Its time is over. You can spend what is left on orders."
)
TOO_LITTLE = "refused: Money is paid back from a balance of $5.00 without bonuses; yours is $4.99."
WHOLE = "sent 50.00, kept back 0.00"
LESS_FEE = "sent 48.25, kept back 1.75"
REVERSED = "suspended, cash 20.00, unsent order canceled, sent order goes on"
FORFEITED = (
    "suspended, forfeited 40.00, borne by us 20.00, unsent order canceled,"
    " sent order goes on and listed for staff"
)
NEW_TERMS = "version 1, then version 2"
_ASKED_FIRST = Later("legal.mode", "the order waits until version 2 is accepted")
NO = "refused / refused"
ASKED = "refused / asked for, 6.00 back after a report of 600 undelivered"
BACK = "10.00 back / 10.00 back"

# In the order of legal.presets.PRESETS:
# eu_consumer, white_label, money_back, deposit_window, balance_only.
TWELVE: Final[Mapping[int, tuple[Outcome, ...]]] = {
    # Withdraw on day 1, 13 and 15.
    1: (ORDERS_ONLY, ORDERS_ONLY, WHOLE, LESS_FEE, ORDERS_ONLY),
    2: (ORDERS_ONLY, ORDERS_ONLY, WHOLE, LESS_FEE, ORDERS_ONLY),
    3: (ORDERS_ONLY, ORDERS_ONLY, WHOLE, TOO_LATE, ORDERS_ONLY),
    # Cancel a pending order that nobody has sent; one in progress. Each of a service that cannot
    # be stopped / of one that can.
    4: (NO, NO, BACK, BACK, "refused / 10.00 back"),
    5: (NO, NO, ASKED, ASKED, ASKED),
    # 300 of 1,000 units for 10.00 were not delivered.
    6: (
        "3.00 back at once",
        "3.00 proposed to staff, 3.00 back after their yes",
        "3.00 back at once",
        "3.00 back at once",
        "3.00 back at once",
    ),
    # The clock and twelve months.
    7: (
        "0.00 left after 2 mails",
        "40.00 left after 0 mails",
        "40.00 left after 0 mails",
        "40.00 left after 0 mails",
        "40.00 left after 0 mails",
    ),
    # A formal dispute of 50.00, with a fee of 15.00.
    8: (
        REVERSED,
        REVERSED,
        "suspended, cash 5.00, fee passed on 15.00, unsent order canceled, sent order goes on",
        REVERSED,
        FORFEITED,
    ),
    # Publish new terms, then order.
    9: (_ASKED_FIRST, NEW_TERMS, NEW_TERMS, _ASKED_FIRST, NEW_TERMS),
    # An identical second order.
    10: (
        "placed after a warning",
        "refused: duplicate_link",
        "refused: duplicate_link",
        "refused: duplicate_link",
        "refused: duplicate_link",
    ),
    # A claim on day 8.
    11: ("taken", "not considered", "taken", "taken", "taken"),
    # Withdraw with 4.99 in cash.
    12: (ORDERS_ONLY, ORDERS_ONLY, TOO_LITTLE, "sent 3.24, kept back 1.75", ORDERS_ONLY),
}

_TWICE_ORDERS_ONLY = f"{ORDERS_ONLY} / {ORDERS_ONLY}"
_TURNED_ON = "refused by its terms / sent 20.00, kept back 0.00"
_BONUS_STAYS = f"{ORDERS_ONLY}, bonus 5.00"
_HELD = "0.00 while it waits, 5.00 after a no; "

FURTHER: Final[Mapping[Probe, tuple[Outcome, ...]]] = {
    further.cancel_within_ten_seconds: (
        NO, NO, BACK, BACK, "refused / 10.00 back",
    ),
    further.cancel_pending_at_the_provider: (
        NO,
        NO,
        "10.00 back, 10.00 borne by us / 10.00 back, 10.00 borne by us",
        ASKED,
        ASKED,
    ),
    further.claims_of_no_start: (
        "days 15, 22", "days 8", "days 15, 22", "days 15, 22", "days 15, 22",
    ),
    further.dispute_lost: ("suspended", "suspended", "blacklisted", "suspended", "suspended"),
    further.new_terms_then_withdraw: (
        _TURNED_ON,
        _TURNED_ON,
        "sent 20.00, kept back 0.00 / refused by its terms",
        "sent 18.25, kept back 1.75 / refused by its terms",
        _TURNED_ON,
    ),
    further.fee_of_two_payouts: (
        _TWICE_ORDERS_ONLY,
        _TWICE_ORDERS_ONLY,
        "sent 20.00, kept back 0.00 / sent 30.00, kept back 0.00",
        "sent 18.25, kept back 1.75 / sent 30.00, kept back 0.00",
        _TWICE_ORDERS_ONLY,
    ),
    further.money_from_orders: (
        _TWICE_ORDERS_ONLY,
        _TWICE_ORDERS_ONLY,
        "sent 20.00, kept back 0.00 / sent 20.00, kept back 0.00",
        "sent 18.25, kept back 1.75 / refused: its time is over",
        _TWICE_ORDERS_ONLY,
    ),
    further.tied_bonus: (
        _BONUS_STAYS,
        _BONUS_STAYS,
        f"{_HELD}{WHOLE}, bonus 0.00",
        f"{_HELD}{LESS_FEE}, bonus 0.00",
        _BONUS_STAYS,
    ),
    further.order_takes_first: ("cash 2.00, bonus 5.00",) * 5,
    further.people_who_approve: (
        _TWICE_ORDERS_ONLY,
        _TWICE_ORDERS_ONLY,
        "one person / two people, approved",
        "one person / two people, approved",
        _TWICE_ORDERS_ONLY,
    ),
    further.review_is_due: (
        ORDERS_ONLY, ORDERS_ONLY, "Sat 29 Nov 12:00", "Thu 04 Dec 12:00", ORDERS_ONLY,
    ),
    further.pages_of_money_back: (
        "403, 403, 403", "403, 403, 403", "200, 200, 422", "200, 200, 422", "403, 403, 403",
    ),
}  # fmt: skip
