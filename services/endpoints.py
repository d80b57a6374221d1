"""A provider row as the client wants it: address, key and dialect."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from services.dialects import dialect_from
from services.models import Provider
from services.providers.changing import BadChanges
from services.providers.client import Endpoint
from services.providers.dialect import Dialect
from services.providers.errors import NotSent
from services.providers.guard import is_public, parse_target
from services.providers.presets import UnknownPreset


class NotAnAddress(ValueError):
    """No request would ever be sent there; the message says what an address needs."""


def check_address(url: str) -> None:
    """The client's own check, before anything is stored. Raises NotAnAddress.

    A name is looked up with each request alone: what it leads to may change.
    """
    endpoint = Endpoint(url=url, key="", dev_hosts=frozenset(settings.PROVIDER_DEV_HOSTS))
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise NotAnAddress(_("Leave out the user and password: the API key has its own field."))
    try:
        target = parse_target(
            url, dev_hosts=endpoint.dev_hosts, allowed_ports=endpoint.allowed_ports
        )
    except NotSent as error:
        words = _("Use https:// and a host's name in plain letters, without a port or a #fragment.")
        raise NotAnAddress(words) from error
    if _is_address(target.host) and not (target.is_dev or is_public(target.host)):
        raise NotAnAddress(_("This address is private: nothing is ever sent there."))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def endpoint_of(provider: Provider) -> Endpoint:
    """Address and key; hosts that may be plain http or private come from the settings alone. With a
    key that cannot be read the client sends nothing."""
    return Endpoint(
        url=provider.url, key=provider.api_key, dev_hosts=frozenset(settings.PROVIDER_DEV_HOSTS)
    )


def dialect_of(provider: Provider) -> Dialect:
    """Its preset with its changes, and the refusals that staff have learnt from it.

    Raises NotSent("dialect") for a row that no form has checked: better that nothing is sent than
    that it is misunderstood.
    """
    try:
        return dialect_from(
            preset_name=provider.dialect_preset,
            changes=provider.dialect_changes,
            refusal_texts=[str(text) for text in provider.refusal_texts],
        )
    except (BadChanges, UnknownPreset) as error:
        raise NotSent("dialect") from error
