"""The customer's pages of a bank transfer: where to pay; what he sends is looked at as bytes."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import MICROS
from tests.wallet.accepting import accept_with_payments
from tests.wallet.gateways.test_manual import JPEG, PDF, PNG
from tests.wallet.payments import opened, paid
from tests.wallet.test_bank_payments import by_bank, told
from wallet.gateways.manual.proofs import LARGEST_BYTES
from wallet.gateways.manual.reference import reference_of
from wallet.models import Deposit, Proof
from wallet.topups import deposits

State = Deposit.State


@pytest.fixture
def web(client, alice):
    accept_with_payments(alice)
    client.force_login(alice)
    return client


def page_of(deposit: Deposit) -> str:
    return f"/wallet/deposits/{deposit.pk}/bank/"


def text(response) -> str:
    return str(response.content.decode())


def send(web, deposit: Deposit, content: bytes | None = None, name: str = "proof.pdf"):
    data: dict[str, object] = {"bank_reference": "FT-77"}
    if content is not None:
        data["proof"] = SimpleUploadedFile(name, content, content_type="text/html")
    return web.post(page_of(deposit), data)


def test_a_top_up_by_bank_leads_to_the_account_to_pay_to(web, settings):
    settings.MANUAL_DETAILS = "Account 1\nBank <b>2</b>"
    response = web.post("/wallet/top-up/", {"amount": "50", "gateway": "manual"}, follow=True)
    deposit = Deposit.objects.get()
    html = text(response)
    assert response.redirect_chain[-1][0] == page_of(deposit)
    assert reference_of(deposit.pk) in html
    assert "Account 1<br>Bank &lt;b&gt;2&lt;/b&gt;" in html
    assert "$50.00" in html


def test_the_customer_says_that_he_has_paid(web, alice):
    deposit = by_bank(alice)
    assert send(web, deposit)["Location"] == f"/wallet/deposits/{deposit.pk}/"
    deposit.refresh_from_db()
    assert (deposit.state, deposit.proof.bank_reference) == (State.PROCESSING, "FT-77")
    assert "You have told us that you paid" in text(web.get(deposit.get_absolute_url()))
    assert 'value="FT-77"' in text(web.get(page_of(deposit)))


@pytest.mark.parametrize(
    ("content", "content_type", "kept"),
    [
        (PDF, "application/pdf", "my-proof.pdf"),
        (PNG, "image/png", "my-proof.png"),
        (JPEG, "image/jpeg", "my-proof.jpg"),
    ],
)
def test_a_proof_comes_back_to_its_owner_as_a_file_that_runs_nowhere(
    web, alice, content, content_type, kept
):
    deposit = by_bank(alice)
    send(web, deposit, content, "my proof.html")
    response = web.get(f"{page_of(deposit)}proof/")
    assert (response.content, response["Content-Type"]) == (content, content_type)
    assert response["Content-Disposition"] == f'attachment; filename="{kept}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><script>alert(1)</script>", "Send a PDF, a PNG or a JPEG"),
        (b"", "This file is empty"),
        (PDF + b"x" * LARGEST_BYTES, "larger than 2 MB"),
        (PDF + b"x" * (3 * LARGEST_BYTES), "larger than 2 MB"),
    ],
)
def test_other_files_are_refused_beside_the_field(web, alice, content, words):
    deposit = by_bank(alice)
    response = send(web, deposit, content)
    assert response.status_code == 422
    assert words in text(response)
    assert 'value="FT-77"' in text(response)
    deposit.refresh_from_db()
    assert (deposit.state, Proof.objects.count()) == (State.OPEN, 0)


def test_the_largest_file_is_taken_whole(web, alice):
    content = PDF + b"x" * (LARGEST_BYTES - len(PDF))
    send(web, by_bank(alice), content)
    assert bytes(Proof.objects.get().content or b"") == content


@pytest.mark.parametrize("reference", ["", "   ", "x" * 81])
def test_a_transfer_needs_a_reference(web, alice, reference):
    response = web.post(page_of(by_bank(alice)), {"bank_reference": reference})
    assert (response.status_code, Proof.objects.count()) == (422, 0)


def test_a_corrected_reference_keeps_the_file(web, alice):
    deposit = by_bank(alice)
    send(web, deposit, PDF)
    web.post(page_of(deposit), {"bank_reference": "FT-78"})
    proof = Proof.objects.get()
    assert (proof.bank_reference, bytes(proof.content or b"")) == ("FT-78", PDF)


def test_strangers_find_neither_page_nor_proof(client, alice, bob):
    deposit = by_bank(alice)
    told(deposit)
    client.force_login(bob)
    for address in (page_of(deposit), f"{page_of(deposit)}proof/"):
        assert client.get(address).status_code == 404
    assert client.post(page_of(deposit), {"bank_reference": "x"}).status_code == 404


def test_other_top_ups_have_no_such_page(web, alice, olga):
    card = opened(alice)
    assert web.get(page_of(card))["Location"] == card.get_absolute_url()
    ended = by_bank(alice)
    web.post(f"/wallet/deposits/{ended.pk}/cancel/")
    assert web.get(page_of(ended))["Location"] == ended.get_absolute_url()
    assert send(web, ended)["Location"] == ended.get_absolute_url()
    assert not Proof.objects.exists()


def test_an_open_top_up_can_be_cancelled_after_a_question(web, alice):
    deposit = opened(alice, 20 * MICROS)
    address = f"/wallet/deposits/{deposit.pk}/cancel/"
    assert "do not cancel" in text(web.get(address))
    deposit.refresh_from_db()
    assert deposit.state == State.OPEN
    html = text(web.post(address, follow=True))
    assert "This top-up was not paid" in html
    assert "You cancelled it." in html
    deposit.refresh_from_db()
    assert deposit.state == State.EXPIRED


def test_what_is_on_its_way_cannot_be_cancelled(web, alice):
    deposit = told(by_bank(alice))
    address = f"/wallet/deposits/{deposit.pk}/cancel/"
    assert web.post(address)["Location"] == deposit.get_absolute_url()
    deposit.refresh_from_db()
    assert deposit.state == State.PROCESSING
    assert address not in text(web.get(deposit.get_absolute_url()))


def test_what_is_credited_cannot_be_cancelled(web, alice):
    """WAL-05."""
    deposit = paid(alice)
    address = f"/wallet/deposits/{deposit.pk}/cancel/"
    for send in (web.get, web.post):
        assert send(address)["Location"] == deposit.get_absolute_url()
    assert deposits.cancel(deposit_id=deposit.pk).state == State.PAID
    assert address not in text(web.get(deposit.get_absolute_url()))
