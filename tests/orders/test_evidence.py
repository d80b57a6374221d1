"""The evidence pack (CHB-06): only what this top-up paid for, with hashes, and no secrets."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import mail
from accounts.models import ActLog, Login, OutboundMail, User
from legal import acceptance
from legal.models import Acceptance
from orders.models import Order
from orders.sending import forwarding
from orders.staff import evidence
from tests.factories import order, service
from tests.tickets.rows import open_one
from tests.wallet.disputing import disputed, publish, topped_up
from wallet.lots.reading import read_holdings
from wallet.models import Dispute, LotSnapshot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _whole_balance(terms: None) -> None:
    publish(chargeback_suspend=False)


@pytest.fixture
def dispute(alice: User) -> Dispute:
    """Of a top-up of 15.00 that paid for one order whole and for half of the next."""
    deposit = topped_up(alice, 15)
    order(alice, service=service(), quantity=10_000)
    order(alice, service=service(), quantity=10_000)
    order(alice, service=service(), quantity=10_000)
    return disputed(deposit)


def pack(dispute: Dispute) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(evidence.build(dispute=dispute, at=timezone.now()))) as found:
        return {name: found.read(name) for name in found.namelist()}


def table(files: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(files[name].decode())))


def finish(placed: Order) -> None:
    def accept(_attempt: forwarding.Attempt) -> forwarding.Outcome:
        return forwarding.Accepted("x1")

    forwarding.forward(order_id=placed.pk, sender=accept)


def test_only_orders_that_the_top_up_paid_for_are_in_it(dispute: Dispute) -> None:
    rows = table(pack(dispute), "orders.csv")
    first, second, _third = Order.objects.order_by("pk")
    paid = [(row["order"], row["paid_by_this_top_up_usd"]) for row in rows]
    assert paid == [(str(first.pk), "10"), (str(second.pk), "5")]


def test_orders_that_a_snapshot_forgot_are_in_it_too(dispute: Dispute, alice: User) -> None:
    state = read_holdings(customer_id=alice.pk).without_orders(lambda _name: True).to_json()
    LotSnapshot.objects.create(customer=alice, last_id=10**6, state=state)
    assert len(table(pack(dispute), "orders.csv")) == 2


def test_an_order_has_its_link_its_times_and_both_counters(dispute: Dispute) -> None:
    placed = Order.objects.order_by("pk")[0]
    finish(placed)
    Order.objects.filter(pk=placed.pk).update(start_count=500, remains=0, status="completed")
    row = table(pack(dispute), "orders.csv")[0]
    assert (row["start_counter"], row["end_counter"]) == ("500", "10500")
    assert (row["link"], row["delivered"]) == (placed.link, "10000")
    assert row["placed_utc"].endswith("+00:00")


def test_every_file_is_in_the_manifest_with_its_hash(dispute: Dispute) -> None:
    files = pack(dispute)
    listed = {one["name"]: one["sha256"] for one in json.loads(files.pop("manifest.json"))["files"]}
    assert listed == {name: hashlib.sha256(text).hexdigest() for name, text in files.items()}


def test_accepted_documents_are_in_it_with_their_texts_and_hashes(
    dispute: Dispute, alice: User
) -> None:
    acceptance.record(
        user=alice,
        point=Acceptance.Point.REGISTRATION,
        channel=Acceptance.Channel.WEB,
        at=timezone.now(),
        ip="203.0.113.9",
        user_agent="=Browser/1",
    )
    files = pack(dispute)
    rows = table(files, "acceptances.csv")
    assert {row["ip"] for row in rows} == {"203.0.113.9"}
    assert {row["browser"] for row in rows} == {"'=Browser/1"}
    for row in rows:
        text = files[f"documents/{row['document']}-{row['version']}-{row['language']}.md"]
        assert hashlib.sha256(text).hexdigest() == row["sha256"]


def test_log_ins_mails_and_subjects_are_the_customers_own(
    dispute: Dispute, alice: User, bob: User
) -> None:
    for person in (alice, bob):
        Login.objects.create(user=person, ip="203.0.113.9", user_agent="Browser/1")
        mail.write(key=f"m:{person.pk}", recipient=person.email, subject="Hello", body=person.email)
    mail.write(key="s", recipient=alice.email, subject="Link", body="secret", is_secret=True)
    OutboundMail.objects.update(sent_at=timezone.now())
    ticket = open_one(alice)
    files = pack(dispute)
    assert len(table(files, "log-ins.csv")) == 1
    assert "Hello" in [row["subject"] for row in table(files, "mails.csv")]
    assert [row["ticket"] for row in table(files, "tickets.csv")] == [str(ticket.pk)]
    everything = b"".join(files.values())
    assert b"secret" not in everything
    assert bob.email.encode() not in everything


def test_no_provider_is_named(dispute: Dispute) -> None:
    placed = Order.objects.order_by("pk")[0]
    finish(placed)
    name = placed.submissions.get().provider.name
    assert name.encode() not in b"".join(pack(dispute).values())


def test_who_took_it_is_logged(client: Client, dispute: Dispute, olga: User) -> None:
    client.force_login(olga)
    answer = client.post(f"/staff/orders/evidence/{dispute.pk}/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    act = ActLog.objects.get(act="download evidence")
    assert (act.actor, act.target) == (olga, dispute.reference)
    assert client.get(f"/staff/orders/evidence/{dispute.pk}/").status_code == 302


def test_support_cannot_take_it(client: Client, dispute: Dispute, sam: User) -> None:
    client.force_login(sam)
    assert client.post(f"/staff/orders/evidence/{dispute.pk}/").status_code == 403
