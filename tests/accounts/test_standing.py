from __future__ import annotations

from datetime import datetime

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import ActLog, OutboundMail, User
from accounts.standing import change_standing

SUSPENDED = User.Standing.SUSPENDED


def test_a_change_is_logged_with_who_and_why(alice: User, olga: User, now: datetime) -> None:
    change_standing(
        user=alice, standing=SUSPENDED, reason="AUP 3", actor=olga, at=now, ip="203.0.113.1"
    )
    assert (alice.standing, alice.standing_reason, alice.is_active) == (SUSPENDED, "AUP 3", False)
    (act,) = ActLog.objects.all()
    assert (act.actor, act.target, act.reason) == (olga, f"user:{alice.pk}", "AUP 3")
    assert act.changes == {"standing": ["active", "suspended"]}


def test_the_same_again_is_no_act(alice: User, now: datetime) -> None:
    for _time in range(2):
        change_standing(user=alice, standing=SUSPENDED, reason="AUP", actor=None, at=now)
    assert ActLog.objects.count() == 1


def test_a_reactivated_customer_may_act_again(alice: User, now: datetime) -> None:
    for standing in (SUSPENDED, User.Standing.ACTIVE):
        change_standing(user=alice, standing=standing, reason="", actor=None, at=now)
    assert alice.is_active


def test_the_database_keeps_active_and_standing_together(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=alice.pk).update(standing=SUSPENDED)


def test_the_log_of_acts_is_append_only(alice: User, now: datetime) -> None:
    change_standing(user=alice, standing=SUSPENDED, reason="AUP", actor=None, at=now)
    for change in (ActLog.objects.all().delete, lambda: ActLog.objects.update(reason="")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_a_suspended_customer_is_told_why(alice: User, now: datetime) -> None:
    change_standing(
        user=alice,
        standing=User.Standing.SUSPENDED,
        reason="a disputed payment",
        actor=None,
        at=now,
    )
    letter = OutboundMail.objects.get()
    assert letter.recipient == alice.email
    assert "a disputed payment" in letter.body
