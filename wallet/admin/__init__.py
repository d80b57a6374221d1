from wallet.admin.books import (
    AccountAdmin,
    BooksAdmin,
    DepositAdmin,
    GatewayEventAdmin,
    TransferAdmin,
    transfers_link,
)
from wallet.admin.promotions import BonusGrantAdmin, PromotionAdmin, RedemptionAdmin

__all__ = [
    "AccountAdmin",
    "BonusGrantAdmin",
    "BooksAdmin",
    "DepositAdmin",
    "GatewayEventAdmin",
    "PromotionAdmin",
    "RedemptionAdmin",
    "TransferAdmin",
    "transfers_link",
]
