"""Early fraud warnings: an issuer believes that a payment was made by a thief."""

from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.route import reading
from smmpanel.fake_stripe.shapes import text
from smmpanel.fake_stripe.store import Body

KIND = "radar.early_fraud_warning"
MADE_WITH_STOLEN_CARD = "made_with_stolen_card"


def warn(account: Account, charge: Body, *, fraud_type: str = MADE_WITH_STOLEN_CARD) -> Body:
    """One may act on it as long as the charge is neither paid back nor disputed."""
    warning = account.create(
        KIND,
        {
            "actionable": not (charge["refunded"] or charge["disputed"]),
            "charge": charge["id"],
            "fraud_type": fraud_type,
            "payment_intent": charge["payment_intent"],
        },
    )
    account.emit(f"{KIND}.created", warning)
    return warning


def make_moot(account: Account, charge: Body) -> None:
    """Nothing is left to do about a charge that was paid back or disputed."""
    for warning in account.store.newest_first(KIND):
        if warning["charge"] == charge["id"] and warning["actionable"]:
            before = account.change(warning, actionable=False)
            account.emit(f"{KIND}.updated", warning, previous=before)


ROUTES = reading(KIND, "/v1/radar/early_fraud_warnings", charge=text(), payment_intent=text())
