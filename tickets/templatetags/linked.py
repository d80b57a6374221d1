import re

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# Marks that turn the writing direction could make one address look like another: they end it.
_ADDRESS = re.compile(r"(https?://[^\s<>\"'`\u200e\u200f\u202a-\u202e\u2066-\u2069]+)")
_CLOSING = ".,;:!?)]}"


@register.filter
def linked(text: str) -> SafeString:
    """Escape what a person wrote and make its http(s) addresses clickable, the words unchanged."""
    parts = _ADDRESS.split(text)
    # Every second part is an address.
    shown = [
        _link(part) if turn % 2 else conditional_escape(part) for turn, part in enumerate(parts)
    ]
    return mark_safe("".join(shown))  # noqa: S308 - each part is escaped above


def _link(found: str) -> SafeString:
    address = found.rstrip(_CLOSING)
    return format_html(
        '<a href="{}" rel="nofollow noopener noreferrer">{}</a>{}',
        address,
        address,
        found[len(address) :],
    )
