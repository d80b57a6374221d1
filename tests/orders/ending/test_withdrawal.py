"""The withdrawal function: two steps, a receipt with the time, also without a log-in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import OutboundMail, User
from accounts.standing import change_standing
from orders.ending import denying
from orders.followups import withdrawing
from orders.models import Order, Status
from smmpanel.beat import PERIODS_SECONDS
from tests.factories import order as placed_order
from tests.factories import service
from tests.orders.ending.claiming import AT_PROVIDER, UNDER_WAY, gone, terms_with
from tests.orders.pages import text_of
from tests.orders.plans import planning
from wallet.balances import spendable_micros

FORM = reverse("orders:withdrawal")
LINK = re.compile(r"/orders/withdraw/[^/\s]+/")


@pytest.fixture
def order(alice: User) -> Order:
    """The terms let what nobody has sent go."""
    return placed_order(alice)


def confirm_of(order: Order) -> str:
    return f"/orders/{order.pk}/withdraw/"


def mailed_link(client: Client, order: Order, email: str) -> str | None:
    client.post(FORM, {"number": order.pk, "email": email})
    mail = OutboundMail.objects.filter(key__contains=":withdrawal:").last()
    found = LINK.search(mail.body) if mail else None
    return found[0] if found else None


class TestLoggedIn:
    @pytest.fixture
    def own(self, client: Client, alice: User) -> Client:
        client.force_login(alice)
        return client

    def test_two_clicks_from_the_order_lead_to_a_receipt(self, own: Client, order: Order) -> None:
        page = own.get(f"/orders/{order.pk}/").text
        assert "Withdraw from contract here" in page
        assert confirm_of(order) in page
        asked = own.get(confirm_of(order))
        assert "Confirm withdrawal" in asked.text
        order.refresh_from_db()
        assert order.status == Status.QUEUED
        own.post(confirm_of(order))
        order.refresh_from_db()
        assert (order.status, order.net_charge_micros) == (Status.CANCELED, 0)

    def test_the_receipt_has_the_day_and_the_time(self, own: Client, order: Order) -> None:
        own.post(confirm_of(order))
        receipt = OutboundMail.objects.get(key=f"{order.reference}:withdrawn")
        assert receipt.recipient == order.customer.email
        assert f"{timezone.now():%F}" in receipt.body
        assert re.search(r"\d\d:\d\d:\d\d UTC", receipt.body)
        assert "$1.00 is in your balance again" in receipt.body
        assert PERIODS_SECONDS["accounts.tasks.send_due_mails"] <= 60

    def test_pressed_twice_it_is_one_receipt(self, own: Client, order: Order) -> None:
        before = spendable_micros(customer_id=order.customer_id)
        for _press in range(2):
            assert own.post(confirm_of(order)).status_code == 302
        assert OutboundMail.objects.filter(key__endswith=":withdrawn").count() == 1
        after = spendable_micros(customer_id=order.customer_id)
        assert after == before + order.charge_micros

    def test_where_the_terms_grant_none_the_page_says_so(self, own: Client, alice: User) -> None:
        terms_with(order_customer_cancel="never", order_undo_seconds=0)
        order = placed_order(alice)
        page = text_of(own.get(f"/orders/{order.pk}/"))
        assert "Withdraw from contract here" not in page
        assert "grant no withdrawal" in page
        why = text_of(own.get(confirm_of(order)))
        assert "The terms that it was placed under grant no withdrawal" in why
        assert "Confirm withdrawal" not in why
        assert own.post(confirm_of(order)).status_code == 409
        assert not OutboundMail.objects.exists()

    def test_at_a_provider_it_is_said_what_will_come_back(self, own: Client, alice: User) -> None:
        terms_with(order_customer_cancel="pending_absorb")
        order = gone(alice, *AT_PROVIDER)
        Order.objects.filter(pk=order.pk).update(external_id="77")
        assert "comes back to the balance at once" in text_of(own.get(confirm_of(order)))
        own.post(confirm_of(order))
        order.refresh_from_db()
        assert (order.status, order.net_charge_micros) == (Status.CANCELED, 0)

    def test_what_has_started_is_not_taken_back(self, own: Client, alice: User) -> None:
        order = gone(alice, *UNDER_WAY)
        assert own.post(confirm_of(order)).status_code == 409

    @pytest.mark.parametrize(
        ("state", "why"),
        [("sent", "asked to be stopped already"), ("declined", "asked for once, and the order")],
    )
    def test_a_cancel_that_was_asked_for_leaves_a_reason_and_no_button(
        self, client: Client, own: Client, alice: User, state: str, why: str
    ) -> None:
        terms_with(order_customer_cancel="pending_or_service_flag", order_undo_seconds=0)
        order = gone(alice, *UNDER_WAY, service=service(can_cancel=True))
        Order.objects.filter(pk=order.pk).update(external_id="77")
        assert "Withdraw from contract here" in own.get(order.get_absolute_url()).text
        now = timezone.now()
        order.follow_ups.create(
            kind="cancel", asked_by=alice, asked_at=now, due_at=now, state=state, ended_at=now
        )
        link = f"/orders/withdraw/{withdrawing.token_for(order)}/"
        for page in (own.get(confirm_of(order)), client.get(link)):
            assert why in text_of(page)
            assert "Confirm withdrawal" not in page.text
        assert own.post(confirm_of(order)).status_code == (302 if state == "sent" else 409)
        assert "Withdraw from contract here" not in own.get(order.get_absolute_url()).text

    def test_what_others_have_canceled_is_not_called_withdrawn(
        self, own: Client, order: Order, fiona: User
    ) -> None:
        denying.cancel_without_refund(
            order_id=order.pk, actor=fiona, reason="A breach, ticket 8.", at=timezone.now()
        )
        page = own.post(confirm_of(order))
        assert page.status_code == 409
        assert "It is canceled already. Nothing has changed." in text_of(page)
        assert not OutboundMail.objects.filter(key__endswith=":withdrawn").exists()

    def test_a_foreign_order_is_as_missing_as_none(self, own: Client, bob: User) -> None:
        assert own.post(confirm_of(placed_order(bob))).status_code == 404


class TestADripFeedThatRuns:
    """Five runs of $1.00; the first is with a provider."""

    @pytest.fixture
    def feed(self, alice: User, terms: None) -> Order:
        placed = planning.drip_feed(alice, quantity=1000, runs=5)
        planning.sweep()
        planning.accept(planning.runs_of(placed)[0])
        return placed

    @pytest.mark.parametrize("by_mail", [False, True])
    def test_it_is_withdrawn_from_by_beginning_no_further_run(
        self, client: Client, feed: Order, *, by_mail: bool
    ) -> None:
        address = f"/orders/withdraw/{withdrawing.token_for(feed)}/"
        if not by_mail:
            client.force_login(feed.customer)
            address = confirm_of(feed)
            assert address in client.get(feed.get_absolute_url()).text
        asked = text_of(client.get(address))
        assert "No further run begins, and $4.00" in asked
        assert "grant no withdrawal" not in asked
        assert client.post(address).status_code == (200 if by_mail else 302)
        assert planning.reread(feed).refunded_micros == 4_000_000
        receipt = OutboundMail.objects.get(key=f"{feed.reference}:withdrawn")
        assert "$4.00 is in your balance again" in receipt.body

    def test_a_second_press_gets_the_reason_and_no_second_receipt(
        self, client: Client, feed: Order
    ) -> None:
        client.force_login(feed.customer)
        client.post(confirm_of(feed))
        again = client.post(confirm_of(feed))
        assert again.status_code == 409
        assert "Its runs have begun" in text_of(again)
        assert "Confirm withdrawal" not in again.text
        assert "Its runs have begun" in text_of(client.get(feed.get_absolute_url()))
        assert OutboundMail.objects.filter(key__endswith=":withdrawn").count() == 1

    def test_terms_that_let_nothing_go_leave_it_running(self, client: Client, alice: User) -> None:
        terms_with(order_customer_cancel="never", order_undo_seconds=0)
        feed = planning.drip_feed(alice)
        planning.sweep()
        client.force_login(alice)
        assert client.post(confirm_of(feed)).status_code == 409
        assert planning.reread(feed).refunded_micros == 0


class TestWithoutALogIn:
    def test_the_mailed_link_leads_to_the_confirmation(
        self, client: Client, order: Order, alice: User
    ) -> None:
        link = mailed_link(client, order, alice.email.upper())
        assert link is not None
        assert "Confirm withdrawal" in client.get(link).text
        order.refresh_from_db()
        assert order.status == Status.QUEUED
        done = client.post(link)
        assert "withdrawal received" in done.text
        order.refresh_from_db()
        assert (order.status, order.net_charge_micros) == (Status.CANCELED, 0)
        assert OutboundMail.objects.filter(key=f"{order.reference}:withdrawn").exists()

    def test_it_is_of_use_once(self, client: Client, order: Order, alice: User) -> None:
        link = mailed_link(client, order, alice.email)
        assert link is not None
        client.post(link)
        assert "It is canceled already." in client.get(link).text
        client.post(link)
        assert OutboundMail.objects.filter(key__endswith=":withdrawn").count() == 1

    @pytest.mark.parametrize("shut", [User.Standing.SUSPENDED, User.Standing.BLACKLISTED])
    def test_a_shut_account_takes_nothing_back_by_the_mailed_link(
        self, client: Client, order: Order, alice: User, olga: User, shut: User.Standing
    ) -> None:
        link = mailed_link(client, order, alice.email)
        assert link is not None
        OutboundMail.objects.all().delete()
        change_standing(user=alice, standing=shut, reason="Fraud.", actor=olga, at=timezone.now())
        assert client.get(link).status_code == 404
        assert client.post(link).status_code == 404
        assert mailed_link(client, order, alice.email) is None
        order.refresh_from_db()
        assert (order.status, order.refunded_micros) == (Status.QUEUED, 0)

    @pytest.mark.parametrize("which", ["another order", "another address", "nothing"])
    def test_nobody_learns_what_there_is(
        self, client: Client, order: Order, alice: User, bob: User, which: str
    ) -> None:
        right = client.post(FORM, {"number": order.pk, "email": alice.email}).text
        OutboundMail.objects.all().delete()
        asked = {
            "another order": {"number": placed_order(bob).pk, "email": alice.email},
            "another address": {"number": order.pk, "email": bob.email},
            "nothing": {"number": 10**17, "email": "nobody@example.com"},
        }[which]
        wrong = client.post(FORM, asked)
        assert not OutboundMail.objects.exists()
        assert wrong.status_code == 200
        assert wrong.text.replace(str(asked["email"]), alice.email) == right

    def test_after_some_tries_a_network_waits(self, client: Client, order: Order) -> None:
        asked = [{"number": order.pk, "email": f"u{n}@example.com"} for n in range(11)]
        answers = [client.post(FORM, one).status_code for one in asked]
        assert answers == [200] * 10 + [429]

    @pytest.mark.parametrize("whose", ["alice's", "nobody's"])
    def test_a_mailbox_waits_whichever_network_asks_about_it(
        self, client: Client, order: Order, alice: User, whose: str
    ) -> None:
        name, host = alice.email.split("@") if whose == "alice's" else ("nobody", "example.com")
        asked = [{"number": order.pk, "email": f"{name}+{n % 2}@{host}"} for n in range(11)]
        answers = [
            client.post(FORM, one, REMOTE_ADDR=f"198.51.{n}.1").status_code
            for n, one in enumerate(asked)
        ]
        assert answers == [200] * 10 + [429]

    def test_one_link_for_an_order_goes_in_a_quarter_of_an_hour(
        self, order: Order, alice: User
    ) -> None:
        begun = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
        for minutes in (0, 1, 14.9, 15, 29):
            withdrawing.mail_link(
                number=order.pk,
                email=alice.email,
                path="/orders/withdraw/TOKEN/",
                at=begun + timedelta(minutes=minutes),
            )
        assert OutboundMail.objects.filter(key__contains=":withdrawal:").count() == 2

    @pytest.mark.parametrize("typed", [{}, {"number": "٣", "email": "a@example.com"}])
    def test_what_is_no_number_is_asked_for_again(
        self, client: Client, typed: dict[str, str]
    ) -> None:
        assert client.post(FORM, typed).status_code == 422

    def test_a_link_of_another_making_is_refused(
        self, client: Client, order: Order, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        forged = signing.dumps([order.pk, alice.email], salt="another")
        for token in (forged, "x", withdrawing.token_for(order)[:-1]):
            assert client.get(f"/orders/withdraw/{token}/").status_code == 404
        good = withdrawing.token_for(order)
        monkeypatch.setattr(withdrawing, "LINK_LIFE", timedelta(seconds=-1))
        assert client.post(f"/orders/withdraw/{good}/").status_code == 404

    def test_the_link_is_secret(self, client: Client, order: Order, alice: User) -> None:
        mailed_link(client, order, alice.email)
        assert OutboundMail.objects.get().is_secret

    def test_customers_of_resellers_are_told_whom_to_ask(self, client: Client, terms: None) -> None:
        assert "you are that seller's customer" in text_of(client.get(FORM)).replace("’", "'")
