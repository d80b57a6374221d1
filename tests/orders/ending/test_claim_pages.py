"""Claiming money back on the pages of an order, and what they say where nothing can be claimed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from orders.ending import claim_decisions, marking
from orders.ending.claim_decisions import Verdict
from orders.models import Claim, Order, Status
from orders.pages import claim_story
from tests.orders.ending.claiming import SEEN_AT, UNDER_WAY, WORDS, acting, claim_of, gone
from tests.orders.pages import text_of

TYPED = {"kind": "technical", "reason": WORDS, "evidence": SEEN_AT}


@pytest.fixture
def done(alice: User) -> Order:
    return gone(alice, *UNDER_WAY, Status.COMPLETED)


@pytest.fixture
def own(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def page_of(order: Order) -> str:
    return f"/orders/{order.pk}/"


def form_of(order: Order) -> str:
    return f"/orders/{order.pk}/claim/"


def test_the_button_leads_to_a_form_that_opens_a_claim(own: Client, done: Order) -> None:
    assert form_of(done) in own.get(page_of(done)).text
    sent = own.post(form_of(done), TYPED, follow=True)
    claim = Claim.objects.get()
    assert (claim.kind, claim.reason, claim.evidence) == ("technical", WORDS, SEEN_AT)
    text = text_of(sent)
    assert "answered within 48 hours" in text
    assert "You get an answer by" in text
    assert WORDS in text
    assert "You claimed money back: A technical problem prevented it" in text
    assert "A claim about this order is being looked at." in text


@pytest.mark.parametrize("left_out", ["kind", "reason", "evidence"])
def test_what_is_missing_is_asked_for_and_the_rest_is_kept(
    own: Client, done: Order, left_out: str
) -> None:
    typed = {name: text for name, text in TYPED.items() if name != left_out}
    answer = own.post(form_of(done), typed)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {left_out}
    kept = [text for name, text in typed.items() if name != "kind"]
    assert all(text in text_of(answer) for text in kept)
    assert not Claim.objects.exists()


def test_a_kind_that_is_not_open_cannot_be_sent(own: Client, done: Order) -> None:
    answer = own.post(form_of(done), TYPED | {"kind": "not_started"})
    assert answer.status_code == 422
    assert not Claim.objects.exists()


def test_pressed_twice_it_is_one_claim(own: Client, done: Order) -> None:
    answers = [own.post(form_of(done), TYPED).status_code for _press in range(2)]
    assert answers == [302, 422]
    assert Claim.objects.count() == 1


def test_where_nothing_is_open_the_reason_stands_in_its_place(own: Client, alice: User) -> None:
    order = gone(alice)
    text = text_of(own.get(page_of(order)))
    assert "Claim money back" not in text
    assert "You can claim this from" in text
    assert "Nothing has been delivered yet." in text
    assert "Nothing can be claimed for this order now." in text_of(own.get(form_of(order)))


def test_a_mistake_is_explained_once(own: Client, done: Order, sam: User) -> None:
    marking.mark_user_error(order_id=done.pk, reason="The link is private.", actor=acting(sam))
    text = text_of(own.get(page_of(done)))
    assert "A mistake in the order was the cause" in text
    assert "The link is private." in text
    assert text.count("which we cannot pay back") == 1


def test_the_answer_stands_on_the_page(own: Client, done: Order, olga: User) -> None:
    claim_decisions.decline(
        claim_id=claim_of(done).pk,
        verdict=Verdict.DELIVERED,
        note="We counted 1,004.",
        actor=acting(olga),
    )
    text = text_of(own.get(page_of(done)))
    assert "Declined" in text
    assert "It was delivered as described." in text
    assert "We counted 1,004." in text
    assert olga.email not in text


def test_an_answer_that_is_late_says_so(done: Order) -> None:
    claim = claim_of(done)

    def is_late(at: datetime) -> bool:
        return claim_story.read_claims(order=done, at=at).told[0].is_late

    assert not is_late(claim.due_at)
    assert is_late(claim.due_at + timedelta(minutes=1))


def test_what_the_clock_opens_is_news_to_the_page(alice: User) -> None:
    order = gone(alice, *UNDER_WAY)
    before = claim_story.read_claims(order=order, at=timezone.now())
    after = claim_story.read_claims(order=order, at=timezone.now() + timedelta(days=20))
    assert before.version != after.version


def test_a_review_asks_not_to_change_the_target(own: Client, done: Order, sam: User) -> None:
    banner = "Please do not change the target of the link"
    assert banner not in own.get(page_of(done)).text
    marking.open_review(order_id=done.pk, by=sam, at=timezone.now())
    assert banner in own.get(page_of(done)).text
    marking.close_review(order_id=done.pk, by=sam, at=timezone.now())
    text = text_of(own.get(page_of(done)))
    assert banner not in text
    assert "Our support has finished looking into it" in text
