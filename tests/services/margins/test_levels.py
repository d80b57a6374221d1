from __future__ import annotations

from datetime import datetime

import pytest

from accounts.models import OutboundMail, User
from orders.models import Order
from orders.placing import placement
from orders.placing.asking import OrderRequest
from orders.placing.inserting import insert
from orders.refusals import OrderRefused, RefusalCode
from services import tasks
from services.margins.levels import raise_levels, standing_of
from services.models import GroupMembership, PriceGroup
from tests import factories
from tests.factories import MICROS
from wallet import ledger
from wallet.spent import spent_by

pytestmark = pytest.mark.django_db


def level(name: str, spend_from_micros: int, discount_bp: int = 500) -> PriceGroup:
    return PriceGroup.objects.create(
        name=name, spend_from_micros=spend_from_micros, discount_bp=discount_bp
    )


def delivered(customer: User, now: datetime, due_micros: int = 0) -> Order:
    """An order of a dollar, done; of which so much went back."""
    placed = factories.order(customer)
    reference = f"order:{placed.pk}"
    if due_micros:
        ledger.refund(customer_id=customer.pk, reference=reference, due_micros=due_micros, at=now)
    ledger.settle(reference=reference, at=now)
    return placed


def test_spent_is_what_was_delivered_less_what_went_back(
    alice: User, bob: User, now: datetime
) -> None:
    delivered(alice, now)
    delivered(alice, now, due_micros=300_000)
    factories.order(alice)  # in progress
    delivered(bob, now, due_micros=MICROS)
    assert (spent_by(customer_id=alice.pk), spent_by(customer_id=bob.pk)) == (1_700_000, 0)


def test_a_refund_after_the_end_is_no_spending(alice: User, now: datetime) -> None:
    done = delivered(alice, now)
    reference = f"order:{done.pk}"
    ledger.refund(customer_id=alice.pk, reference=reference, due_micros=400_000, at=now)
    assert spent_by(customer_id=alice.pk) == 600_000


def test_whoever_spent_enough_rises_once_and_is_told_once(
    alice: User, bob: User, now: datetime
) -> None:
    silver, gold = level("Silver", MICROS), level("Gold", 1_950_000)
    delivered(alice, now)
    tasks.raise_levels()
    assert (GroupMembership.objects.get().group, raise_levels(at=now)) == (silver, 0)
    delivered(alice, now)
    assert raise_levels(at=now) == 1
    assert GroupMembership.objects.get().group == gold
    subjects = OutboundMail.objects.filter(key__startswith="level:").order_by("pk")
    assert [mail.subject for mail in subjects] == [
        "You have reached Silver",
        "You have reached Gold",
    ]
    assert not GroupMembership.objects.filter(customer=bob).exists()


def test_nobody_falls_and_staffs_choice_stays(alice: User, bob: User, now: datetime) -> None:
    silver, gold = level("Silver", MICROS), level("Gold", 2 * MICROS)
    friends = PriceGroup.objects.create(name="Friends", discount_bp=1)
    GroupMembership.objects.create(customer=alice, group=gold, source="loyalty")
    GroupMembership.objects.create(customer=bob, group=friends, source="staff")
    for customer in (alice, bob):
        delivered(customer, now)
    assert raise_levels(at=now) == 0
    found = dict(GroupMembership.objects.values_list("customer", "group"))
    assert found == {alice.pk: gold.pk, bob.pk: friends.pk}
    assert silver.pk not in found.values()


def test_a_customer_sees_how_much_is_missing(alice: User, now: datetime) -> None:
    silver, gold = level("Silver", MICROS), level("Gold", 3 * MICROS)
    assert standing_of(alice).missing_micros == MICROS
    delivered(alice, now)
    raise_levels(at=now)
    found = standing_of(alice)
    assert found.membership is not None
    assert (found.membership.group, found.next_level, found.missing_micros) == (
        silver,
        gold,
        2 * MICROS,
    )


def test_without_levels_there_is_nothing_to_reach(alice: User, now: datetime) -> None:
    delivered(alice, now)
    assert raise_levels(at=now) == 0
    assert standing_of(alice).next_level is None


def test_a_group_that_changes_while_ordering_charges_nothing(
    alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = factories.service()
    factories.fund(alice)
    mine = GroupMembership.objects.create(customer=alice, group=level("Silver", MICROS))

    def leave_and_insert(*args: object, **named: object) -> int:
        """Staff take the customer out of the group between the quote and the order."""
        GroupMembership.objects.filter(pk=mine.pk).delete()
        return insert(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(placement, "insert", leave_and_insert)
    asked = OrderRequest(
        service_id=sold.pk,
        link="https://example.com/p/1",
        quantity=1000,
        channel=Order.Channel.API,
    )
    with pytest.raises(OrderRefused) as refused:
        placement.place_order(customer_id=alice.pk, request=asked, at=now)
    assert refused.value.code == RefusalCode.PRICE_CHANGED
    assert not Order.objects.exists()
    # Asked again, it is placed at the price of now.
    placement.place_order(customer_id=alice.pk, request=asked, at=now)
    assert Order.objects.get().charge_micros == MICROS
