"""The only writer of transfers. Each verb is one cause of money moving; docs/ledger.md lists them.

Every verb runs inside the caller's transaction, locks the customer's cash row first (the mutex),
and posts through the SQL function `ledger_post`. Keys make a verb that is called twice a no-op;
`at` is always passed in, so that clocks can be tested. Amounts are micro-USD.
"""

from wallet.ledger.credits import adjust, book_gateway_fee, deposit, grant_bonus, grant_goodwill
from wallet.ledger.endings import (
    cancel_bonus,
    canceled_bonus,
    expire,
    forfeit,
    return_bonus,
    return_forfeiture,
)
from wallet.ledger.held import Held
from wallet.ledger.holds import OnHold, hold, on_hold, release
from wallet.ledger.many import Target, bring_up
from wallet.ledger.orders import (
    absorb,
    held_for,
    hold_for_order,
    recover,
    refund,
    settle,
)
from wallet.ledger.payouts import pay_out, return_payout
from wallet.ledger.posting import (
    InDebt,
    InsufficientFunds,
    KeyReused,
    LedgerError,
    NothingToMove,
    RefundExceedsCharge,
    error_from,
    lock,
)
from wallet.ledger.reversals import (
    Cause,
    Reversal,
    give_back,
    pass_fee_on,
    reclaim,
    reversal_of,
    settle_debt,
    take_back,
)

__all__ = [
    "Cause",
    "Held",
    "InDebt",
    "InsufficientFunds",
    "KeyReused",
    "LedgerError",
    "NothingToMove",
    "OnHold",
    "RefundExceedsCharge",
    "Reversal",
    "Target",
    "absorb",
    "adjust",
    "book_gateway_fee",
    "bring_up",
    "cancel_bonus",
    "canceled_bonus",
    "deposit",
    "error_from",
    "expire",
    "forfeit",
    "give_back",
    "grant_bonus",
    "grant_goodwill",
    "held_for",
    "hold",
    "hold_for_order",
    "lock",
    "on_hold",
    "pass_fee_on",
    "pay_out",
    "reclaim",
    "recover",
    "refund",
    "release",
    "return_bonus",
    "return_forfeiture",
    "return_payout",
    "reversal_of",
    "settle",
    "settle_debt",
    "take_back",
]
