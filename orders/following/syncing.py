"""Asking providers about their orders: fairly, a hundred at a time, one caller per provider.

Due orders are read, not claimed: the caller's turn is what keeps others away, and a clock is
written once for each check, when the report of its order is applied. A worker that dies leaves its
batch due.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Least

from orders.following.reporting import apply_reports
from orders.models import Clock, Order
from services.endpoints import dialect_of, endpoint_of
from services.models import Provider
from services.pausing import pause_provider
from services.providers import client
from services.providers.errors import AccountRefused, ProviderError
from services.providers.reports import Report, Unreadable

logger = logging.getLogger(__name__)

BATCH = 100
# What could not be asked about, or not be written down, does not stand in front of the others.
NEXT_LOOK_SECONDS = 60
# An order whose check failed for the first time: whether the provider is down shows soon.
SECOND_LOOK_SECONDS = 20
# One caller asks a provider at a time; a hanging one holds one thread, not the worker. His turn
# outlasts the last call that he begins in it.
TURN_SECONDS = 60
ASKING_SECONDS = 35.0


def providers_due(*, at: datetime) -> list[int]:
    """Providers with an order to ask about: one look into an index for each, however many wait."""
    due = Clock.objects.due(at=at).filter(provider=OuterRef("pk"))
    return list(Provider.objects.filter(Exists(due)).values_list("pk", flat=True))


def poll(*, provider_id: int, at: datetime) -> int:
    """Asks one provider about its due orders, a hundred in a call; returns how many were asked.

    Garbage in an answer stays with the orders it is about; after a failed call the turn ends, and
    the orders are asked again later. Does nothing while somebody else asks this provider.
    """
    turn = _take_turn(provider_id=provider_id, at=at)
    if turn is None:
        return 0
    provider = Provider.objects.get(pk=provider_id)
    until, asked, since = time.monotonic() + ASKING_SECONDS, 0, None
    while True:
        batch, since = _due(provider_id=provider_id, at=at, since=since)
        asked += len(batch)
        if not batch or not _ask(provider=provider, batch=batch, turn=turn, at=at):
            break
        if len(batch) < BATCH or time.monotonic() > until:
            break
    _mine(provider_id, turn).update(polling_until=None)
    return asked


def _take_turn(*, provider_id: int, at: datetime) -> datetime | None:
    """The end of the turn, which tells it from every other; None while somebody else asks."""
    free = Q(polling_until=None) | Q(polling_until__lt=at)
    until = at + timedelta(seconds=TURN_SECONDS)
    taken = Provider.objects.filter(free, pk=provider_id).update(polling_until=until)
    return until if taken else None


def _mine(provider_id: int, turn: datetime) -> QuerySet[Provider]:
    """The provider, unless the turn ran out and somebody else has it."""
    return Provider.objects.filter(pk=provider_id, polling_until=turn)


def _ask(*, provider: Provider, batch: Mapping[str, int], turn: datetime, at: datetime) -> bool:
    """One call; False when it failed as a whole, or came back when somebody else was asking."""
    with _out_of_the_way(batch, at):
        answers = _answers(provider, batch)
        if not _mine(provider.pk, turn).exists():
            # Whoever asks now is told more: what was told here would look like a relapse.
            return False
        if isinstance(answers, ProviderError):
            _note_failed_call(provider=provider, batch=batch, error=answers, at=at)
            return False
        _note_answer(provider=provider)
        reports = {order_id: answers[external_id] for external_id, order_id in batch.items()}
        apply_reports(reports=reports, at=at)
    return True


def _answers(
    provider: Provider, batch: Mapping[str, int]
) -> Mapping[str, Report | Unreadable] | ProviderError:
    try:
        return client.statuses(
            endpoint_of(provider), external_ids=list(batch), dialect=dialect_of(provider)
        )
    except ProviderError as error:
        return error


@contextmanager
def _out_of_the_way(batch: Mapping[str, int], at: datetime) -> Iterator[None]:
    """Whatever nobody has foreseen about a batch fails once a minute, and others are asked about
    in between."""
    try:
        yield
    except Exception:
        later = at + timedelta(seconds=NEXT_LOOK_SECONDS)
        Clock.objects.filter(pk__in=batch.values()).update(next_at=later)
        raise


def _note_failed_call(
    *, provider: Provider, batch: Mapping[str, int], error: ProviderError, at: datetime
) -> None:
    """A provider that fails is one outage (services.health), not one for each of its orders; they
    are silent all the same."""
    soon, later = (
        at + timedelta(seconds=seconds) for seconds in (SECOND_LOOK_SECONDS, NEXT_LOOK_SECONDS)
    )
    heard = Order.objects.filter(pk__in=batch.values(), silent_since=None).order_by("pk")
    with transaction.atomic():
        new = list(heard.select_for_update().values_list("pk", flat=True))
        Order.objects.filter(pk__in=new).update(silent_since=at)
        Clock.objects.filter(pk__in=batch.values()).update(
            next_at=Case(When(pk__in=new, then=Value(soon)), default=Value(later))
        )
    logger.warning("provider %s: status call failed: %s", provider.pk, type(error).__name__)
    if isinstance(error, AccountRefused):
        pause_provider(provider_id=provider.pk, reason=error.text, at=at)
    Provider.objects.filter(pk=provider.pk).update(
        poll_failures=Least(F("poll_failures") + 1, Value(1000))
    )


def _note_answer(*, provider: Provider) -> None:
    if provider.poll_failures:
        provider.poll_failures = 0
        Provider.objects.filter(pk=provider.pk).update(poll_failures=0)


def forget_silence() -> int:
    """A provider that has no order left to ask about is not held to be silent about them."""
    asked = Clock.objects.filter(provider=OuterRef("pk"), next_at__isnull=False)
    failing = Provider.objects.filter(poll_failures__gt=0)
    return failing.exclude(Exists(asked)).update(poll_failures=0)


def _due(
    *, provider_id: int, at: datetime, since: datetime | None
) -> tuple[dict[str, int], datetime | None]:
    """What has waited longest, as numbers there and here, and the time to go on from: what was
    asked about in this turn is not due any more, and its place in the index is passed over."""
    due = Clock.objects.due(at=at).filter(provider_id=provider_id)
    if since is not None:
        due = due.filter(next_at__gte=since)
    rows = due.order_by("next_at").values_list("external_id", "pk", "next_at")[:BATCH]
    found = list(rows)
    return {theirs: ours for theirs, ours, _at in found}, found[-1][2] if found else since
