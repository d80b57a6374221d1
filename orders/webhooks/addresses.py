"""Where messages may go: https on the usual port, to public addresses, by the guard of calls to
providers. What a name leads to is asked with every delivery (docs/webhooks.md, "Addresses")."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from services.providers.errors import NotSent
from services.providers.guard import Target, is_public, parse_target

LONGEST = 500
_PORTS = frozenset({443})


class NotAnAddress(ValueError):
    """Nothing would ever be sent there; the message says what an address needs."""


def target_of(url: str) -> Target:
    """Raises NotSent("url"). Only hosts of WEBHOOK_DEV_HOSTS may be plain http or private."""
    dev_hosts = frozenset(settings.WEBHOOK_DEV_HOSTS)
    return parse_target(url, dev_hosts=dev_hosts, allowed_ports=_PORTS)


def check(url: str) -> str:
    """The address as it is stored: of one place there is one spelling. Raises NotAnAddress."""
    url = url.strip()
    if "@" in _authority(url):
        raise NotAnAddress(_("Leave out the user and password: our signature proves who we are."))
    try:
        target = target_of(url)
    except NotSent as error:
        words = _("Use https:// and a host's name in plain letters, without a port or a #fragment.")
        raise NotAnAddress(words) from error
    is_local = target.host == "localhost" or target.host.endswith(".localhost")
    if not target.is_dev and (is_local or _is_private(target.host)):
        raise NotAnAddress(_("This address is private: our servers cannot reach it."))
    spelt = f"{'https' if target.is_tls else 'http'}://{target.authority}{target.path}"
    if max(len(url), len(spelt)) > LONGEST:
        raise NotAnAddress(_("An address has at most {most} characters.").format(most=LONGEST))
    return spelt


def _authority(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _is_private(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return not is_public(host)
