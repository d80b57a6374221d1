"""Who is blacklisted does not come back under another spelling, and nobody learns that (ACC-07)."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from accounts import bans
from accounts.models import Ban, User
from accounts.standing import change_standing
from tests.accounts.door import last_mail, sign_up_form

EMAIL, CARD = Ban.Kind.EMAIL, Ban.Kind.CARD


def blacklist(user: User, at: datetime) -> None:
    standing = User.Standing.BLACKLISTED
    change_standing(user=user, standing=standing, reason="fraud", actor=None, at=at)


@pytest.mark.parametrize(
    ("spelling", "mailbox"),
    [
        ("User+x@GMAIL.com", "user@gmail.com"),
        ("u.ser@gmail.com", "user@gmail.com"),
        (" Ann.Lee+a+b@Example.com ", "ann.lee@example.com"),
    ],
)
def test_every_spelling_of_an_address_is_one_mailbox(spelling: str, mailbox: str) -> None:
    assert bans.mailbox_of(spelling) == mailbox


def test_a_blacklisted_address_is_banned_in_every_spelling(alice: User, now: datetime) -> None:
    blacklist(alice, now)
    assert bans.is_banned(kind=EMAIL, value="ALICE+new@example.com")
    assert not bans.is_banned(kind=EMAIL, value="bob@example.com")
    assert not bans.is_banned(kind=CARD, value="alice@example.com")


def test_the_list_holds_no_address_and_no_card(alice: User, now: datetime) -> None:
    blacklist(alice, now)
    bans.ban(kind=CARD, value="fp_1", user=alice, reason="fraud", at=now)
    for row in Ban.objects.all():
        assert len(row.digest) == 64
        assert "alice" not in row.digest
        assert "fp_1" not in row.digest


def test_banning_twice_is_one_ban_and_no_card_is_no_ban(alice: User, now: datetime) -> None:
    for _time in range(2):
        bans.ban(kind=CARD, value="fp_1", user=alice, reason="fraud", at=now)
    assert Ban.objects.count() == 1
    assert bans.is_banned(kind=CARD, value="fp_1")
    assert not bans.is_banned(kind=CARD, value="")


def test_who_is_active_again_is_banned_no_more(alice: User, now: datetime) -> None:
    blacklist(alice, now)
    change_standing(user=alice, standing=User.Standing.ACTIVE, reason="mistake", actor=None, at=now)
    assert not Ban.objects.exists()


def test_a_ban_stays_for_the_other_one_who_is_blacklisted(
    alice: User, bob: User, now: datetime
) -> None:
    """Two spellings of one mailbox, and one card."""
    User.objects.filter(pk=bob.pk).update(email="alice+bob@example.com")
    for person in (alice, bob):
        blacklist(person, now)
        bans.ban(kind=CARD, value="fp_1", user=person, reason="fraud", at=now)
    active = User.Standing.ACTIVE
    change_standing(user=alice, standing=active, reason="mistake", actor=None, at=now)
    assert bans.is_banned(kind=EMAIL, value="alice@example.com")
    assert bans.is_banned(kind=CARD, value="fp_1")
    change_standing(user=bob, standing=active, reason="mistake", actor=None, at=now)
    assert not Ban.objects.exists()


def test_a_banned_address_gets_the_answer_that_everybody_gets(
    client: Client, alice: User, now: datetime
) -> None:
    free = client.post("/account/signup/", sign_up_form(client, "new@example.com"))
    blacklist(alice, now)
    banned = Client()
    answer = banned.post("/account/signup/", sign_up_form(banned, "Alice+x@example.com"))
    assert (answer.status_code, answer["Location"]) == (free.status_code, free["Location"])
    assert not User.objects.filter(email__icontains="alice+x").exists()
    assert last_mail().subject == "You have an account at Panel already"
