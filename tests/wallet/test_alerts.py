"""One mail for each time that a balance falls below its mark."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.models import OutboundMail, User
from tests.databases import TestDatabase
from tests.factories import MICROS, fund
from tests.races import at_once
from wallet import alerts, ledger
from wallet.models import BalanceAlert


def spend(user: User, micros: int, *, order: int, at: datetime) -> None:
    ledger.hold_for_order(
        customer_id=user.pk, charge_micros=micros, reference=f"order:{order}", at=at
    )


@pytest.fixture
def watched(db: None, alice: User) -> User:
    fund(alice, 10 * MICROS)
    alerts.set_alert(customer_id=alice.pk, below_micros=5 * MICROS)
    return alice


def test_a_balance_at_the_mark_is_not_below_it(watched: User, now: datetime) -> None:
    spend(watched, 5 * MICROS, order=1, at=now)
    assert alerts.send_due_alerts(at=now) == 0


def test_one_mail_for_each_fall(watched: User, now: datetime) -> None:
    spend(watched, 6 * MICROS, order=1, at=now)
    assert [alerts.send_due_alerts(at=now) for _ in range(2)] == [1, 0]
    fund(watched, 10 * MICROS)
    assert alerts.send_due_alerts(at=now) == 0
    spend(watched, 10 * MICROS, order=2, at=now)
    assert alerts.send_due_alerts(at=now + timedelta(hours=1)) == 1
    texts = OutboundMail.objects.filter(recipient=watched.email).order_by("pk")
    assert [mail.subject for mail in texts] == ["Your balance is $4.00"] * 2


def test_who_never_had_money_is_below_every_mark(db: None, bob: User, now: datetime) -> None:
    alerts.set_alert(customer_id=bob.pk, below_micros=1)
    assert alerts.send_due_alerts(at=now) == 1


def test_sweeps_at_once_write_one_mail(fresh_db: TestDatabase, alice: User, now: datetime) -> None:
    alerts.set_alert(customer_id=alice.pk, below_micros=1)
    assert sum(at_once(8, lambda: alerts.send_due_alerts(at=now))) == 1
    assert OutboundMail.objects.filter(recipient=alice.email).count() == 1


class TestThePage:
    def test_sets_changes_and_removes_the_mark(self, client: Client, alice: User) -> None:
        client.force_login(alice)
        client.post("/wallet/alert/", {"below": "7.50"})
        assert BalanceAlert.objects.get().below_micros == 7_500_000
        assert b'value="7.50"' in client.get("/wallet/alert/").content
        client.post("/wallet/alert/", {"below": ""})
        assert not BalanceAlert.objects.exists()

    @pytest.mark.parametrize("typed", ["0", "-1", "1e2", "٣", "5 5"])
    def test_keeps_what_it_cannot_read(self, client: Client, alice: User, typed: str) -> None:
        client.force_login(alice)
        response = client.post("/wallet/alert/", {"below": typed})
        assert response.status_code == 422
        assert f'value="{typed}"' in response.content.decode()
        assert not BalanceAlert.objects.exists()
