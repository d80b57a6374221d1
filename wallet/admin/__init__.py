from wallet.admin.books import (
    AccountAdmin,
    BooksAdmin,
    DepositAdmin,
    TransferAdmin,
    transfers_link,
)
from wallet.admin.gateways import (
    ClearingEntryAdmin,
    GatewayEventAdmin,
    UnmatchedPaymentAdmin,
)
from wallet.admin.promotions import BonusGrantAdmin, PromotionAdmin, RedemptionAdmin
from wallet.admin.rates import DisplayRateAdmin
from wallet.admin.reversals import (
    DecisionAdmin,
    DisputeAdmin,
    ForeignRefundAdmin,
    FraudWarningAdmin,
    WithdrawalAdmin,
)

__all__ = [
    "AccountAdmin",
    "BonusGrantAdmin",
    "BooksAdmin",
    "ClearingEntryAdmin",
    "DecisionAdmin",
    "DepositAdmin",
    "DisplayRateAdmin",
    "DisputeAdmin",
    "ForeignRefundAdmin",
    "FraudWarningAdmin",
    "GatewayEventAdmin",
    "PromotionAdmin",
    "RedemptionAdmin",
    "TransferAdmin",
    "UnmatchedPaymentAdmin",
    "WithdrawalAdmin",
    "transfers_link",
]
