"""Pressing the button many times makes one payment page: the key sees to it, as the twin shows."""

from __future__ import annotations

import uuid

import pytest

from accounts.models import User
from legal.models import Publication
from tests.databases import TestDatabase
from tests.factories import MICROS
from tests.fake_stripe.process import FakeStripe
from tests.races import Gate, at_once
from tests.wallet.notices import BACK
from wallet.gateways.registry import STRIPE
from wallet.gateways.stripe import checkout
from wallet.models import Deposit

PRESSES = 6


def press(customer: User) -> set[str]:
    """The addresses that the presses of one button lead to."""
    deposit = Deposit.objects.create(
        customer=customer,
        publication=Publication.objects.current(),
        gateway=STRIPE.code,
        asked_micros=MICROS,
        amount_micros=MICROS,
    )

    def start() -> str:
        return STRIPE.start(deposit=Deposit.objects.get(pk=deposit.pk), return_url=BACK)

    return set(at_once(PRESSES, start))


def test_many_presses_at_once_lead_to_one_page(
    fresh_db: TestDatabase, alice: User, stripe: FakeStripe
) -> None:
    assert len(press(alice)) == 1
    assert len(stripe.objects("checkout.session")) == 1


def test_without_the_key_there_would_be_a_page_for_each(
    fresh_db: TestDatabase, alice: User, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_have_looked = Gate(PRESSES)
    monkeypatch.setattr(
        checkout, "_key", all_have_looked.before(lambda _deposit: str(uuid.uuid4()))
    )
    assert len(press(alice)) == PRESSES
