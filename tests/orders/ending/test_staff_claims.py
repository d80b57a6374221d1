"""Claims, statuses and second opinions at the desk."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from orders.ending import claim_decisions
from orders.models import Claim, Order, Proposal, Status
from orders.staff import claim_rows
from tests.factories import service
from tests.orders.ending.claiming import UNDER_WAY, WORDS, acting, claim_of, gone
from tests.orders.pages import text_of
from wallet.balances import spendable_micros

QUEUE = "/staff/orders/claims/"
NOTE = "The counter shows the gap."


@pytest.fixture
def order(alice: User) -> Order:
    return gone(alice, *UNDER_WAY, Status.COMPLETED)


@pytest.fixture
def claim(order: Order) -> Claim:
    return claim_of(order)


def page_of(claim: Claim) -> str:
    return f"{QUEUE}{claim.pk}/"


def approval(**typed: object) -> dict[str, str]:
    fields = {"amount": "0.40", "note": NOTE, "seen": 0} | typed
    return {name: str(value) for name, value in fields.items()}


class TestTheQueue:
    def test_it_shows_the_clock_in_words_and_a_tone(self, claim: Claim) -> None:
        hours = [
            claim_rows.clock_of(claim, at=claim.due_at - claim_rows.SOON * turn)
            for turn in (2, 0.5, -1)
        ]
        assert [one["tone"] for one in hours] == ["run", "warn", "bad"]
        assert [one["clock"].replace("\xa0", " ") for one in hours] == [
            "due in 1 day", "due in 6 hours", "late by 12 hours",
        ]  # fmt: skip

    def test_everybody_at_the_desk_sees_it(
        self, client: Client, claim: Claim, sam: User, olga: User, fiona: User
    ) -> None:
        for person in (sam, olga, fiona):
            client.force_login(person)
            text = text_of(client.get(QUEUE))
            assert f"Order {claim.order_id}" in text
            assert claim.order.customer.email in text
            assert "Claims to answer" in text_of(client.get("/staff/"))

    def test_an_expedited_one_is_marked(self, client: Client, claim: Claim, sam: User) -> None:
        client.force_login(sam)
        client.post(f"{page_of(claim)}expedite/", {"turn": "first"})
        assert "expedited" in text_of(client.get(QUEUE))
        client.post(f"{page_of(claim)}expedite/", {"turn": "own"})
        assert "Let it take its turn" not in text_of(client.get(page_of(claim)))


class TestOneClaim:
    def test_the_evidence_stands_beside_it(self, client: Client, claim: Claim, olga: User) -> None:
        client.force_login(olga)
        text = text_of(client.get(page_of(claim)))
        assert WORDS in text
        assert claim.order.link in text
        assert "What happened" in text
        assert "Alone you may grant $25.00 more" in text

    def test_the_suggested_sum_is_filled_in(self, client: Client, alice: User, olga: User) -> None:
        order = gone(alice, *UNDER_WAY)
        Order.objects.filter(pk=order.pk).update(remains=300)
        order.refresh_from_db()
        client.force_login(olga)
        page = client.get(page_of(claim_of(order)))
        assert 'name="amount" value="0.30"' in page.text

    def test_a_yes_pays_in_the_same_request(self, client: Client, claim: Claim, olga: User) -> None:
        client.force_login(olga)
        before = spendable_micros(customer_id=claim.order.customer_id)
        done = client.post(f"{page_of(claim)}approve/", approval(), follow=True)
        assert "The money is in the customer" in text_of(done)
        assert spendable_micros(customer_id=claim.order.customer_id) == before + 400_000

    @pytest.mark.parametrize("amount", ["", "0", "-1", "1e3", "٣", "1.01", "1,5"])
    def test_what_is_no_amount_is_refused_beside_its_field(
        self, client: Client, claim: Claim, olga: User, amount: str
    ) -> None:
        client.force_login(olga)
        answer = client.post(f"{page_of(claim)}approve/", approval(amount=amount))
        assert answer.status_code == 422
        assert "amount" in answer.context["approve_form"].errors
        assert NOTE in answer.text
        claim.order.refresh_from_db()
        assert claim.order.refunded_micros == 0

    @pytest.mark.parametrize("note", ["", "   ", "Fair."])
    def test_a_yes_needs_a_reason_too(
        self, client: Client, claim: Claim, olga: User, note: str
    ) -> None:
        client.force_login(olga)
        answer = client.post(f"{page_of(claim)}approve/", approval(note=note))
        assert answer.status_code == 422
        assert "note" in answer.context["approve_form"].errors
        assert not Proposal.objects.exists()

    def test_support_proposes_and_does_not_decline(
        self, client: Client, claim: Claim, sam: User
    ) -> None:
        client.force_login(sam)
        page = text_of(client.get(page_of(claim)))
        assert "Propose to approve" in page
        assert "Decline the claim" not in page
        assert client.post(f"{page_of(claim)}decline/").status_code == 403
        client.post(f"{page_of(claim)}approve/", approval())
        assert Proposal.objects.get().outcome == Proposal.Outcome.WAITING
        assert "See the proposal" in text_of(client.get(page_of(claim)))

    def test_a_no_needs_a_reason_and_another_reason_needs_words(
        self, client: Client, claim: Claim, olga: User
    ) -> None:
        client.force_login(olga)
        for typed in ({}, {"verdict": "other"}, {"verdict": "because", "note": NOTE}):
            assert client.post(f"{page_of(claim)}decline/", typed).status_code == 422
        done = client.post(f"{page_of(claim)}decline/", {"verdict": "delivered"}, follow=True)
        assert "Declined. The customer gets a mail" in text_of(done)

    def test_one_who_comes_second_is_told(self, client: Client, claim: Claim, olga: User) -> None:
        client.force_login(olga)
        client.post(f"{page_of(claim)}approve/", approval())
        for act, typed in (("approve", approval(seen=400_000)), ("decline", {"verdict": "other"})):
            late = client.post(f"{page_of(claim)}{act}/", typed | {"note": NOTE}, follow=True)
            assert "This claim has been decided already." in text_of(late)

    def test_his_own_order_is_not_his_to_decide(self, client: Client, olga: User) -> None:
        claim = claim_of(gone(olga, *UNDER_WAY, Status.COMPLETED))
        client.force_login(olga)
        page = text_of(client.get(page_of(claim)))
        assert "colleagues look after it" in page
        assert "Expedite" not in page
        pressed = client.post(f"{page_of(claim)}expedite/", {"turn": "first"}, follow=True)
        assert "This is your own order" in text_of(pressed)
        claim.refresh_from_db()
        assert not claim.is_expedited


class TestProposals:
    @pytest.fixture
    def proposal(self, claim: Claim, sam: User) -> Proposal:
        return claim_decisions.approve(
            claim_id=claim.pk,
            amount_micros=400_000,
            seen_micros=0,
            note=NOTE,
            actor=acting(sam),
        )

    def test_it_says_what_will_happen_and_then_does_it(
        self, client: Client, proposal: Proposal, olga: User
    ) -> None:
        client.force_login(olga)
        address = f"/staff/orders/proposals/{proposal.pk}/"
        text = text_of(client.get(address))
        assert "$0.40 go back to the customer's balance at once." in text
        assert "The order stays Completed." in text
        assert "Agreed, and done." in text_of(client.post(f"{address}agree/", follow=True))
        proposal.order.refresh_from_db()
        assert proposal.order.refunded_micros == 400_000

    def test_who_proposed_it_takes_it_back_and_does_not_agree(
        self, client: Client, proposal: Proposal, sam: User
    ) -> None:
        client.force_login(sam)
        address = f"/staff/orders/proposals/{proposal.pk}/"
        page = text_of(client.get(address))
        assert "Take it back" in page
        assert "Agree, and do it" not in page
        assert "Somebody else has to agree" in text_of(client.post(f"{address}agree/", follow=True))
        assert "Nothing has moved" in text_of(client.post(f"{address}decline/", follow=True))


class TestStatuses:
    def steps(self, **typed: object) -> dict[str, str]:
        fields = {"to": "partial", "remains": 300, "note": NOTE, "seen": 0} | typed
        fields = {"seen_status": "in_progress"} | fields
        return {name: str(value) for name, value in fields.items()}

    def test_the_money_is_said_before_it_moves(
        self, client: Client, alice: User, olga: User
    ) -> None:
        order = gone(alice, *UNDER_WAY)
        client.force_login(olga)
        address = f"/staff/orders/{order.pk}/status/"
        assert address in client.get(f"/staff/orders/{order.pk}/").text
        checked = text_of(client.post(address, self.steps()))
        assert "$1.00 × 300 ÷ 1,000 are due" in checked
        assert "$0.30 go back to the customer's balance at once" in checked
        order.refresh_from_db()
        assert order.status == Status.IN_PROGRESS
        client.post(address, self.steps(step="do"))
        order.refresh_from_db()
        assert (order.status, order.refunded_micros) == (Status.PARTIAL, 300_000)

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"to": "queued"}, "to"),
            ({"remains": "٣"}, "remains"),
            ({"remains": ""}, "remains"),
            ({"remains": 1000}, "remains"),
            ({"note": "short"}, "note"),
            ({"to": "canceled", "cancel_reason": ""}, "cancel_reason"),
            ({"to": "canceled", "cancel_reason": "not_started"}, "cancel_reason"),
        ],
    )
    def test_what_does_not_fit_is_refused_beside_its_field(
        self, client: Client, alice: User, olga: User, typed: dict[str, object], field: str
    ) -> None:
        order = gone(alice, *UNDER_WAY)
        client.force_login(olga)
        answer = client.post(f"/staff/orders/{order.pk}/status/", self.steps(**typed))
        assert answer.status_code == 422
        assert field in answer.context["form"].errors

    def test_a_large_sum_says_that_another_has_to_agree(
        self, client: Client, alice: User, olga: User
    ) -> None:
        sold = service(max_quantity=100_000)
        order = gone(alice, *UNDER_WAY, quantity=30_000, service=sold)
        client.force_login(olga)
        typed = self.steps(to="canceled", cancel_reason="system_error")
        address = f"/staff/orders/{order.pk}/status/"
        assert "a second person has to agree first" in text_of(client.post(address, typed))
        client.post(address, typed | {"step": "do"})
        assert (
            "waits for a second person" in text_of(client.get(f"/staff/orders/{order.pk}/")).lower()
        )

    def test_what_is_in_doubt_leads_back(self, client: Client, alice: User, olga: User) -> None:
        order = gone(alice, Status.SUBMITTING, Status.UNCERTAIN)
        client.force_login(olga)
        answer = client.get(f"/staff/orders/{order.pk}/status/", follow=True)
        assert "cannot be set to anything" in text_of(answer)


def test_a_mistake_is_marked_and_unmarked_with_words(
    client: Client, order: Order, sam: User
) -> None:
    client.force_login(sam)
    address = f"/staff/orders/{order.pk}/mistake/"
    assert client.post(address, {"reason": "short"}).status_code == 422
    client.post(address, {"reason": "The profile was private."})
    order.refresh_from_db()
    assert order.user_error_at is not None
    assert "It was no mistake after all" in client.get(f"/staff/orders/{order.pk}/").text
    client.post(address, {"reason": "It was public all along."})
    order.refresh_from_db()
    assert order.user_error_at is None
