"""Reading a provider's price list: what differs is written down, nothing is changed by it.

The list is an untrusted document. Whatever is wrong with it as a whole fails the reading under a
code of its own; what is wrong with a line leaves that line out. Source: docs/price-lists.md.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction

from accounts.models import User
from services.endpoints import dialect_of, endpoint_of
from services.models import Provider, Sync
from services.providers import client
from services.providers.errors import (
    AccountRefused,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    Refused,
)
from services.providers.offers import Offer
from services.syncing.nudging import nudge
from services.syncing.storing import PriceList, store
from services.syncing.terms import Terms, Unsound, terms_of

logger = logging.getLogger(__name__)

MIB = 1024 * 1024
# Beyond these it is no honest list: three times what the largest catalogue that we promise to keep
# needs (docs/performance.md).
LIST_LIMIT_BYTES = 8 * MIB
MOST_SERVICES = 30_000

UNFINISHED = (Sync.State.READING, Sync.State.OPEN)


class AlreadyOpen(Exception):
    """Another reading of this provider's list is under way or waits for somebody: `sync`."""

    def __init__(self, sync: Sync) -> None:
        super().__init__(f"sync {sync.pk} is {sync.state}")
        self.sync = sync


class Failed(Exception):
    """The list as a whole is of no use; `code` is kept in `Sync.failure`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def begin(*, provider_id: int, actor: User | None, at: datetime) -> Sync:
    """A reading that a worker takes up at once; no actor: the panel itself. Raises AlreadyOpen.

    A provider has one that is being read or looked at; the partial unique index decides a race.
    """
    with transaction.atomic():
        sync = _created(provider_id, actor, at) or _created(provider_id, actor, at)
        if sync is None:
            raise AlreadyOpen(Sync.objects.filter(provider=provider_id).latest("pk"))
        transaction.on_commit(partial(nudge, sync_id=sync.pk), robust=True)
    return sync


def _created(provider_id: int, actor: User | None, at: datetime) -> Sync | None:
    """None where the other one was closed at this very moment. Raises AlreadyOpen."""
    try:
        with transaction.atomic():
            return Sync.objects.create(provider_id=provider_id, actor=actor, began_at=at)
    except IntegrityError:
        others = Sync.objects.filter(provider=provider_id, state__in=UNFINISHED)
        if (other := others.first()) is not None:
            raise AlreadyOpen(other) from None
        return None


def read(*, sync_id: int, at: datetime) -> Sync:
    """Asks the provider and writes down what differs; returns the sync as it then is.

    OPEN: differences wait. APPLIED: there are none. FAILED: `failure` says why. One that somebody
    else has taken up, or that is read already, is left alone.
    """
    taken = Sync.objects.filter(pk=sync_id, state=Sync.State.READING, taken_at=None)
    if taken.update(taken_at=at):
        _read(sync_id, at)
    return Sync.objects.get(pk=sync_id)


def fail(*, sync_id: int, code: str, at: datetime) -> None:
    """Ends a reading without a result."""
    reading = Sync.objects.filter(pk=sync_id, state=Sync.State.READING)
    reading.update(state=Sync.State.FAILED, failure=code[:60], closed_at=at)


def _read(sync_id: int, at: datetime) -> None:
    try:
        price_list = _sorted_out(_fetch(sync_id))
    except Failed as failure:
        logger.info("sync %s failed: %s", sync_id, failure.code)
        fail(sync_id=sync_id, code=failure.code, at=at)
        return
    store(sync_id=sync_id, price_list=price_list, at=at)


def _fetch(sync_id: int) -> Offer:
    """One call, outside any transaction. Raises Failed."""
    try:
        provider = Provider.objects.get(syncs=sync_id)
        endpoint, dialect = endpoint_of(provider), dialect_of(provider)
    except NotSent as error:
        raise Failed("misconfigured") from error
    modest = min(dialect.services_limit_bytes, LIST_LIMIT_BYTES)
    try:
        return client.services(endpoint, dialect=replace(dialect, services_limit_bytes=modest))
    except ProviderError as error:
        raise Failed(_code(error)) from error


def _code(error: ProviderError) -> str:
    match error:
        case AccountRefused():
            return "account_refused"
        case NotSent(reason=reason):
            return f"not_sent_{reason}"
        case OutcomeUnknown(reason=reason):
            return f"answer_{reason}"
        case Refused():
            return "refused"
    return "unknown"


def _sorted_out(offer: Offer) -> PriceList:
    """What can be held, and why the rest cannot. Raises Failed."""
    lines = len(offer.services) + len(offer.rejected)
    if lines == 0:
        raise Failed("empty_list")
    if lines > MOST_SERVICES:
        raise Failed("too_many_services")
    offered: dict[str, Terms] = {}
    faults = [(item.reason, item.external_id) for item in offer.rejected]
    for service in offer.services:
        try:
            offered[service.external_id] = terms_of(service)
        except Unsound as fault:
            faults.append((str(fault), service.external_id))
    if not offered:
        raise Failed("nothing_readable")
    return PriceList(offered=offered, faults=faults)
