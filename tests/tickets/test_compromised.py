"""My account is compromised: one press stops everything (ACC-11)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import admission, api_keys, freezing, operator_keys
from accounts.models import ActLog, ApiKey, Case, OperatorKey, OutboundMail, User
from orders.models import WebhookEndpoint
from tests.accounts.opening import opened_by
from tests.cast import PASSWORD
from tests.orders.webhooks.receiving import endpoint
from tests.tickets.rows import open_one
from tickets import conversation
from tickets.compromised import report
from tickets.models import Message, Ticket

PAGE, DONE = reverse("safety:compromised"), reverse("safety:compromised_done")


class DiskFull(Exception):
    pass


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("accounts:profile")).status_code == 200


class TestOnePress:
    def test_ends_keys_sessions_and_the_password(self, alice: User, now: datetime) -> None:
        _key, secret = api_keys.create(user=alice, name="bot", scope=ApiKey.Scope.ORDER, at=now)
        here, elsewhere = logged_in(alice), logged_in(alice)
        assert here.post(PAGE).headers["Location"] == DONE
        assert not is_in(here)
        assert not is_in(elsewhere)
        with pytest.raises(admission.Refused, match="invalid_key"):
            admission.admit(secret=secret, ip="203.0.113.1", is_in_query=False, at=now)
        assert not Client().login(email=alice.email, password=PASSWORD)

    def test_ends_keys_for_the_admin_api(self, sam: User, now: datetime) -> None:
        _key, secret = operator_keys.create(
            user=sam,
            name="bot",
            scopes=[OperatorKey.Scope.TICKETS_READ],
            networks=[],
            expires_at=None,
            at=now,
        )
        report(customer=sam, note="", at=now)
        assert operator_keys.owner_of(secret=secret, at=now) is None
        assert OperatorKey.objects.get().revoked_at == now

    def test_tells_nobody_of_orders_also_after_it_is_lifted(
        self, alice: User, bob: User, olga: User, now: datetime
    ) -> None:
        thief, his = endpoint(alice, "https://thief.example/")[0], endpoint(bob)[0]
        report(customer=alice, note="", at=now)
        freezing.lift(user=alice, reason="It is her.", actor=olga, at=now)
        assert WebhookEndpoint.objects.served().get() == his
        thief.refresh_from_db()
        assert thief.disabled_as == WebhookEndpoint.Disabled.PAUSED

    def test_opens_a_ticket_before_all_others_and_a_case(
        self, alice: User, bob: User, now: datetime
    ) -> None:
        for _time in range(2):
            open_one(bob, at=now)
        logged_in(alice).post(PAGE, {"note": "Orders that I did not make."})
        first = Ticket.objects.open().longest_wait_first()[0]
        assert (first.customer, first.is_urgent) == (alice, True)
        assert first.messages.get().text == "Orders that I did not make."
        case = Case.objects.get(kind=Case.Kind.COMPROMISED)
        assert (case.key, case.detail) == (f"user:{alice.pk}", f"ticket {first.pk}")
        assert case.due_at is not None

    def test_leads_staff_from_the_case_to_the_ticket(
        self, alice: User, olga: User, now: datetime
    ) -> None:
        ticket = report(customer=alice, note="", at=now)
        page = logged_in(olga).get(reverse("admin:accounts_case_changelist")).content.decode()
        there = reverse("staff_tickets:ticket", args=[ticket.pk])
        assert f'<a href="{there}">Ticket {ticket.pk}</a>' in page
        # As times are written on every other page.
        assert f"{timezone.localtime(now):%-d %b %Y, %H:%M} " in page

    def test_promises_the_owner_what_its_clock_keeps(self, alice: User, now: datetime) -> None:
        ticket = report(customer=alice, note="", at=now)
        alice.set_password(PASSWORD)
        alice.save()
        page = logged_in(alice).get(ticket.get_absolute_url()).content.decode()
        assert "Support answers within 4 hours." in page
        case = Case.objects.get(kind=Case.Kind.COMPROMISED)
        assert case.due_at == now + timedelta(hours=4)

    def test_is_heard_however_much_was_written_this_hour(self, alice: User, now: datetime) -> None:
        ticket = open_one(alice, at=now)
        Message.objects.bulk_create(
            Message(ticket=ticket, author=alice, is_from_staff=False, text=str(n), created_at=now)
            for n in range(conversation.HOURLY_MESSAGES)
        )
        assert report(customer=alice, note="", at=now).is_urgent

    def test_tells_the_owner_once_and_says_who_did_it(self, alice: User, now: datetime) -> None:
        report(customer=alice, note="", at=now, ip="203.0.113.9")
        letter = OutboundMail.objects.get(key__startswith="account_frozen:")
        assert letter.recipient == alice.email
        assert reverse("account_reset_password") in letter.body
        act = ActLog.objects.get(act="report compromised account")
        assert (act.actor, act.target, act.ip) == (alice, f"user:{alice.pk}", "203.0.113.9")

    def test_twice_is_once(self, alice: User, now: datetime) -> None:
        assert report(customer=alice, note="", at=now) == report(customer=alice, note="", at=now)
        assert Ticket.objects.count() == Case.objects.count() == OutboundMail.objects.count() == 1

    def test_again_later_ends_what_came_since(self, alice: User, now: datetime) -> None:
        ticket = report(customer=alice, note="", at=now)
        alice.set_password(PASSWORD)
        alice.save()
        client = logged_in(alice)
        assert report(customer=alice, note="", at=now) == ticket
        assert not is_in(client)
        assert not Client().login(email=alice.email, password=PASSWORD)

    def test_all_of_it_or_nothing(
        self, alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(**_ticket: object) -> Ticket:
            raise DiskFull

        monkeypatch.setattr(conversation, "open_urgent", full)
        with pytest.raises(DiskFull):
            report(customer=alice, note="", at=now)
        assert not freezing.is_frozen(user_id=alice.pk)


class TestTheOwner:
    def test_reads_what_it_does_before_he_presses(self, alice: User) -> None:
        page = logged_in(alice).get(PAGE).content.decode()
        assert "every API key is revoked" in page
        assert not freezing.is_frozen(user_id=alice.pk)

    def test_is_asked_again_for_words_that_are_too_long(self, alice: User) -> None:
        response = logged_in(alice).post(PAGE, {"note": "x" * 2001})
        assert response.status_code == 422
        assert not freezing.is_frozen(user_id=alice.pk)

    def test_comes_back_with_a_new_password_and_writes(self, alice: User) -> None:
        logged_in(alice).post(PAGE)
        client = Client()
        client.post(reverse("account_reset_password"), {"email": alice.email})
        letter = OutboundMail.objects.get(is_secret=True)
        link = next(word for word in letter.body.split() if "/password/reset/key/" in word)
        form = client.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)
        words = "another horse battery staple"
        client.post(
            form.request["PATH_INFO"], {"password1": words, "password2": words}, follow=True
        )
        client.post(reverse("account_login"), {"login": alice.email, "password": words})
        ticket = Ticket.objects.get()
        page = client.get(ticket.get_absolute_url()).content.decode()
        assert "Your account is frozen." in page
        client.post(ticket.get_absolute_url(), {"text": "It is me."})
        assert ticket.messages.filter(text="It is me.").exists()

    def test_makes_no_keys_and_changes_no_address_meanwhile(
        self, alice: User, now: datetime
    ) -> None:
        freezing.freeze(user=alice, at=now)
        client = logged_in(alice)
        assert "Create key" not in client.get(reverse("accounts:api_keys")).content.decode()
        keys = client.post(reverse("accounts:api_keys"), {"name": "bot", "scope": "order"})
        assert (keys.status_code, ApiKey.objects.count()) == (422, 0)
        address = {"email": "other@example.com", "action_add": ""}
        assert client.post(reverse("account_email"), address).status_code == 302
        assert not EmailAddress.objects.filter(email="other@example.com").exists()

    def test_keeps_his_address_whatever_was_begun_before(self, alice: User, now: datetime) -> None:
        own = EmailAddress.objects.get(user=alice, email=alice.email)
        links = []
        for email in ("thief@evil.example", "again@evil.example"):
            begun = EmailAddress.objects.create(user=alice, email=email)
            key = EmailConfirmationHMAC.create(begun).key
            links.append(reverse("account_confirm_email", args=[key]))
            if len(links) == 1:
                report(customer=alice, note="", at=now)
        for link in links:
            Client().post(link)
        alice.refresh_from_db()
        assert EmailAddress.objects.filter(user=alice, verified=True).get() == own
        assert alice.email == own.email


class TestStaff:
    def page(self, alice: User) -> str:
        return reverse("admin:accounts_user_unfreeze", args=[alice.pk])

    def test_lift_it_with_a_reason(self, alice: User, olga: User, now: datetime) -> None:
        _key, secret = api_keys.create(user=alice, name="bot", scope=ApiKey.Scope.READ, at=now)
        report(customer=alice, note="", at=now)
        desk = logged_in(olga)
        refused = desk.post(self.page(alice), {"reason": ""})
        assert refused.status_code == 422
        found = re.search(r'href="(/admin/tickets/[^"]+)"', refused.content.decode())
        assert found
        assert f">{Ticket.objects.get().pk}<" in desk.get(found[1]).content.decode()
        desk.post(self.page(alice), {"reason": "He named his last three top-ups."})
        assert not freezing.is_frozen(user_id=alice.pk)
        assert not Case.objects.open().exists()
        act = ActLog.objects.get(act="lift freeze")
        assert (act.actor, act.reason) == (olga, "He named his last three top-ups.")
        assert OutboundMail.objects.filter(key__startswith="account_unfrozen:").exists()
        assert opened_by(secret=secret, at=timezone.now(), ip="203.0.113.1") is None

    def test_need_the_permission(self, alice: User, sam: User, now: datetime) -> None:
        freezing.freeze(user=alice, at=now)
        assert logged_in(sam).post(self.page(alice), {"reason": "x"}).status_code == 403
        assert freezing.is_frozen(user_id=alice.pk)

    def test_have_no_desk_and_no_keys_while_frozen(self, olga: User, now: datetime) -> None:
        freezing.freeze(user=olga, at=now)
        desk = logged_in(olga)
        pages = ("/staff/", "/staff/api/", "/staff/tickets/", "/admin/accounts/user/")
        assert [desk.get(page).status_code for page in pages] == [403] * len(pages)
        olga.refresh_from_db()
        with pytest.raises(operator_keys.NotCovered):
            operator_keys.create(
                user=olga,
                name="bot",
                scopes=[OperatorKey.Scope.ORDERS_READ],
                networks=[],
                expires_at=None,
                at=now,
            )
