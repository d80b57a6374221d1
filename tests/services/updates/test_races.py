"""Two who write or tell at once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import OutboundMail, User
from services.models import CatalogueUpdate, Favourite, Service
from services.updates import mailing
from tests.databases import TestDatabase
from tests.factories import category, service
from tests.races import all_at_once, at_once

DAY = timedelta(days=1)


def test_sweeps_at_once_write_one_mail(fresh_db: TestDatabase, alice: User) -> None:
    now = timezone.now()
    chosen = service()
    CatalogueUpdate.objects.update(at=now - 2 * DAY)
    Favourite.objects.create(customer=alice, service=chosen, since=now - DAY)
    mailing.subscribe(customer_id=alice.pk, at=now - DAY)
    Service.objects.update(is_active=False)
    assert sum(at_once(6, lambda: mailing.send_due(at=now + DAY))) == 1
    assert OutboundMail.objects.filter(key__startswith="favourites:").count() == 1


def two_who_cross() -> None:
    """Two change two services in opposite orders, and try to meet half-way."""
    one, two = (service(category=category(f"Kind {number}")).pk for number in range(2))
    half_way = Barrier(2, timeout=1)

    def write(first: int, second: int) -> None:
        with transaction.atomic():
            Service.objects.filter(pk=first).update(position=1)
            with suppress(BrokenBarrierError):
                half_way.wait()
            Service.objects.filter(pk=second).update(position=1)

    all_at_once(lambda: write(one, two), lambda: write(two, one))


def test_writers_of_the_catalogue_never_wait_in_a_circle(fresh_db: TestDatabase) -> None:
    """The number of the catalogue comes before any row: the second writer waits for it."""
    two_who_cross()
    assert Service.objects.filter(position=1).count() == 2


def test_without_the_number_they_do(fresh_db: TestDatabase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER services_service_version ON services_service")
    with pytest.raises(OperationalError, match="deadlock"):
        two_who_cross()
