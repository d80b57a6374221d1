"""The receipt of a paid top-up: on the page, by mail, and as a PDF that is made once."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import OutboundMail
from tests.factories import MICROS
from tests.wallet.bonuses import promotion, with_code
from tests.wallet.payments import opened, paid, pay, tell
from wallet import tasks
from wallet.gateways.base import PaymentState
from wallet.models import Deposit, Receipt
from wallet.topups import receipts

LARGEST_BYTES = 60_000
LONGEST_SECONDS = 2


@pytest.fixture
def web(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def asked_for(monkeypatch) -> list[int]:
    """The top-ups whose receipts a worker was asked to make."""
    asked: list[int] = []
    monkeypatch.setattr(
        tasks.make_receipt, "apply_async", lambda args, **_options: asked.append(args[0])
    )
    return asked


def text(response) -> str:
    return str(response.content.decode())


def stated(deposit: Deposit) -> dict[str, str]:
    return dict(receipts._lines(receipts.facts_of(deposit)))


def test_it_states_exact_amounts_method_and_dates(alice):
    promotion()
    deposit = tell(
        with_code(alice, 12_340_000),
        PaymentState.SUCCEEDED,
        payment_id="pay_1",
        received_coins=1234,
        method_label="Visa •••• 4242",
    )
    lines = stated(deposit)
    assert (lines["Received"], lines["Fee"]) == ("$12.34", "$0.00")
    assert lines["Added to the balance"] == "$12.34"
    assert lines["Bonus"].startswith("$0.617,")
    assert (lines["Paid with"], lines["Payment"]) == ("Visa •••• 4242", "pay_1")
    assert lines["Credited"].endswith(" UTC")
    assert deposit.receipt_number == f"R-{deposit.pk:06d}"


def test_the_page_is_the_receipt_with_who_issued_it_and_what_it_is(web, alice, settings):
    """LEG-20."""
    settings.COMPANY_NAME, settings.COMPANY_ADDRESS = "A Company", "Street 1\nTown <2>"
    settings.COMPANY_TAX_ID = "TAX-1"
    deposit = paid(alice)
    html = text(web.get(deposit.get_absolute_url()))
    assert f"Receipt {deposit.receipt_number}" in html
    assert "A Company<br>Street 1<br>Town &lt;2&gt;" in html
    assert "TAX-1" in html
    assert "It is not a bank account and bears no interest" in html
    assert alice.email in html


def test_the_worker_makes_one_small_file_soon(alice):
    deposit = paid(alice)
    began = time.monotonic()
    tasks.make_receipt(deposit.pk)
    assert time.monotonic() - began < LONGEST_SECONDS
    receipt = Receipt.objects.get(deposit=deposit)
    pdf = bytes(receipt.pdf)
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) < LARGEST_BYTES
    tasks.make_receipt(deposit.pk)
    assert Receipt.objects.get() == receipt


def test_the_sweep_hands_on_each_by_itself(alice, bob, asked_for):
    """One that cannot be drawn keeps no other waiting."""
    first, second = paid(alice), paid(bob)
    tasks.make_due_receipts()
    assert asked_for == [first.pk, second.pk]


def test_only_paid_top_ups_of_the_last_days_are_swept(alice):
    opened(alice)
    old = paid(alice)
    ago = timezone.now() - receipts.SWEPT_FOR - timedelta(minutes=1)
    Deposit.objects.filter(pk=old.pk).update(credited_at=ago)
    new = paid(alice)
    assert list(receipts.due(at=timezone.now())) == [new]


def test_an_unpaid_top_up_gets_none(alice):
    tasks.make_receipt(opened(alice).pk)
    assert not Receipt.objects.exists()


def test_the_file_is_downloaded_by_its_owner_as_a_file(web, alice):
    deposit = paid(alice)
    tasks.make_receipt(deposit.pk)
    response = web.get(f"/wallet/deposits/{deposit.pk}/receipt.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="R-{deposit.pk:06d}.pdf"'
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.content == bytes(Receipt.objects.get().pdf)


def test_one_that_is_not_made_yet_is_asked_for(
    web, alice, asked_for, django_capture_on_commit_callbacks
):
    deposit = paid(alice)
    with django_capture_on_commit_callbacks(execute=True):
        response = web.get(f"/wallet/deposits/{deposit.pk}/receipt.pdf", follow=True)
    assert "The PDF is being made" in text(response)
    assert asked_for == [deposit.pk]


def test_strangers_and_unpaid_top_ups_find_no_file(client, alice, bob):
    deposit, unpaid = paid(alice), opened(alice)
    tasks.make_receipt(deposit.pk)
    client.force_login(bob)
    assert client.get(f"/wallet/deposits/{deposit.pk}/receipt.pdf").status_code == 404
    client.force_login(alice)
    assert client.get(f"/wallet/deposits/{unpaid.pk}/receipt.pdf").status_code == 404


@pytest.mark.parametrize("name", ["Ωmega •••• 1", "会社 4242", "Panel – “quoted”", "x" * 400])
def test_letters_that_the_font_lacks_break_nothing(alice, settings, name):
    settings.COMPANY_NAME = name
    assert receipts.draw(receipts.facts_of(paid(alice))).startswith(b"%PDF-")


def test_the_mail_names_amount_bonus_and_method(alice):
    promotion()
    deposit = pay(with_code(alice, 20 * MICROS))
    mail = OutboundMail.objects.get(key=f"{deposit.reference}:receipt")
    assert "$20.00" in mail.subject
    assert "bonus of $1.00" in mail.body
    assert "Card or bank account" in mail.body
    assert deposit.receipt_number in mail.body


def test_the_mail_says_why_no_bonus_came(alice):
    promotion(minimum_micros=20 * MICROS)
    deposit = pay(with_code(alice, 20 * MICROS), amount_micros=10 * MICROS)
    mail = OutboundMail.objects.get(key=f"{deposit.reference}:receipt")
    assert "No bonus came with it: This promotion is for top-ups of $20.00 or more." in mail.body
