"""What went wrong with a call to a provider, in words that say what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from services.providers.errors import (
    AccountRefused,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    Refused,
)

ACCOUNT = _("The provider refuses the key, or our account there. Check the key.")
REFUSED = _("The provider refuses this call. Check the dialect.")
SILENT = _("No complete answer came in time. Try again; if it stays so, ask the provider.")

# Reasons of NotSent: nothing left, or it was turned away unread.
NOT_SENT: Mapping[str, str | Promise] = {
    "dialect": _("Its dialect cannot be used any more. Open it, mend what is marked and save it."),
    "key": _("The stored key cannot be read on this server. Open its settings and type it again."),
    "url": _("The address cannot be used. It begins with https:// and names a public host."),
    "address": _("The address leads into a private network: nothing is ever sent there."),
    "dns": _("Nobody knows this host. Look for a typing mistake in the address."),
    "connect": _("The host turns connections away. Check the address, or try again later."),
    "connect_timeout": _("The host does not answer. Check the address, or try again later."),
    "tls": _("The host's certificate is not valid, so the key was not sent. Tell the provider."),
    "deadline": _("There was no time left to send it. Try again."),
    "request": _("The key holds characters that cannot be sent. Copy it from the provider anew."),
    "rate_limited": _("The provider asks for a pause between calls. Try again in a minute."),
}
# Reasons of OutcomeUnknown: an answer came and says nothing that can be used.
ANSWER: Mapping[str, str | Promise] = {
    "not_json": _(
        "The answer is no API answer but probably a page. Use the address from the provider's API"
        " documentation; it often ends in /api/v2."
    ),
    "malformed_json": _("The answer is damaged. Try again; if it stays so, tell the provider."),
    "http_status": _(
        "The host answered with an error or a redirect. Use the exact address from the provider's"
        " API documentation."
    ),
    "unexpected_shape": _(
        "The answer has another form than expected. Try another dialect, or paste the answer into"
        " the answer tester."
    ),
    "unknown_error_text": _("The provider complains in words that are not known here."),
    "too_large": _("The answer is larger than any honest one and was not read to its end."),
}


def failure_words(error: ProviderError) -> str:
    """One or two sentences; what the provider itself said is quoted at the end."""
    if isinstance(error, AccountRefused):
        return _quoting(ACCOUNT, error.text)
    if isinstance(error, NotSent):
        return str(NOT_SENT.get(error.reason, SILENT))
    if isinstance(error, Refused):
        return _quoting(REFUSED, error.text)
    if isinstance(error, OutcomeUnknown):
        return _quoting(ANSWER.get(error.reason, SILENT), error.excerpt)
    return str(SILENT)


def _quoting(words: str | Promise, said: str) -> str:
    if not said:
        return str(words)
    return _now("%(words)s It said: “%(said)s”") % {"words": words, "said": said[:200]}
