"""One mail a day to whoever asked for it, about what changed of his favourites.

Only the outcome counts: a price that went up and down again is no news. Nobody is told twice: the
row that says until when he was told is moved on in the transaction that writes the mail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import mail
from services.models import CatalogueUpdate, Favourite, Service, UpdateMail
from services.updates.words import change_words

Kind = CatalogueUpdate.Kind

# A change is dated by the beginning of its transaction: by then it has surely been committed.
SETTLED = timedelta(minutes=10)
MOST_LINES = 50
_SALT = "services.updates.mailing"


class NotALink(Exception):
    """Nobody was sent this link."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a service; prices per 1000 in micros, the old one None where it is new."""

    service: Service
    is_on_sale: bool
    was_on_sale: bool
    old_rate_micros: int | None
    new_rate_micros: int

    @property
    def is_news(self) -> bool:
        return self.is_on_sale != self.was_on_sale or (
            self.is_on_sale and self.old_rate_micros != self.new_rate_micros
        )


def subscribe(*, customer_id: int, at: datetime) -> None:
    """From now on; who gets the mail already keeps what he was told."""
    UpdateMail.objects.get_or_create(
        customer_id=customer_id, defaults={"told_until": at, "since": at}
    )


def unsubscribe(*, customer_id: int) -> None:
    UpdateMail.objects.filter(customer_id=customer_id).delete()


def stop_link(customer_id: int) -> str:
    """An address that stops the mails of this customer without a log-in, and does nothing else."""
    token = signing.dumps(customer_id, salt=_SALT)
    site: str = settings.SITE_URL.rstrip("/")
    return site + reverse("services:update_stop", args=[token])


def customer_of(token: str) -> int:
    """Whose mails a link stops. Raises NotALink."""
    try:
        customer_id: int = signing.loads(token, salt=_SALT)
    except signing.BadSignature as error:
        raise NotALink from error
    return customer_id


def send_due(*, at: datetime) -> int:
    """Writes a mail to each who asked for it and has news; returns how many."""
    until = at - SETTLED
    news = Q(
        customer__favourites__service__updates__at__gt=F("told_until"),
        customer__favourites__service__updates__at__lte=until,
    )
    due = UpdateMail.objects.filter(news, customer__is_active=True)
    return sum(_tell(pk, until=until, at=at) for pk in due.values_list("pk", flat=True).distinct())


def _tell(pk: int, *, until: datetime, at: datetime) -> bool:
    with transaction.atomic():
        # Two sweeps at once: the later one finds nothing new.
        row = UpdateMail.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None or row.told_until >= until:
            return False
        changes = [change for change in _changes(row, until=until) if change.is_news]
        UpdateMail.objects.filter(pk=pk).update(told_until=until)
        if changes:
            _write(row, changes, at=at)
    return bool(changes)


def _changes(row: UpdateMail, *, until: datetime) -> Iterable[Change]:
    favourites = Favourite.objects.filter(customer=row.customer_id)
    country = row.customer.country
    for favourite in favourites.select_related("service").order_by("service_id"):
        since = max(row.told_until, favourite.since)
        updates = favourite.service.updates.filter(at__gt=since, at__lte=until).order_by("id")
        found = list(updates)
        if found and favourite.service.is_sold_in(country):
            yield _outcome(favourite.service, found)


def _outcome(service: Service, updates: list[CatalogueUpdate]) -> Change:
    first, last = updates[0], updates[-1]
    came = (Kind.NEW, Kind.BACK)
    return Change(
        service=service,
        is_on_sale=last.kind != Kind.OFF,
        was_on_sale=first.kind not in came,
        old_rate_micros=first.new_rate_micros
        if first.kind in (*came, Kind.OFF)
        else first.old_rate_micros,
        new_rate_micros=last.new_rate_micros or 0,
    )


def _write(row: UpdateMail, changes: list[Change], *, at: datetime) -> None:
    stop = stop_link(row.customer_id)
    mail.enqueue(
        key=f"favourites:{row.pk}:{row.told_until.isoformat()}",
        recipient=row.customer.email,
        template="favourites_changed",
        context={
            "lines": [_line(change) for change in changes[:MOST_LINES]],
            "further": max(len(changes) - MOST_LINES, 0),
            "url": settings.SITE_URL.rstrip("/") + reverse("services:updates") + "?mine=1",
            "stop_url": stop,
        },
        unsubscribe_url=stop,
        at=at,
    )


def _line(change: Change) -> str:
    name = f"{change.service.pk} {change.service.name}"
    if not change.is_on_sale:
        return _("%(name)s: no longer on sale") % {"name": name}
    line = change_words(name, change.old_rate_micros, change.new_rate_micros)
    return line if change.was_on_sale else _("%(line)s (on sale)") % {"line": line}
