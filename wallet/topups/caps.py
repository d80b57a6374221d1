"""How much one customer may pay in within a day: less while the account is new.

Stolen cards are tried out on new accounts, so that these begin with a small limit. What waits for
payment counts, too: several payment pages could be opened at once and paid afterwards. Source:
docs/top-ups.md, "Limits".
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from wallet.models import Deposit
from wallet.money import display, parse_amount

DAY = timedelta(hours=24)
_COUNTED = (*Deposit.WAITING, Deposit.State.PAID, Deposit.State.QUARANTINED)


def daily_cap_micros(*, customer_id: int, at: datetime) -> int:
    """What this customer may pay in within 24 hours, in micros."""
    name = "TOP_UP_DAILY_CAP_NEW" if _is_new(customer_id, at=at) else "TOP_UP_DAILY_CAP"
    return parse_amount(getattr(settings, name))


def refusal(*, customer_id: int, amount_micros: int, at: datetime) -> str | None:
    """Why this amount is too much today, in words for the customer; None if it is not.

    Whoever opens a top-up by the answer holds the customer's cash row (`ledger.lock`).
    """
    cap_micros = daily_cap_micros(customer_id=customer_id, at=at)
    recent = Deposit.objects.filter(
        customer_id=customer_id, state__in=_COUNTED, created_at__gt=at - DAY
    )
    used_micros = recent.aggregate(sum=Sum("asked_micros"))["sum"] or 0
    if used_micros + amount_micros <= cap_micros:
        return None
    return " ".join(_reasons(customer_id, cap_micros, used_micros, at=at))


def _reasons(customer_id: int, cap_micros: int, used_micros: int, *, at: datetime) -> list[str]:
    cap, left = display(cap_micros), display(max(0, cap_micros - used_micros))
    words = [
        _("You can add %(cap)s within 24 hours, and %(left)s of it is left.")
        % {"cap": cap, "left": left}
    ]
    if used_micros:
        words.append(_("Top-ups that wait for payment count, too: you can cancel them."))
    if _is_new(customer_id, at=at):
        days = settings.TOP_UP_NEW_DAYS
        words.append(
            ngettext(
                "The limit is higher once an account is %(days)d day old.",
                "The limit is higher once an account is %(days)d days old.",
                days,
            )
            % {"days": days}
        )
    return words


def _is_new(customer_id: int, *, at: datetime) -> bool:
    since = at - timedelta(days=settings.TOP_UP_NEW_DAYS)
    return User.objects.filter(pk=customer_id, date_joined__gt=since).exists()
