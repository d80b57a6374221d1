"""A mail when a balance falls below the mark that its owner chose: one for each time that it does.

Whether it did is found by a sweep, not by whoever spends: ordering stays as short as it is.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from accounts import mail
from wallet.balances import SPENDABLE, sum_by
from wallet.models import BalanceAlert
from wallet.money import display


def set_alert(*, customer_id: int, below_micros: int | None) -> None:
    """Sets the mark, or removes it with None. A new mark is watched from now on."""
    if below_micros is None:
        BalanceAlert.objects.filter(customer_id=customer_id).delete()
        return
    BalanceAlert.objects.update_or_create(
        customer_id=customer_id, defaults={"below_micros": below_micros, "warned_at": None}
    )


def send_due_alerts(*, at: datetime) -> int:
    """Warns whose balance is below the mark and who was not warned since it was above; forgets the
    warning of whose balance is above again. Returns how many mails were written."""
    alerts = BalanceAlert.objects.annotate(balance=sum_by("customer_id", SPENDABLE))
    alerts.filter(warned_at__isnull=False, balance__gte=F("below_micros")).update(warned_at=None)
    below = alerts.filter(warned_at=None, balance__lt=F("below_micros"))
    return sum(_warn(alert, at=at) for alert in below.select_related("customer"))


def _warn(alert: BalanceAlert, *, at: datetime) -> bool:
    with transaction.atomic():
        # Two sweeps at once: the one that sets the time writes the mail.
        if not BalanceAlert.objects.filter(pk=alert.pk, warned_at=None).update(warned_at=at):
            return False
        balance: int = alert.balance  # type: ignore[attr-defined]  # annotated above
        mail.enqueue(
            key=f"balance-alert:{alert.pk}:{at.isoformat()}",
            recipient=alert.customer.email,
            template="balance_low",
            context={
                "balance": display(balance),
                "below": display(alert.below_micros),
                "url": settings.SITE_URL.rstrip("/") + reverse("wallet:top_up"),
                "alert_url": settings.SITE_URL.rstrip("/") + reverse("wallet:alert"),
            },
            at=at,
        )
    return True
