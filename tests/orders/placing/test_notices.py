"""What a customer is told before he orders, and what his order keeps of it (CAT-03, CAT-12)."""

from __future__ import annotations

import pytest

from accounts.models import User
from legal.models import Publication
from orders.placing.notices import EDITION, WORDS, Notice, notices_of, shown_for
from services.models import Service
from tests.factories import fund, service
from tests.orders.placing.asking import place, under


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, {Notice.NOT_CANCELLED_ONCE_SENT, Notice.NO_REFILL, Notice.PUBLIC_ONLY}),
        ({"can_cancel": True}, {Notice.NO_REFILL, Notice.PUBLIC_ONLY}),
        ({"can_refill": True, "can_cancel": True}, {Notice.PUBLIC_ONLY}),
        ({"can_refill": True, "can_cancel": True, "accepts_private_links": True}, set()),
    ],
)
def test_the_risk_and_what_is_delivered_are_always_told(
    facts: dict[str, bool], told: set[Notice]
) -> None:
    for delivery in Service.Delivery:
        shown = shown_for(Service(delivery=delivery, **facts))
        assert set(shown) == told | {Notice.RISK, Notice(delivery)}


def test_every_notice_has_words() -> None:
    assert set(WORDS) == set(Notice)


@pytest.mark.django_db
def test_an_order_keeps_the_service_the_notices_and_the_terms_it_was_made_under(
    alice: User,
) -> None:
    fund(alice)
    chosen = service(description="Slow and steady", average_minutes=90)
    order = place(alice, chosen)
    Service.objects.update(name="Other", description="", can_cancel=True, can_refill=True)
    under(age_min=18)
    order.refresh_from_db()
    assert order.snapshot["name"] == chosen.name
    assert order.snapshot["description"] == "Slow and steady"
    assert order.snapshot["average_minutes"] == 90
    assert order.snapshot.keys() >= chosen.snapshot().keys() > {
        "rate_micros", "min_quantity", "max_quantity", "can_refill", "refill_days", "can_cancel",
        "can_partial", "can_drip_feed", "delivery", "quality", "quality_meaning", "tier",
    }  # fmt: skip
    facts = chosen.snapshot()
    assert {name: order.snapshot[name] for name in facts} == facts
    assert (
        order.snapshot["notices"] == "risk automated not_cancelled_once_sent no_refill public_only"
    )
    assert order.snapshot["notices_edition"] == EDITION
    assert (order.publication.number, Publication.objects.current().number) == (1, 2)


@pytest.mark.django_db
def test_a_first_order_of_a_service_is_better_a_small_one(alice: User, bob: User) -> None:
    fund(alice)
    chosen = service()
    place(alice, service(), link="https://example.com/p/9")
    assert Notice.TRY_FEW in notices_of(chosen, customer_id=alice.pk)
    place(alice, chosen)
    assert Notice.TRY_FEW not in notices_of(chosen, customer_id=alice.pk)
    assert Notice.TRY_FEW in notices_of(chosen, customer_id=bob.pk)
