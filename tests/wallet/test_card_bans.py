"""A card of somebody who is blacklisted pays nothing here any more (ACC-07)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts import bans
from accounts.models import Ban, Case, User
from accounts.standing import change_standing
from tests.wallet.disputing import own, topped_up
from tests.wallet.payments import opened, tell
from wallet.disputes import card_bans, collecting
from wallet.gateways.base import PaymentState
from wallet.models import Deposit, UnmatchedPayment

pytestmark = pytest.mark.django_db


def is_banned(card: str) -> bool:
    return bans.is_banned(kind=Ban.Kind.CARD, value=card)


def blacklist(user: User) -> None:
    standing = User.Standing.BLACKLISTED
    change_standing(user=user, standing=standing, reason="fraud", actor=None, at=timezone.now())
    collecting.collect(at=timezone.now())


def test_all_cards_of_who_is_blacklisted_by_staff_are_banned(alice: User, bob: User) -> None:
    cards = [topped_up(alice, 10).card_fingerprint, topped_up(alice, 10).card_fingerprint]
    others = topped_up(bob, 10).card_fingerprint
    blacklist(alice)
    assert all(is_banned(card) for card in cards)
    assert not is_banned(others)
    assert card_bans.ban_missing(at=timezone.now()) == 0


def test_a_card_that_comes_to_be_known_later_is_banned_too(alice: User) -> None:
    first, late = topped_up(alice, 10), topped_up(alice, 10)
    Deposit.objects.filter(pk=late.pk).update(card_fingerprint="")
    blacklist(alice)
    assert is_banned(first.card_fingerprint)
    Deposit.objects.filter(pk=late.pk).update(card_fingerprint="fp_late")
    assert card_bans.ban_missing(at=timezone.now()) == 1
    assert is_banned("fp_late")


def test_a_shared_card_stays_banned_for_the_other_one(alice: User, bob: User) -> None:
    for person in (alice, bob):
        deposit = topped_up(person, 10)
        Deposit.objects.filter(pk=deposit.pk).update(card_fingerprint="fp_shared")
        blacklist(person)
    active = User.Standing.ACTIVE
    change_standing(user=alice, standing=active, reason="mistake", actor=None, at=timezone.now())
    assert is_banned("fp_shared")


def test_money_from_a_banned_card_is_set_aside(alice: User, bob: User) -> None:
    card = topped_up(alice, 10).card_fingerprint
    blacklist(alice)
    deposit = tell(
        opened(bob),
        PaymentState.SUCCEEDED,
        payment_id="pay_1",
        received_coins=1000,
        card_fingerprint=card,
    )
    assert deposit.state == Deposit.State.QUARANTINED
    assert own(bob) == {}
    assert UnmatchedPayment.objects.get().reason == UnmatchedPayment.Reason.BANNED_CARD
    assert Case.objects.open().filter(kind=Case.Kind.PAYMENT_UNMATCHED).exists()
