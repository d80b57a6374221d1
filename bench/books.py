"""How long it takes to prove the books, to fold a long history, and to look at it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from legal.presets import STARTER
from legal.publishing import install_defaults
from tests.factories import service
from wallet import snapshots, verification
from wallet.lots.fold import fold
from wallet.lots.history import movements_of
from wallet.lots.reading import read_history, read_holdings
from wallet.lots.terms import terms_of
from wallet.models import Transfer

SQL = Path(__file__).with_name("books.sql")
# Of 60 orders, 100 transfers are the customer's own and 60 the house's.
BIG_ORDERS = 60_000
OTHERS, OTHER_ORDERS = 5_250, 60


@dataclass(frozen=True, slots=True)
class Measured:
    """`seconds` of one thing; `limit_seconds` where one is promised."""

    name: str
    seconds: float
    limit_seconds: float | None = None


def prepare() -> int:
    """A migrated database with the trade of books.sql; returns the number of the big customer."""
    call_command("migrate", verbosity=0)
    install_defaults(policy=STARTER, at=timezone.now())
    service()
    people = get_user_model().objects.bulk_create(
        User(email=f"customer{number}@example.com", password="!") for number in range(OTHERS + 1)
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bench_customer (owner_id bigint, orders integer)")
        cursor.executemany(
            "INSERT INTO bench_customer VALUES (%s, %s)",
            [(person.pk, OTHER_ORDERS) for person in people[1:]] + [(people[0].pk, BIG_ORDERS)],
        )
        cursor.execute(SQL.read_text(encoding="utf-8"))
        cursor.execute("VACUUM ANALYZE")
    return people[0].pk


def measure(big: int) -> list[Measured]:
    """Everything on one database, in this order."""
    movements = list(movements_of(customer_id=big))
    rule = terms_of(customer_ids=[big])[big].expires_at
    small = User.objects.exclude(pk=big).latest("pk").pk
    return [
        Measured(
            "fold 100,000 transfers of one customer (processor time)",
            best(lambda: fold(movements, expires_at=rule), clock=time.process_time),
            1,
        ),
        Measured("read and fold them", best(lambda: read_history(customer_id=big))),
        Measured("prove 1 M transfers, without snapshots", once(prove), 60),
        Measured("take the snapshots that are due", once(take_snapshots)),
        Measured("read those lots from the snapshot", best(lambda: read_holdings(customer_id=big))),
        Measured("prove 1 M transfers, with snapshots", once(prove), 60),
        *pages(big, small),
    ]


def pages(big: int, small: int) -> list[Measured]:
    """A page must not grow with the history behind it."""
    short, long = best(page_of(small)), best(page_of(big))
    return [
        Measured("wallet page, 100 transfers", short),
        Measured("wallet page, 100,000 transfers", long, 2 * short),
    ]


def transfers() -> int:
    return Transfer.objects.count()


def prove() -> None:
    report = verification.prove()
    if not report.is_ok:
        broken = [finding for finding in report.findings if not finding.is_ok]
        raise SystemExit(f"the books of the bench do not agree: {broken}")


def take_snapshots() -> None:
    snapshots.take_due(at=timezone.now())


def page_of(customer_id: int) -> Callable[[], None]:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(pk=customer_id))
    page = reverse("wallet:wallet")

    def look() -> None:
        answer = client.get(page)
        if answer.status_code != HTTPStatus.OK:
            raise SystemExit(f"{page}: {answer.status_code}")

    return look


def once(act: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    began = clock()
    act()
    return clock() - began


def best(
    act: Callable[[], object], rounds: int = 5, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The shortest of several: what else the machine does can only add to it."""
    return min(once(act, clock) for _round in range(rounds))
