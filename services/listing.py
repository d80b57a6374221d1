"""What has to be said of a service before anybody orders it.

Sources: CAT-04, CAT-11, CAT-14, SLA-02; docs/listing.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import countries
from legal.durations import DeliveryWindow
from legal.policy import Policy
from legal.terms import policy_in_force
from services.models import Service

Delivery = Service.Delivery

# What is delivered, in a sentence for every kind; `Delivery` has the short words for lists.
DISCLOSURES: Mapping[str, str | Promise] = {
    Delivery.AUTOMATED: gettext_lazy(
        "You get numbers from automated accounts, and no genuine interest."
    ),
    Delivery.INCENTIVISED: gettext_lazy(
        "You get numbers from people who are rewarded for it, and no genuine interest."
    ),
    Delivery.MIXED: gettext_lazy(
        "You get numbers from automated and rewarded accounts, no genuine interest."
    ),
}


def disclosure(delivery: str) -> str:
    """The sentence for a kind of delivery, also of an order's snapshot (CAT-04)."""
    return str(DISCLOSURES.get(delivery, ""))


def window_of(*, tier: str, policy: Policy) -> DeliveryWindow | None:
    """In which hours from the order a tier is delivered by these terms; None where they say
    nothing of it, as of "custom", whose description does (CAT-11)."""
    return next((window for window in policy.sla_windows if window.tier == tier), None)


def windows_in_force(*, at: datetime) -> Mapping[str, DeliveryWindow]:
    """The windows of the terms that an order made now would be under, by tier."""
    policy = policy_in_force(at=at)
    return {} if policy is None else {window.tier: window for window in policy.sla_windows}


def window_words(window: DeliveryWindow) -> str:
    """ "24 to 72 hours after the order"."""
    return _("%(low)d to %(high)d hours after the order") % {
        "low": window.from_hours,
        "high": window.to_hours,
    }


def tier_words(*, tier: str, window: DeliveryWindow | None) -> str:
    """ "Standard: 24 to 72 hours after the order"; without a window the tier's own words."""
    name = str(dict(Service.Tier.choices).get(tier, ""))
    return name if window is None else f"{name}: {window_words(window)}"


def not_sold_in(service: Service) -> list[str]:
    """The names of the countries where it is not sold, in the reader's language."""
    return sorted(countries.name_of(code) for code in service.blocked_countries)
