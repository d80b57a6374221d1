""" "You have an active order with this link": only a hint, unless the active one is ours.

If an order of ours for this link was accepted there, by the same service, before the request left,
and is still running after the answer, then it ran all the time: the provider turned the request
away, and turned away any repetition of it that a proxy may have made. Source: ADR 11.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from orders.models import ACCEPTED, Order, Submission
from orders.sending import seeking
from services.endpoints import dialect_of, endpoint_of
from services.providers import client
from services.providers.dialect import ReportState
from services.providers.reports import Report

REASON = "behind_own_order"
TRY_AGAIN = timedelta(minutes=15)
MOST = 100
_RUNNING = (ReportState.PENDING, ReportState.IN_PROGRESS, ReportState.PROCESSING)


def queue_behind_own(doubt: Submission, *, at: datetime) -> None:
    """Queues the order again if the one in its way is ours; else leaves it to staff.

    One call with no transaction open. Raises ProviderError.
    """
    numbers = _own_numbers(doubt)
    if not numbers:
        return
    provider = doubt.provider
    answers = client.statuses(
        endpoint_of(provider), external_ids=numbers, dialect=dialect_of(provider)
    )
    for number, answer in answers.items():
        if isinstance(answer, Report) and answer.state in _RUNNING:
            facts = {"behind": number}
            later = at + TRY_AGAIN
            seeking.send_again(doubt, reason=REASON, facts=facts, at=at, not_before=later)
            return


def _own_numbers(doubt: Submission) -> list[str]:
    own = Order.objects.filter(
        provider=doubt.provider_id,
        link_key=doubt.order.link_key,
        # A provider compares what it was sent: another spelling may be another link to it.
        submissions__request__link=doubt.request.get("link"),
        status__in=ACCEPTED,
        submissions__state=Submission.State.ACCEPTED,
        submissions__provider_service_id=doubt.provider_service_id,
        submissions__finished_at__lt=doubt.started_at,
    )
    return [str(number) for number in own.values_list("external_id", flat=True)[:MOST]]
