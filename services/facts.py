"""What is known of a service before anybody orders it, as facts with names: the page of a service,
the box beside the order form and the comparison of two show the same ones (CAT-04, CAT-06, CAT-08).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from services import listing, paces, pricing
from services.models import Service
from services.types import spec_of
from wallet import money

Text = str | SafeString


@dataclass(frozen=True, slots=True)
class Fact:
    """`note` says how far the value may be relied on, or what it means."""

    name: str
    value: Text
    note: Text = ""


def facts_of(service: Service) -> list[Fact]:
    """Of a service that was read with `listed` and `priced_for`."""
    return [
        _price(service),
        *_limits(service),
        Fact(_("What is delivered"), listing.disclosure(service.delivery)),
        *_quality(service),
        *_tier(service),
        *_times(service),
        _refill(service),
        _cancel(service),
        _spread(service),
        _target(service),
        *_countries(service),
    ]


def own_saving(service: Service) -> int:
    """Micros per 1000 that the reader pays less than the list price; 0 where that holds."""
    own = service.own_rate_micros
    return 0 if own is None else max(service.rate_micros - own, 0)


def price_words(service: Service) -> str:
    """ "$0.90" or "free of charge", at the reader's price."""
    if service.is_free:
        return _("Free of charge")
    return money.display(pricing.rate_of(service=service, own_rate_micros=service.own_rate_micros))


def price_unit(service: Service) -> str:
    """What the price is for."""
    return _("The whole package") if is_package(service) else _("Per 1,000")


def refill_words(service: Service) -> str:
    """ "Refill 30 days"; for who may ask for one without an end, "Refill"."""
    if not service.can_refill:
        return _("No refill")
    if not service.refill_days:
        return _("Refill")
    words = ngettext("Refill %(n)d day", "Refill %(n)d days", service.refill_days)
    return words % {"n": service.refill_days}


def promo_words(service: Service) -> str:
    """The label of a promotion until its day is over, else nothing."""
    until = service.promo_until
    is_over = until is not None and until < timezone.localdate()
    return "" if is_over else service.promo_label


def is_package(service: Service) -> bool:
    """Whether its price is for the whole and there is nothing to count."""
    return spec_of(service.type).is_package


def summary(service: Service) -> str:
    """One line for those who have not opened its page: search engines show it."""
    limits = f"{service.min_quantity:,} – {service.max_quantity:,}"
    parts = [
        f"{service.category.platform} · {service.category.name}",
        f"{price_unit(service)}: {price_words(service)}",
        "" if is_package(service) else limits,
        refill_words(service),
        service.get_delivery_display(),
    ]
    return ". ".join(part for part in parts if part)


def _price(service: Service) -> Fact:
    value: Text = format_html('<bdi class="num">{}</bdi>', price_words(service))
    if not own_saving(service):
        return Fact(price_unit(service), value)
    listed = money.display(service.rate_micros)
    return Fact(price_unit(service), value, _("your price; the list says %s") % listed)


def _limits(service: Service) -> list[Fact]:
    if is_package(service):
        return []
    low, high = f"{service.min_quantity:,}", f"{service.max_quantity:,}"
    value = format_html('<span class="num"><bdi>{}</bdi> – <bdi>{}</bdi></span>', low, high)
    return [Fact(_("Limits"), value)]


def _quality(service: Service) -> list[Fact]:
    """The label leads to the glossary, which says the same (CAT-05)."""
    quality = service.quality
    if quality is None:
        return []
    meaning = f"{reverse('services:glossary')}#quality-{quality.pk}"
    label = format_html('<a href="{}">{}</a>', meaning, quality.name)
    return [Fact(_("Quality"), label, quality.meaning)]


def _tier(service: Service) -> list[Fact]:
    """The hours stand in the terms that an order made now would be under (CAT-11)."""
    if not service.tier:
        return []
    window = listing.windows_in_force(at=timezone.now()).get(service.tier)
    return [Fact(_("Delivery"), listing.tier_words(tier=service.tier, window=window))]


def _times(service: Service) -> list[Fact]:
    pace = paces.known_pace(service)
    if pace is not None:
        estimate = _("an estimate, not a promise")
        return [
            Fact(_("Start"), paces.start_words(pace), estimate),
            Fact(_("Speed"), paces.speed_words(pace), estimate),
            Fact(_("Outcome"), paces.outcome_words(pace)),
        ]
    if not service.average_minutes:
        return []
    about = paces.about_words(service.average_minutes)
    return [Fact(_("Usual time"), about, _("an estimate, not a promise"))]


def _refill(service: Service) -> Fact:
    if service.can_refill:
        return Fact(
            _("If numbers drop"), refill_words(service), _("asked for on the page of the order")
        )
    return Fact(_("If numbers drop"), _("No refill"))


def _cancel(service: Service) -> Fact:
    """Who may ask for it, and what becomes of his money then (CAT-06)."""
    if not service.can_cancel:
        return Fact(_("Once started"), _("No cancel once started"))
    if service.can_partial:
        note = _("who delivers must agree; what is not delivered is paid back")
    else:
        note = _("who delivers must agree; nothing is paid back once it has started")
    return Fact(_("Once started"), _("Can be canceled"), note)


def _spread(service: Service) -> Fact:
    can = service.can_drip_feed
    return Fact(_("Drip-feed"), _("Possible, in several runs") if can else _("No, all at once"))


def _target(service: Service) -> Fact:
    if service.accepts_private_links:
        return Fact(_("Target"), _("May be private"))
    return Fact(_("Target"), _("Must be open to everybody"))


def _countries(service: Service) -> list[Fact]:
    names = listing.not_sold_in(service)
    return [Fact(_("Not sold in"), ", ".join(names))] if names else []
