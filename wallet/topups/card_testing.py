"""Nobody tries out stolen cards here: who was declined too often waits.

The gateway bears with the attempts at one payment page; what is counted here are pages, for the
customer and for the address, whichever comes first. Source: docs/payments.md, "Guards".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from wallet.models import Deposit

HOUR = timedelta(hours=1)
DECLINED_AN_HOUR = 5
# Pages that were opened and not paid: they could all be used at once afterwards.
UNPAID_AN_HOUR = 20


def refusal(*, customer_id: int, ip: str | None, at: datetime) -> str | None:
    """Why no further payment page is opened now, in words for the customer; None if one may be."""
    unpaid = Deposit.objects.exclude(state=Deposit.State.PAID)
    declined = unpaid.filter(declined_at__gt=at - HOUR)
    by_whom = [Q(customer_id=customer_id), *([Q(ip=ip)] if ip else [])]
    if any(declined.filter(who).count() >= DECLINED_AN_HOUR for who in by_whom):
        return _(
            "Too many payments were declined within an hour. Nothing was charged. Wait an hour"
            " before you try again, and ask your bank why it declines."
        )
    begun = unpaid.filter(customer_id=customer_id, created_at__gt=at - HOUR)
    if begun.count() >= UNPAID_AN_HOUR:
        return _("You have begun many top-ups and not paid them. Pay one, or wait an hour.")
    return None
