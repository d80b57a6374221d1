"""Asking providers about their orders: fairly, a hundred at a time, one caller per provider.

Due orders are read, not claimed: the caller's turn is what keeps others away, and a clock is
written once for each check, when the report of its order is applied. A worker that dies leaves its
batch due.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Mapping
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
from services.providers.errors import AccountRefused, OutcomeUnknown, ProviderError
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
# So many calls without a readable answer lead from a hundred orders to a single one. They begin
# within a few seconds: a turn has room for one slow call.
FRUITLESS = 7
_NARROWING_SECONDS = 4.0
# Reasons that are about no order: nothing came.
_UNANSWERED = ("deadline", "reset")


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
    """False when nothing was told, or when somebody else was asking by then."""
    with _out_of_the_way(batch, at):
        answers, error = _answers(provider, batch)
        if not _mine(provider.pk, turn).exists():
            # Whoever asks now is told more: what was told here would look like a relapse.
            return False
        if error is not None:
            unheard = [ours for theirs, ours in batch.items() if theirs not in answers]
            _note_silence(unheard, at=at)
        if error is not None and not answers:
            _note_failed_call(provider=provider, error=error, at=at)
            return False
        _note_answer(provider=provider)
        reports = {batch[external_id]: answer for external_id, answer in answers.items()}
        apply_reports(reports=reports, at=at)
    return True


def _answers(
    provider: Provider, batch: Mapping[str, int]
) -> tuple[dict[str, Report | Unreadable], ProviderError | None]:
    """What is told, and the last error if that is not about all. An answer that nobody can read may
    be the doing of one order in it, and the same for ever: it is asked for again in halves, as long
    as that leads anywhere."""
    answers: dict[str, Report | Unreadable] = {}
    error: ProviderError | None = None
    parts, fruitless, until = [list(batch)], 0, time.monotonic() + _NARROWING_SECONDS
    while parts and fruitless < FRUITLESS and time.monotonic() < until:
        part = parts.pop()
        try:
            answers |= client.statuses(
                endpoint_of(provider), external_ids=part, dialect=dialect_of(provider)
            )
            fruitless = 0
        except OutcomeUnknown as unreadable:
            error, fruitless = unreadable, fruitless + 1
            if unreadable.reason in _UNANSWERED:
                break
            if len(part) > 1:
                parts += [part[len(part) // 2 :], part[: len(part) // 2]]
        except ProviderError as refused:
            error = refused
            break
    return answers, error


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


def _note_silence(order_ids: Collection[int], *, at: datetime) -> None:
    """Nothing was told of them; they are asked about again soon, and then rarely."""
    soon, later = (
        at + timedelta(seconds=seconds) for seconds in (SECOND_LOOK_SECONDS, NEXT_LOOK_SECONDS)
    )
    heard = Order.objects.filter(pk__in=order_ids, silent_since=None).order_by("pk")
    with transaction.atomic():
        new = list(heard.select_for_update().values_list("pk", flat=True))
        Order.objects.filter(pk__in=new).update(silent_since=at)
        Clock.objects.filter(pk__in=order_ids).update(
            next_at=Case(When(pk__in=new, then=Value(soon)), default=Value(later))
        )


def _note_failed_call(*, provider: Provider, error: ProviderError, at: datetime) -> None:
    """A provider that fails is one outage (services.health), not one for each of its orders; they
    are silent all the same."""
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
