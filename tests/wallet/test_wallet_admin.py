"""Staff look the books up in the admin; nobody, however powerful, writes them there."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.admin.readonly import CappedPaginator
from accounts.models import User
from tests.wallet.payments import paid
from wallet import ledger
from wallet.models import (
    Account,
    ClearingEntry,
    Decision,
    Deposit,
    Dispute,
    ForeignRefund,
    FraudWarning,
    GatewayEvent,
    Payout,
    Transfer,
    UnmatchedPayment,
    Withdrawal,
)

MODELS = [
    "account",
    "transfer",
    "deposit",
    "gatewayevent",
    "unmatchedpayment",
    "clearingentry",
    "withdrawal",
    "foreignrefund",
    "dispute",
    "fraudwarning",
    "decision",
]


@pytest.fixture
def books(alice) -> dict[str, int]:
    """One row of each, by model."""
    deposit = paid(alice)
    event = GatewayEvent.objects.create(
        gateway="stripe", event_id="evt_1", kind="k", is_live_mode=False, payload={"a": 1}
    )
    about = {"gateway": "stripe", "deposit": deposit}
    withdrawal = Withdrawal.objects.create(
        customer=alice, amount_micros=1, idempotency_key="k", due_at=timezone.now()
    )
    Payout.objects.create(withdrawal=withdrawal, deposit=deposit, amount_micros=1)
    more = {
        "unmatchedpayment": UnmatchedPayment.objects.create(
            gateway="stripe", payment_id="pi_1", amount_coins=1, currency="eur", reason="currency"
        ),
        "clearingentry": ClearingEntry.objects.create(
            gateway="stripe",
            entry_id="txn_1",
            kind="charge",
            gross_micros=1,
            fee_micros=0,
            currency="usd",
            created_at=timezone.now(),
        ),
        "withdrawal": withdrawal,
        "foreignrefund": ForeignRefund.objects.create(
            **about, refund_id="re_1", state="sent", amount_micros=1
        ),
        "dispute": Dispute.objects.create(
            **about, dispute_id="dp_1", state="won", gateway_status="won", amount_micros=1
        ),
        "fraudwarning": FraudWarning.objects.create(**about, warning_id="w_1", is_actionable=False),
        "decision": Decision.objects.create(
            kind="goodwill",
            subject="user:1",
            customer=alice,
            amount_micros=1,
            reason="mistake",
            needs_second=True,
            proposed_by=alice,
        ),
    }
    return {name: row.pk for name, row in more.items()} | {
        "account": Account.objects.get(owner=alice).pk,
        "transfer": Transfer.objects.get().pk,
        "deposit": deposit.pk,
        "gatewayevent": event.pk,
    }


@pytest.fixture
def root(client, terms) -> User:
    user = User.objects.create_superuser("root@example.com", "x")
    client.force_login(user)
    return user


def rows() -> list[object]:
    models = (Account, Transfer, Deposit, GatewayEvent, Withdrawal, Payout, Dispute, Decision)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("model", MODELS)
def test_even_a_superuser_cannot_add_change_or_delete(client, root, books, model):
    before = rows()
    base = f"/admin/wallet/{model}/"
    assert client.get(f"{base}add/").status_code == 403
    assert client.post(f"{base}add/", {"amount_micros": 1}).status_code == 403
    assert client.post(f"{base}{books[model]}/change/", {"state": "paid"}).status_code == 403
    assert client.post(f"{base}{books[model]}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [books[model]], "post": "yes"}
    client.post(base, action)
    assert rows() == before


@pytest.mark.parametrize("model", MODELS)
def test_an_operator_reads_every_list_and_row(client, olga, books, model):
    client.force_login(olga)
    page = client.get(f"/admin/wallet/{model}/")
    assert page.status_code == 200
    assert "delete_selected" not in page.content.decode()
    row = client.get(f"/admin/wallet/{model}/{books[model]}/change/")
    assert row.status_code == 200
    assert not row.context["adminform"].form.fields
    assert 'name="_save"' not in row.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_support_and_customers_see_nothing_of_it(client, sam, bob, books, model):
    client.force_login(sam)
    assert client.get(f"/admin/wallet/{model}/").status_code == 403
    client.force_login(bob)
    assert client.get(f"/admin/wallet/{model}/").status_code == 302


def test_transfers_are_found_by_reference_and_by_key(client, root, alice, books):
    ledger.hold_for_order(
        customer_id=alice.pk, charge_micros=5, reference="order:17", at=timezone.now()
    )
    for words in ("order:17", "order:17:charge"):
        page = client.get("/admin/wallet/transfer/", {"q": words})
        assert [row.key for row in page.context["cl"].result_list] == ["order:17:charge"]
        assert 'href="/admin/orders/order/17/change/"' in page.content.decode()


def test_a_deposit_leads_to_its_transfers(client, root, books):
    html = client.get(f"/admin/wallet/deposit/{books['deposit']}/change/").content.decode()
    assert f"/admin/wallet/transfer/?q=deposit%3A{books['deposit']}" in html


def test_accounts_are_found_by_the_customers_address(client, root, alice, books):
    page = client.get("/admin/wallet/account/", {"q": "Alice@Example.com"})
    assert [row.owner for row in page.context["cl"].result_list] == [alice]


def test_a_list_counts_no_further_than_its_cap(client, root, alice, books, monkeypatch):
    monkeypatch.setattr(CappedPaginator, "most", 3)
    for number in range(5):
        ledger.hold_for_order(
            customer_id=alice.pk, charge_micros=5, reference=f"order:{number}", at=timezone.now()
        )
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/admin/wallet/transfer/")
    assert page.context["cl"].paginator.count == 3
    counts = [
        query["sql"] for query in queries if "COUNT(" in query["sql"] and "wallet_" in query["sql"]
    ]
    assert counts
    assert all("LIMIT 3" in sql for sql in counts)
