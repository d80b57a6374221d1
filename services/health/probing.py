"""Asking every provider for our balance: whether it still answers, and what we have left there.

One call, never in a transaction, also to providers that nobody orders from. One that answered is
asked again after half a minute, one that did not after ten seconds; once it is down, ever more
rarely, and its lane rests until it answers. The periods make staff hear of it within two minutes:
`longest_until_alert`. Rules: docs/provider-health.md.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from services import breaking
from services.endpoints import dialect_of, endpoint_of
from services.health import balances, outages
from services.models import BalanceReading, Probe, Provider
from services.pausing import resume_provider
from services.providers import client
from services.providers.errors import (
    AccountRefused,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    Refused,
)
from services.providers.reports import Balance

logger = logging.getLogger(__name__)

AFTER_AN_ANSWER = timedelta(seconds=30)
AFTER_A_FAILURE = timedelta(seconds=10)
FIRST_BACK_OFF = timedelta(seconds=30)
LONGEST_BACK_OFF = timedelta(minutes=2)
DEADLINE_SECONDS = 8.0
# A rest outlives the next question, so that no order is tried before its answer.
_MARGIN = timedelta(seconds=40)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a question: the balance, or why there is none; `trouble` is "" where the
    provider answered at all, `is_refused` where it refuses our account."""

    balance: Balance | None
    trouble: str
    is_refused: bool = False


Asker = Callable[[Provider], Heard]


def pause_after(*, failures: int, limit: int) -> timedelta:
    """From one question to the next."""
    if not failures:
        return AFTER_AN_ANSWER
    if failures < limit:
        return AFTER_A_FAILURE
    doublings = min(failures - limit, 10)
    return min(FIRST_BACK_OFF * (1 << doublings), LONGEST_BACK_OFF)


def longest_until_alert(*, failures: int, sweep_seconds: float) -> float:
    """Seconds from the moment a provider falls silent until the row of the mail, at the worst:
    just after an answer, every sweep late by its whole period, every question hanging."""
    first = AFTER_AN_ANSWER.total_seconds() + sweep_seconds
    again = max(AFTER_A_FAILURE.total_seconds(), DEADLINE_SECONDS) + sweep_seconds
    return first + (failures - 1) * again + DEADLINE_SECONDS


def due(*, at: datetime) -> list[int]:
    """Providers to ask now. What was never asked gets its row here."""
    new = Provider.objects.filter(probe=None, is_manual=False).values_list("pk", flat=True)
    Probe.objects.bulk_create([Probe(provider_id=pk) for pk in new], ignore_conflicts=True)
    probes = Probe.objects.select_related("provider").order_by("provider")
    return [probe.provider_id for probe in probes if _is_due(probe, at=at)]


def _is_due(probe: Probe, *, at: datetime) -> bool:
    limit = probe.provider.alerts_after_failures
    pause = pause_after(failures=probe.failures, limit=limit)
    return probe.asked_at is None or probe.asked_at + pause <= at


def ask(provider: Provider) -> Heard:
    """One call; every way it can end is a value. A no is an answer: not every provider tells a
    balance."""
    try:
        dialect = replace(dialect_of(provider), read_deadline_seconds=DEADLINE_SECONDS)
        return Heard(client.balance(endpoint_of(provider), dialect=dialect), "")
    except Refused:
        return Heard(None, "")
    except AccountRefused as error:
        return Heard(None, str(error)[:300], is_refused=True)
    except ProviderError as error:
        return Heard(None, "" if _is_an_answer(error) else _words(error))


def _is_an_answer(error: ProviderError) -> bool:
    if isinstance(error, NotSent):
        return error.reason == "rate_limited"
    return isinstance(error, OutcomeUnknown) and error.reason == "no_balance"


def _words(error: ProviderError) -> str:
    if isinstance(error, NotSent) and error.reason == "key":
        return _("the stored key cannot be read on this server: type it again")
    excerpt = error.excerpt if isinstance(error, OutcomeUnknown) else ""
    return " · ".join(part for part in (str(error), excerpt) if part)[:300]


def probe(*, provider_id: int, at: datetime, asker: Asker = ask) -> None:
    """Asks one provider if it is due and nobody else is at it, and acts on the answer."""
    row = Probe.objects.select_related("provider").get(provider=provider_id)
    if not _is_due(row, at=at) or not _claim(row, at=at):
        return
    began = time.monotonic()
    heard = asker(row.provider)
    took = timedelta(seconds=time.monotonic() - began)
    if heard.trouble:
        _note_silence(row, heard, at=at + took)
    else:
        _note_answer(row, heard, took=took, at=at + took)


def _claim(row: Probe, *, at: datetime) -> bool:
    """By compare-and-set: of two workers that saw the same row, one asks."""
    same = Probe.objects.filter(pk=row.pk, asked_at=row.asked_at)
    return bool(same.update(asked_at=at))


def _note_silence(row: Probe, heard: Heard, *, at: datetime) -> None:
    logger.warning("provider %s: %s", row.provider_id, heard.trouble)
    with transaction.atomic():
        provider = _lock(row.provider_id)
        Probe.objects.filter(pk=row.pk).update(
            failures=F("failures") + 1,
            last_error=heard.trouble,
            last_error_at=at,
            is_refused=row.is_refused or heard.is_refused,
        )
        failures, limit = row.failures + 1, provider.alerts_after_failures
        if failures >= limit:
            pause = pause_after(failures=failures, limit=limit)
            breaking.rest(provider_id=provider.pk, until=at + pause + _MARGIN)
        outages.follow(provider_id=provider.pk, at=at)


def _note_answer(row: Probe, heard: Heard, *, took: timedelta, at: datetime) -> None:
    with transaction.atomic():
        provider = _lock(row.provider_id)
        Probe.objects.filter(pk=row.pk).update(
            failures=0,
            answered_at=at,
            latency_ms=int(took.total_seconds() * 1000),
            is_refused=row.is_refused and heard.balance is None,
        )
        if row.failures:
            breaking.try_one(provider_id=provider.pk)
        before = balances.latest(provider.pk)
        if heard.balance is not None and _is_worth_keeping(row, provider, before, at=at):
            balances.store(provider=provider, balance=heard.balance, at=at)
        if provider.is_paused_by_panel and _takes_orders_again(row, provider, heard.balance):
            resume_provider(provider_id=provider.pk, actor=None, at=at)
        outages.follow(provider_id=provider.pk, at=at)


def _lock(provider_id: int) -> Provider:
    return Provider.objects.select_for_update(no_key=True).get(pk=provider_id)


def _is_worth_keeping(
    row: Probe, provider: Provider, before: BalanceReading | None, *, at: datetime
) -> bool:
    """Every quarter of an hour, when a person asked, and what we had left when it paused."""
    if before is None or row.asked_at is None or before.read_at + balances.EVERY <= at:
        return True
    paused_at = provider.paused_at if provider.is_paused_by_panel else None
    return paused_at is not None and before.read_at < paused_at


def _takes_orders_again(row: Probe, provider: Provider, balance: Balance | None) -> bool:
    """The account that it refused is good again: it tells the balance after it had refused our
    account that, too, or the balance is higher than just after the pause. A question that got lost
    proves nothing."""
    if balance is None:
        return False
    if row.is_refused:
        return True
    after = BalanceReading.objects.filter(provider=provider, read_at__gte=provider.paused_at)
    left = after.order_by("read_at").first()
    return left is not None and balances.micros_of(balance) > left.amount_micros
