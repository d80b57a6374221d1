from datetime import timedelta

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def span(lasts: timedelta) -> str:
    """ "7 h 12 min", "12 min"; seconds are left out."""
    hours, minutes = divmod(int(lasts.total_seconds()) // 60, 60)
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": f"{hours:,}", "minutes": minutes}
    return _("%(minutes)s min") % {"minutes": minutes}
