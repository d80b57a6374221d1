"""The gateway's published test cards: which number does what. No real card belongs in here."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from smmpanel.fake_stripe.errors import Declined, Refused
from smmpanel.fake_stripe.store import Body

GOOD = "4242424242424242"
DECLINED = "4000000000000002"
AUTHENTICATES = "4000002760003184"
BANK = "us_bank_account"
MESSAGES = {
    "authentication_required": "This transaction requires authentication.",
    "expired_card": "Your card has expired.",
    "fraudulent": "Your card was declined.",
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
}


@dataclass(frozen=True)
class Conduct:
    """How a card behaves.

    `decline` is a decline code, `asks` when the holder must authenticate (never, always, or until
    set up for later use), `refunds` what becomes of money sent back, `follows` what the payment
    brings later (dispute, inquiry or warning).
    """

    decline: str = ""
    asks: str = "never"
    attaches: bool = True
    refunds: str = "succeeded"
    follows: str = ""


CONDUCTS: Mapping[str, Conduct] = {
    DECLINED: Conduct(decline="generic_decline", attaches=False),
    "4000000000009995": Conduct(decline="insufficient_funds", attaches=False),
    "4000000000009987": Conduct(decline="lost_card", attaches=False),
    "4000000000000069": Conduct(decline="expired_card", attaches=False),
    "4100000000000019": Conduct(decline="fraudulent", attaches=False),
    "4000000000000341": Conduct(decline="generic_decline"),
    AUTHENTICATES: Conduct(asks="always"),
    "4000002500003155": Conduct(asks="until set up"),
    "4000000000000259": Conduct(follows="dispute"),
    "4000000000001976": Conduct(follows="inquiry"),
    "4000000000005423": Conduct(follows="warning"),
    "4000000000007726": Conduct(refunds="pending"),
    "4000000000005126": Conduct(refunds="failing"),
}
TOKENS: Mapping[str, str] = {
    "pm_card_visa": GOOD,
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_visa_chargeDeclined": DECLINED,
    "pm_card_chargeDeclined": DECLINED,
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedFraudulent": "4100000000000019",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequired": AUTHENTICATES,
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createDisputeInquiry": "4000000000001976",
    "pm_card_createIssuerFraudRecord": "4000000000005423",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
}


def conduct(method: Body) -> Conduct:
    """How this payment method behaves."""
    return CONDUCTS.get(method.get("_number", ""), Conduct())


def described(number: str, *, month: int = 12, year: int = 2034) -> Body:
    """The `card` of a payment method. Raises Refused for what cannot be a card number."""
    if not re.fullmatch(r"[0-9]{13,19}", number) or not _is_luhn(number):
        raise Declined("Your card number is incorrect.", code="incorrect_number", details={})
    if not 1 <= month <= 12:
        raise Refused("Your card's expiration month is invalid.", param="card[exp_month]")
    brand = {"4": "visa", "5": "mastercard", "3": "amex"}.get(number[0], "unknown")
    return {
        "brand": brand,
        "checks": {"cvc_check": "pass"},
        "country": "US",
        "exp_month": month,
        "exp_year": year,
        "fingerprint": hashlib.sha256(number.encode()).hexdigest()[:16],
        "funding": "credit",
        "last4": number[-4:],
    }


def _is_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(digit * 2, 10)) for digit in digits[1::2])
    return (sum(digits[0::2]) + sum(doubled)) % 10 == 0
