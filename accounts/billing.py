"""Where a customer is billed: it decides what may be sold to him (CAT-14)."""

from __future__ import annotations

from django.db import transaction

from accounts.acts import log_act
from accounts.models import User


def name_country(*, user: User, country: str, ip: str | None = None) -> None:
    """Sets the billing country, an ISO code of `accounts.countries`, and logs who was billed where
    until then: what he could order depended on it. The same country again changes nothing."""
    with transaction.atomic():
        current = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        before = current.country
        if before == country:
            return
        current.country = country
        current.save(update_fields=["country"])
        changes = {"country": [before, country]}
        log_act(actor=user, act="name country", target=f"user:{user.pk}", changes=changes, ip=ip)
    user.country = country
