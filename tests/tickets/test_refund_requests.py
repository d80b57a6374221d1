"""Asking for money back in the browser: form, review, one ticket (WDR-05, WDR-10, WDR-19)."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import OutboundMail
from legal.durations import Duration
from tests.factories import MICROS
from tests.wallet.accepting import accept_with_payments
from tests.wallet.withdrawals.conftest import terms
from tests.wallet.withdrawals.scenes import AT, cash, credited, days, terms_with
from tickets import refund_requests
from tickets.conversation import reply
from tickets.models import Ticket
from wallet.gateways.base import Refund, RefundState
from wallet.models import Payout, Withdrawal
from wallet.payouts import sending as paying_out
from wallet.payouts import withdrawals
from wallet.payouts.following import apply_refund

__all__ = ["terms"]
pytestmark = pytest.mark.django_db
KEY = "a" * 32


@pytest.fixture
def page() -> str:
    return reverse("tickets:refund_request")


@pytest.fixture
def customer(client, alice):
    client.force_login(alice)
    return alice


def approve(ticket: Ticket) -> None:
    assert ticket.withdrawal is not None
    withdrawals.approve(withdrawal_id=ticket.withdrawal.pk, at=timezone.now())


def fresh(customer, **options):
    return credited(customer, at=timezone.now(), **options)


def sent(deposit, amount="40", **fields):
    return {"what": "parts", f"deposit_{deposit.pk}": amount, "key": KEY, **fields}


def test_the_form_offers_each_top_up_and_no_destination(client, customer, page):
    deposit = fresh(customer)
    text = client.get(page).content.decode()
    names = set(re.findall(r'name="(\w+)"', text)) - {"csrfmiddlewaretoken", "viewport"}
    assert names >= {"what", "key", "note", f"deposit_{deposit.pk}"}
    assert not {name for name in names if re.search("iban|card|account|method|to$", name)}
    assert "Refund Request" in text
    assert 'name="subject"' not in text
    assert "At most $50.00, back to Visa •••• 4242." in text


def test_the_review_says_what_will_happen_and_moves_nothing(client, customer, page):
    deposit = fresh(customer, bonus_micros=5 * MICROS)
    answer = client.post(page, sent(deposit))
    text = " ".join(answer.content.decode().split())
    assert answer.status_code == 200
    assert "$40.00 are put on hold now" in text
    assert "$1.75" in text
    assert "$38.25" in text
    assert "The bonus of $5.00 that came with it is put on hold, too." in text
    assert not Withdrawal.objects.exists()


def test_the_yes_opens_one_ticket_with_the_fixed_subject(client, customer, page):
    deposit = fresh(customer)
    for _press in range(2):
        answer = client.post(page, sent(deposit, step="do", note="Thank you."))
        ticket = Ticket.objects.get()
        assert answer.url == ticket.get_absolute_url()
    assert (ticket.subject, ticket.topic) == ("Refund Request", "payment")
    assert ticket.messages.get().text == (
        f"Please pay back $40.00 of top-up {deposit.pk} to Visa •••• 4242.\n\nThank you."
    )
    assert cash(customer) == 10 * MICROS


def test_everything_goes_back_in_one_request(client, customer, page):
    first, second = fresh(customer), fresh(customer)
    client.post(page, {"what": "all", "key": KEY, "step": "do"})
    payouts = Payout.objects.order_by("pk").values_list("deposit_id", "amount_micros")
    assert list(payouts) == [(second.pk, 50 * MICROS), (first.pk, 50 * MICROS)]


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("50.01", "At most $50.00 of this top-up can be paid back."),
        ("0.005", "Ask for whole cents"),
        ("1", "$1.75 would be deducted"),
        ("1e1", "Use digits and at most one point"),
        ("", "Type at least one sum"),
        ("0", "Type at least one sum"),
    ],
)
def test_what_cannot_be_asked_for_comes_back_with_words(client, customer, page, amount, said):
    deposit = fresh(customer)
    answer = client.post(page, sent(deposit, amount, note="Kept", step="do"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert "Kept" in text
    assert not Withdrawal.objects.exists()


def test_a_strangers_top_up_is_no_field_of_the_form(client, customer, page, bob):
    other = fresh(bob)
    fresh(customer)
    answer = client.post(page, sent(other, step="do"))
    assert (answer.status_code, Withdrawal.objects.count()) == (422, 0)


def test_terms_that_pay_nothing_back_have_no_form(client, customer, page):
    """WAL-04."""
    terms_with(withdraw_enabled=False)
    answer = client.get(page)
    assert answer.status_code == 403
    assert "<form method" not in answer.content.decode().partition("<main")[2]
    assert client.post(page, {"what": "all", "key": KEY, "step": "do"}).status_code == 403
    assert client.get(reverse("wallet:payback")).status_code == 403


@pytest.mark.parametrize("subject", ["Refund Request", " refund  REQUEST "])
def test_a_free_ticket_with_the_subject_is_led_to_the_form(client, customer, page, subject):
    fresh(customer)
    answer = client.post(
        reverse("tickets:ticket_new"),
        {"topic": "payment", "subject": subject, "text": "I want my 40 back."},
    )
    assert answer.url.startswith(page)
    assert "I want my 40 back." in client.get(answer.url).content.decode()
    assert not Ticket.objects.exists()


def test_without_the_form_such_a_ticket_is_a_ticket(client, customer):
    terms_with(withdraw_enabled=False)
    form = {"topic": "payment", "subject": "Refund Request", "text": "Please."}
    client.post(reverse("tickets:ticket_new"), form)
    assert Ticket.objects.get().withdrawal is None


def test_pages_name_the_times_of_the_terms_that_were_accepted(client, customer, page):
    """Not of those that were published since (WDR-12)."""
    accept_with_payments(customer, at=AT - days(1))
    later = Duration(10, "working_days")
    terms_with(withdraw_review_sla=later, withdraw_payout_text="within a year")
    deposit = fresh(customer)
    answers = [client.get(reverse("wallet:payback")), client.get(page)]
    answers.append(client.post(page, sent(deposit)))
    answers.append(client.post(page, sent(deposit, step="do"), follow=True))
    approve(Ticket.objects.get())
    answers.append(client.get(Ticket.objects.get().get_absolute_url()))
    texts = [answer.content.decode() for answer in answers]
    assert not [text for text in texts if "10 working days" in text or "within a year" in text]
    assert ["within 5 working days" in text for text in texts[:3]] == [True] * 3
    assert ["3–15 working days" in texts[place] for place in (0, 2, 4)] == [True] * 3


def test_the_ticket_shows_where_the_money_is(client, customer, page, monkeypatch):
    """WDR-13."""
    deposit = fresh(customer)
    client.post(page, sent(deposit, step="do"))
    ticket, payout = Ticket.objects.get(), Payout.objects.get()

    def shown() -> str:
        return " ".join(client.get(ticket.get_absolute_url()).content.decode().split())

    assert "We review it by" in shown()
    assert "Take request" in shown()
    approve(ticket)
    assert "It is sent within minutes." in shown()
    assert paying_out.begin(payout_id=payout.pk, at=timezone.now()) is not None
    assert "waiting for the answer of the payment company" in shown()
    made = Refund("re_7", RefundState.PENDING, 38_250_000, reference=payout.reference)
    apply_refund(made, gateway="stripe", at=timezone.now())
    text = shown()
    assert "re_7" in text
    assert "3–15 working days" in text
    assert "Our part is done when it is sent" in text
    arrived = Refund("re_7", RefundState.SUCCEEDED, 38_250_000, reference=payout.reference)
    apply_refund(arrived, gateway="stripe", at=timezone.now())
    assert "Arrived" in shown()
    assert "re_7" in shown()
    mails = OutboundMail.objects.filter(key__startswith=f"payout:{payout.pk}:")
    assert mails.count() == 1  # of having been sent (WDR-15)
    failed = Refund("re_7", RefundState.FAILED, 38_250_000, reference=payout.reference)
    apply_refund(failed, gateway="stripe", at=timezone.now())
    assert "no time limit applies to it" in shown()


def test_a_change_of_the_money_is_news_for_an_open_page(client, customer, page):
    client.post(page, sent(fresh(customer), step="do"))
    ticket = Ticket.objects.get()
    text = client.get(ticket.get_absolute_url()).content.decode()
    (poll,) = re.findall(r'hx-get="([^"]+)"[^>]*hx-trigger="every 20s"', text)
    assert client.get(poll, headers={"HX-Request": "true"}).status_code == 204
    approve(ticket)
    assert client.get(poll, headers={"HX-Request": "true"}).status_code == 200


def test_a_request_is_taken_back_on_the_page(client, customer, page):
    client.post(page, sent(fresh(customer), step="do"))
    number = Withdrawal.objects.get().pk
    answer = client.post(reverse("wallet:withdrawal_cancel", args=[number]), follow=True)
    assert "The request is taken back" in answer.content.decode()
    assert cash(customer) == 50 * MICROS


def test_a_stranger_takes_nothing_back(client, customer, page, bob):
    client.post(page, sent(fresh(customer), step="do"))
    client.force_login(bob)
    number = Withdrawal.objects.get().pk
    answer = client.post(reverse("wallet:withdrawal_cancel", args=[number]))
    assert (answer.status_code, Withdrawal.objects.get().state) == (404, "requested")


def test_the_page_tells_of_each_top_up_what_and_why(client, customer):
    fresh(customer, bonus_micros=5 * MICROS)
    text = " ".join(client.get(reverse("wallet:payback")).content.decode().split())
    assert "All that is left of it can go back." in text
    assert "The fee of this top-up, $1.75, is deducted." in text
    assert "$48.25 would reach you." in text
    assert "The bonus of $5.00 that came with it is put on hold" in text
    assert reverse("tickets:refund_request") in text


def test_staff_see_the_request_beside_the_ticket(client, customer, page, sam):
    client.post(page, sent(fresh(customer), step="do"))
    client.force_login(sam)
    text = client.get(reverse("staff_tickets:ticket", args=[Ticket.objects.get().pk]))
    assert "Money back" in text.content.decode()


def test_the_wallet_names_the_page_only_where_money_goes_back(client, customer):
    link = f'href="{reverse("wallet:payback")}"'
    assert link in client.get(reverse("wallet:wallet")).content.decode()
    terms_with(withdraw_enabled=False)
    assert link not in client.get(reverse("wallet:wallet")).content.decode()


def test_a_decided_request_leaves_supports_inbox(client, customer, page):
    client.post(page, sent(fresh(customer), step="do"))
    ticket = Ticket.objects.get()
    assert refund_requests.answer_decided(at=timezone.now()) == 0
    approve(ticket)
    assert refund_requests.answer_decided(at=timezone.now()) == 1
    ticket.refresh_from_db()
    assert (ticket.state, ticket.waiting_since) == (Ticket.State.WAITING_FOR_CUSTOMER, None)


def test_what_the_customer_wrote_after_the_decision_waits_on(client, customer, page):
    client.post(page, sent(fresh(customer), step="do"))
    ticket = Ticket.objects.get()
    approve(ticket)
    reply(ticket_id=ticket.pk, author=customer, text="And the fee?", at=timezone.now())
    assert refund_requests.answer_decided(at=timezone.now()) == 0
    ticket.refresh_from_db()
    assert ticket.state == Ticket.State.WAITING_FOR_STAFF
