"""What a reference of the books stands for, in words and as a link for staff."""

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from wallet.gateways import registry

register = template.Library()

_NAMES = {
    "user": (_("This customer"), "wallet_staff:customer"),
    "deposit": (_("Top-up {number}"), "wallet_staff:payment"),
    "withdrawal": (_("Request {number}"), "wallet_staff:withdrawal"),
    "payout": (_("Payout {number}"), ""),
    "dispute": (_("Dispute {number}"), "wallet_staff:dispute"),
    "warning": (_("Fraud warning {number}"), "wallet_staff:warning"),
    "decision": (_("Decision {number}"), "wallet_staff:decision"),
    "unmatched": (_("Unmatched payment {number}"), "wallet_staff:unmatched_payment"),
    "order": (_("Order {number}"), "staff_orders:order_detail"),
}


@register.filter
def named(reference: str) -> SafeString | str:
    """ "dispute:3" -> a link that reads "Dispute 3"; what has no name stays as it is."""
    what, _colon, number = reference.partition(":")
    if what not in _NAMES or not number.isdecimal():
        return reference
    words, view = _NAMES[what]
    text = str(words).format(number=number)
    try:
        return format_html('<a href="{}">{}</a>', reverse(view, args=[number]), text)
    except NoReverseMatch:
        return text


@register.filter
def gateway_name(code: str) -> str:
    """What customers read for a gateway: "stripe" -> "Card"."""
    return str(registry.label_of(code))
