"""The tables of the wallet. Balances are moved by a trigger under CHECK (wallet/sql/ledger.sql);
only `wallet.ledger` writes transfers. Rules: docs/ledger.md."""

from wallet.models.bonuses import BonusGrant, Promotion, Redemption
from wallet.models.books import Account, AccountKind, Transfer, TransferKind
from wallet.models.cards import AutoTopUp, BalanceAlert, CardConsent, GatewayCustomer, SavedCard
from wallet.models.decisions import Decision
from wallet.models.deposits import Deposit, Proof, Receipt
from wallet.models.disputes import Dispute, FraudWarning
from wallet.models.endings import ExpiryNotice
from wallet.models.events import ClearingEntry, GatewayEvent, UnmatchedPayment
from wallet.models.rates import DisplayCurrency, DisplayRate
from wallet.models.summaries import DailyTotal, LotSnapshot
from wallet.models.withdrawals import ForeignRefund, Payout, Withdrawal

__all__ = [
    "Account",
    "AccountKind",
    "AutoTopUp",
    "BalanceAlert",
    "BonusGrant",
    "CardConsent",
    "ClearingEntry",
    "DailyTotal",
    "Decision",
    "Deposit",
    "DisplayCurrency",
    "DisplayRate",
    "Dispute",
    "ExpiryNotice",
    "ForeignRefund",
    "FraudWarning",
    "GatewayCustomer",
    "GatewayEvent",
    "LotSnapshot",
    "Payout",
    "Promotion",
    "Proof",
    "Receipt",
    "Redemption",
    "SavedCard",
    "Transfer",
    "TransferKind",
    "UnmatchedPayment",
    "Withdrawal",
]
