"""Whether a provider is down or well: pure, from what its row and the panel's questions say.

Three things speak: orders that got neither yes nor no, checks of running orders, and questions
about our balance, which are asked also while nobody orders. Rules: docs/provider-health.md.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from services.models import Probe, Provider


def trouble_of(provider: Provider, probe: Probe) -> str:
    """Why the provider is down, in words for staff; "" where it is not, or where a person paused
    it and knows."""
    if provider.is_paused:
        return provider.pause_reason if provider.is_paused_by_panel else ""
    limit = provider.alerts_after_failures
    if probe.failures >= limit:
        return _("It does not tell our balance: {error}").format(error=probe.last_error)
    if provider.failures_in_a_row >= limit:
        return ngettext(
            "{count} order in a row got no answer.",
            "{count} orders in a row got no answer.",
            provider.failures_in_a_row,
        ).format(count=provider.failures_in_a_row)
    if provider.poll_failures >= limit:
        return ngettext(
            "{count} check of running orders in a row got no answer.",
            "{count} checks of running orders in a row got no answer.",
            provider.poll_failures,
        ).format(count=provider.poll_failures)
    return ""


def is_well(provider: Provider, probe: Probe, *, at: datetime) -> bool:
    """Whether nothing speaks against it now. A lane whose rest is over and that has no order to
    try is not held against it."""
    if provider.is_paused_by_panel or probe.failures:
        return False
    is_resting = provider.tripped_until is not None and provider.tripped_until > at
    return not is_resting and provider.poll_failures < provider.alerts_after_failures
