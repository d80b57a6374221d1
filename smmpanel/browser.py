"""What a browser may load and where it may send a form: no line of script or style in a page."""

from collections.abc import Iterable

from csp.constants import NONE, SELF


def content_policy(*, gateways: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """Return the policy for django-csp. `gateways` are origins that a payment's form leads to."""
    return {
        "DIRECTIVES": {
            "default-src": [NONE],
            "script-src": [SELF],
            "style-src": [SELF],
            "img-src": [SELF, "data:"],
            "font-src": [SELF],
            "connect-src": [SELF],
            "form-action": [SELF, *gateways],
            "base-uri": [NONE],
            "object-src": [NONE],
            "frame-ancestors": [NONE],
        }
    }
