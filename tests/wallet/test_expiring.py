"""Money that is not used ends, after two mails and not without them (WAL-03)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import OutboundMail, User
from legal.models import Publication
from legal.presets import STARTER
from legal.publishing import publish
from tests.factories import MICROS
from wallet import expiring, ledger, verification
from wallet.balances import balances_of
from wallet.models import BonusGrant, Deposit, Dispute, ExpiryNotice, Transfer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CREDITED = datetime(2028, 2, 29, 12, tzinfo=UTC)
ENDS = datetime(2029, 2, 28, 12, tzinfo=UTC)


@pytest.fixture
def yearly(alice: User, now: datetime) -> User:
    """Alice, under terms by which money ends after twelve months."""
    policy = replace(STARTER, wallet_expiry_months=12)
    publish(policy=policy, versions=[], published_by=None, at=now)
    return alice


def top_up(customer: User, dollars: int, *, at: datetime = CREDITED) -> Deposit:
    deposit = Deposit.objects.create(
        customer=customer,
        publication=Publication.objects.order_by("-number")[0],
        gateway="stripe",
        asked_micros=dollars * MICROS,
        amount_micros=dollars * MICROS,
        state=Deposit.State.PAID,
        credited_at=at,
    )
    ledger.deposit(
        customer_id=customer.pk,
        gateway="stripe",
        amount_micros=deposit.amount_micros,
        reference=deposit.reference,
        at=at,
    )
    return deposit


def nights(since: datetime, until: datetime) -> None:
    """One run each night, at three in the morning."""
    night = since.replace(hour=3)
    while night <= until:
        expiring.run(at=night)
        night += DAY


def cash(customer: User) -> float:
    return balances_of(customer_id=customer.pk).cash_micros / MICROS


def mails() -> list[tuple[str, str]]:
    rows = OutboundMail.objects.filter(key__startswith="expiry:").order_by("pk")
    return [(f"{mail.created_at:%Y-%m-%d}", mail.subject) for mail in rows]


def test_money_is_spendable_to_the_last_moment_and_then_it_ends(yearly: User) -> None:
    top_up(yearly, 50)
    nights(ENDS - 40 * DAY, ENDS)
    assert cash(yearly) == 50
    expiring.run(at=ENDS - timedelta(seconds=1))
    assert cash(yearly) == 50
    expiring.run(at=ENDS)
    assert cash(yearly) == 0
    breakage = Transfer.objects.get(kind=Transfer.Kind.EXPIRY)
    assert (breakage.credit_account.kind, breakage.amount_micros) == ("breakage", 50 * MICROS)
    assert [finding.name for finding in verification.verify() if not finding.is_ok] == []


def test_a_year_after_a_leap_day_is_the_last_of_february(yearly: User) -> None:
    top_up(yearly, 50)
    nights(ENDS - 40 * DAY, ENDS + DAY)
    assert mails() == [
        ("2029-01-30", "Money in your wallet ends on 28 February 2029"),
        ("2029-02-22", "Money in your wallet ends on 28 February 2029"),
    ]


def test_a_mail_names_each_top_up_and_bonus_with_its_sum(yearly: User) -> None:
    first, second = top_up(yearly, 50), top_up(yearly, 7, at=CREDITED + DAY)
    grant = BonusGrant.objects.create(
        customer=yearly, kind="promotion", amount_micros=MICROS, deposit=first,
        created_at=CREDITED, expires_at=ENDS,
    )  # fmt: skip
    ledger.grant_bonus(
        customer_id=yearly.pk, amount_micros=MICROS, reference=grant.reference,
        deposit=first.reference, at=CREDITED,
    )  # fmt: skip
    expiring.run(at=ENDS - 25 * DAY)
    body = OutboundMail.objects.get(key__startswith="expiry:").body
    assert f"28 February 2029, 12:00 UTC  $50.00  top-up {first.pk}\n" in body
    assert f"28 February 2029, 12:00 UTC  $1.00  bonus of top-up {first.pk}\n" in body
    assert f"1 March 2029, 12:00 UTC  $7.00  top-up {second.pk}\n" in body


def test_runs_that_repeat_change_nothing(yearly: User) -> None:
    top_up(yearly, 50)
    for _again in range(3):
        nights(ENDS - 40 * DAY, ENDS + 2 * DAY)
    assert len(mails()) == 2
    assert Transfer.objects.filter(kind=Transfer.Kind.EXPIRY).count() == 1


def test_what_an_order_gives_back_has_a_new_term(yearly: User) -> None:
    top_up(yearly, 50)
    charge: dict[str, Any] = {"customer_id": yearly.pk, "reference": "parcel:1"}
    ledger.hold_for_order(charge_micros=20 * MICROS, at=ENDS - 60 * DAY, **charge)
    ledger.refund(due_micros=5 * MICROS, at=ENDS - 50 * DAY, **charge)
    nights(ENDS - 40 * DAY, ENDS + DAY)
    assert cash(yearly) == 5
    nights(ENDS + 270 * DAY, ENDS + 320 * DAY)
    assert cash(yearly) == 0


def hold(deposit: Deposit, dollars: int) -> None:
    ledger.hold(
        customer_id=deposit.customer_id,
        reference="payout:1",
        deposit=deposit.reference,
        cash_micros=dollars * MICROS,
        bonus_micros=0,
        at=ENDS - 90 * DAY,
    )


def test_a_hold_stops_the_clock_and_its_end_starts_with_a_mail(yearly: User) -> None:
    deposit = top_up(yearly, 50)
    hold(deposit, 10)
    nights(ENDS - 40 * DAY, ENDS + 5 * DAY)
    assert (cash(yearly), mails()) == (40, [])
    ledger.release(
        customer_id=yearly.pk, reference="payout:1", deposit=deposit.reference, at=ENDS + 5 * DAY
    )
    nights(ENDS + 6 * DAY, ENDS + 11 * DAY)
    assert cash(yearly) == 50
    assert mails() == [("2029-03-06", "Money in your wallet ends on 13 March 2029")]
    nights(ENDS + 12 * DAY, ENDS + 14 * DAY)
    assert cash(yearly) == 0


@pytest.mark.parametrize(("state", "left"), [("inquiry", 50), ("formal", 50), ("closed", 0)])
def test_an_open_dispute_stops_the_end_of_its_top_up(yearly: User, state: str, left: float) -> None:
    Dispute.objects.create(
        gateway="stripe",
        dispute_id="d",
        deposit=top_up(yearly, 50),
        state=state,
        amount_micros=MICROS,
    )
    nights(ENDS - 40 * DAY, ENDS + 2 * DAY)
    assert cash(yearly) == left


def test_nothing_ends_in_an_account_that_may_not_spend_it(yearly: User) -> None:
    top_up(yearly, 50)
    User.objects.filter(pk=yearly.pk).update(is_active=False, standing=User.Standing.SUSPENDED)
    nights(ENDS - 40 * DAY, ENDS + 2 * DAY)
    assert (cash(yearly), mails()) == (50, [])


def test_a_worker_that_was_down_for_weeks_warns_first(yearly: User) -> None:
    top_up(yearly, 50)
    expiring.run(at=ENDS + 20 * DAY)
    assert cash(yearly) == 50
    assert ExpiryNotice.objects.get().days_before == expiring.LAST
    expiring.run(at=ENDS + 25 * DAY)
    assert cash(yearly) == 50
    expiring.run(at=ENDS + 26 * DAY)
    assert cash(yearly) == 0


def test_a_run_that_was_killed_leaves_the_rest_to_the_next(
    yearly: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for customer in (yearly, bob):
        top_up(customer, 50)
    nights(ENDS - 40 * DAY, ENDS)
    real = ledger.expire

    def killed(**facts: Any) -> None:
        if facts["customer_id"] == bob.pk:
            raise SystemExit
        real(**facts)

    monkeypatch.setattr(ledger, "expire", killed)
    with pytest.raises(SystemExit):
        expiring.run(at=ENDS + DAY)
    assert (cash(yearly), cash(bob)) == (0, 50)
    monkeypatch.undo()
    expiring.run(at=ENDS + DAY)
    assert (cash(yearly), cash(bob)) == (0, 0)


def test_terms_without_an_end_let_nothing_expire(alice: User) -> None:
    top_up(alice, 50)
    assert expiring.run(at=ENDS + 4000 * DAY) == 0
    assert expiring.next_to_expire(customer_id=alice.pk, at=ENDS) is None
    assert cash(alice) == 50


def test_a_top_up_keeps_the_terms_it_was_made_under(yearly: User, now: datetime) -> None:
    top_up(yearly, 50)
    publish(policy=STARTER, versions=[], published_by=None, at=now)
    top_up(yearly, 7)
    nights(ENDS - 40 * DAY, ENDS + DAY)
    assert cash(yearly) == 7


def test_a_bonus_with_an_end_of_its_own_ends_then_and_starts_anew_from_an_order(
    alice: User,
) -> None:
    grant = BonusGrant.objects.create(
        customer=alice, kind="goodwill", amount_micros=5 * MICROS, created_at=CREDITED,
        expires_at=CREDITED + 60 * DAY,
    )  # fmt: skip
    ledger.grant_goodwill(
        customer_id=alice.pk, amount_micros=5 * MICROS, reference=grant.reference, at=CREDITED
    )
    charge: dict[str, Any] = {"customer_id": alice.pk, "reference": "parcel:1"}
    ledger.hold_for_order(charge_micros=2 * MICROS, at=CREDITED + DAY, **charge)
    ledger.refund(due_micros=2 * MICROS, at=CREDITED + 50 * DAY, **charge)
    nights(CREDITED + 20 * DAY, CREDITED + 61 * DAY)
    assert balances_of(customer_id=alice.pk).bonus_micros == 2 * MICROS
    nights(CREDITED + 62 * DAY, CREDITED + 111 * DAY)
    assert balances_of(customer_id=alice.pk).bonus_micros == 0


def test_the_wallet_says_what_ends_next(yearly: User, client: Client) -> None:
    top_up(yearly, 50)
    top_up(yearly, 7, at=CREDITED + DAY)
    client.force_login(yearly)
    page = client.get(reverse("wallet:wallet")).content.decode()
    assert "Ends next: $50.00 on" in page
    assert "28 Feb 2029" in page


def test_the_wallet_is_silent_where_nothing_ends(alice: User, client: Client) -> None:
    top_up(alice, 50)
    client.force_login(alice)
    assert "Ends next" not in client.get(reverse("wallet:wallet")).content.decode()
