from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from services import paces, pricing
from services.models import Pace, Service

register = template.Library()


@register.filter
def own_rate(service: Service) -> int:
    """Micros per 1000 for the customer that the service was read for (`priced_for`)."""
    return pricing.rate_of(service=service, own_rate_micros=service.own_rate_micros)


@register.filter
def usual_time(minutes: int) -> str:
    """ "about 45 minutes", "about 3 hours", "about 2 days": an estimate is never exact (CAT-08)."""
    if minutes < 90:
        words, amount = ngettext("about %(n)d minute", "about %(n)d minutes", minutes), minutes
    elif minutes < 36 * 60:
        amount = round(minutes / 60)
        words = ngettext("about %(n)d hour", "about %(n)d hours", amount)
    else:
        amount = round(minutes / (24 * 60))
        words = ngettext("about %(n)d day", "about %(n)d days", amount)
    return _(words) % {"n": amount}


@register.filter
def pace(service: Service) -> Pace | None:
    """How fast a service was of late, for the filters below; None where nobody can say."""
    return paces.known_pace(service)


register.filter("pace_start", paces.start_words)
register.filter("pace_speed", paces.speed_words)
register.filter("pace_outcome", paces.outcome_words)
