from django import template

from services import facts, paces, pricing
from services.models import Pace, Service

register = template.Library()


@register.filter
def own_rate(service: Service) -> int:
    """Micros per 1000 for the customer that the service was read for (`priced_for`)."""
    return pricing.rate_of(service=service, own_rate_micros=service.own_rate_micros)


@register.filter
def pace(service: Service) -> Pace | None:
    """How fast a service was of late, for the filters below; None where nobody can say."""
    return paces.known_pace(service)


register.filter("pace_start", paces.start_words)
register.filter("pace_speed", paces.speed_words)
register.filter("pace_outcome", paces.outcome_words)
register.filter("usual_time", paces.about_words)
for words in (
    facts.price_words,
    facts.price_unit,
    facts.refill_words,
    facts.promo_words,
    facts.own_saving,
    facts.is_package,
):
    register.filter(words.__name__, words)
register.filter("facts", facts.facts_of)
