import re

from django import template

register = template.Library()

_SCHEME = re.compile(r"https?://(www\.)?", re.IGNORECASE | re.ASCII)


@register.filter
def without_scheme(link: str) -> str:
    """What tells one link from another where there is little room."""
    return _SCHEME.sub("", link, count=1)
