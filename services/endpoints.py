"""A provider row as the client wants it: address, key and dialect."""

from dataclasses import replace

from django.conf import settings

from services.models import Provider
from services.providers.client import Endpoint
from services.providers.dialect import API_V2, Dialect


def endpoint_of(provider: Provider) -> Endpoint:
    """Address and key; hosts that may be plain http or private come from the settings alone."""
    return Endpoint(
        url=provider.url, key=provider.api_key, dev_hosts=frozenset(settings.PROVIDER_DEV_HOSTS)
    )


def dialect_of(provider: Provider) -> Dialect:
    """API v2 with the refusals that staff have learnt from this provider."""
    learnt = tuple(str(text) for text in provider.refusal_texts)
    return replace(API_V2, refusal_texts=API_V2.refusal_texts + learnt) if learnt else API_V2
