"""What the customer hears of a disputed payment: what became of the money, and whom to ask
(CHB-07). The mail about the account itself is `accounts.standing`'s."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from accounts import mail
from wallet import ledger
from wallet.disputes import reversing
from wallet.models import Dispute
from wallet.money import display

State = Dispute.State

_TEMPLATES = {
    State.INQUIRY: "dispute_inquiry",
    State.FORMAL: "dispute_formal",
    State.LOST: "dispute_lost",
    State.WON: "dispute_won",
    State.CLOSED: "dispute_closed",
}


def tell(dispute: Dispute, *, at: datetime) -> None:
    """Writes the mail of the dispute's present state, once for each state."""
    state = State(dispute.state)
    forfeited_micros = reversing.forfeited_micros(dispute)
    moved = ledger.reversal_of(reversing.cause_of(dispute))
    mail.enqueue(
        key=f"{dispute.reference}:{state}",
        recipient=dispute.deposit.customer.email,
        template=_TEMPLATES[state],
        context={
            "number": dispute.deposit_id,
            "amount": display(dispute.amount_micros),
            "fee": display(dispute.passed_fee_micros) if dispute.passed_fee_micros else "",
            "owed": display(moved.owed_micros) if moved.owed_micros else "",
            "forfeited": display(forfeited_micros) if forfeited_micros else "",
            "wallet_url": f"{settings.SITE_URL.rstrip('/')}/wallet/",
        },
        at=at,
    )
