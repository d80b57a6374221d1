"""A whole balance ends, on a decision of two people: cash and bonus, holds and requests included
(CHB-03, FRD-01, FRD-02, FRD-03, FRD-04), and comes back only by another such decision."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import ActLog, OutboundMail, User
from legal.publishing import install_defaults
from tests.factories import MICROS
from tests.wallet.deciding import agreed, proposed
from tests.wallet.disputing import publish
from tests.wallet.withdrawals.scenes import AT, IN_FORCE, ask, credited, policy
from wallet import ledger, verification
from wallet.decisions.deciding import DecisionRefused
from wallet.models import AccountKind, Decision, Deposit, Dispute, FraudWarning, Withdrawal
from wallet.pots import Pots, pots_of
from wallet.reports.figures import trial_balance

Kind, Reason = Decision.Kind, Decision.Reason


@pytest.fixture
def terms(request: pytest.FixtureRequest) -> None:
    """In the place of the cast's own: money goes back within 14 days."""
    request.getfixturevalue("fresh_db" if "fresh_db" in request.fixturenames else "db")
    install_defaults(policy=policy(), at=IN_FORCE)


@pytest.fixture
def deposit(alice: User) -> Deposit:
    return credited(alice, 50 * MICROS, bonus_micros=5 * MICROS)


def had(customer: User) -> Pots:
    return pots_of(customer_id=customer.pk)


def house(kind: AccountKind) -> int:
    """What a house account holds, by all transfers."""
    lines = trial_balance(on=AT.date().replace(year=2100)).lines
    return sum(line.balance for line in lines if line.kind == kind)


def is_clean() -> bool:
    return all(finding.is_ok for finding in verification.verify())


def forfeited(alice: User, fiona: User, felix: User, **more: object) -> Decision:
    return agreed(proposed(Kind.FORFEITURE, alice, by=fiona, dollars=55, **more), by=felix)


def test_cash_and_bonus_go_to_accounts_of_their_own(
    deposit: Deposit, alice: User, fiona: User, felix: User
) -> None:
    promised = house(AccountKind.PROMOTION)
    done = forfeited(alice, fiona, felix)
    assert had(alice) == Pots()
    assert house(AccountKind.FORFEITURE) == 50 * MICROS
    assert house(AccountKind.PROMOTION) == promised + 5 * MICROS
    assert (done.details["cash_micros"], done.details["bonus_micros"]) == (
        50 * MICROS,
        5 * MICROS,
    )
    assert is_clean()


def test_no_single_person_can_do_it_however_little_it_is(
    deposit: Deposit, alice: User, fiona: User
) -> None:
    waiting = proposed(Kind.FORFEITURE, alice, by=fiona, dollars=1)
    with pytest.raises(DecisionRefused, match="Somebody else"):
        agreed(waiting, by=fiona)
    assert had(alice).cash == 50 * MICROS


def test_the_customer_hears_of_it_afterwards_and_not_before(
    deposit: Deposit, alice: User, fiona: User, felix: User
) -> None:
    """FRD-03."""
    before = OutboundMail.objects.filter(recipient=alice.email).count()
    waiting = proposed(Kind.FORFEITURE, alice, by=fiona, dollars=55)
    mails = OutboundMail.objects.filter(recipient=alice.email)
    assert mails.count() == before
    agreed(waiting, by=felix)
    mail = mails.latest("pk")
    assert "was forfeited" in mail.subject
    assert "$55.00" in mail.body
    assert "Fraud" in mail.body


def test_a_request_for_money_back_ends_and_goes_with_the_rest(
    deposit: Deposit, alice: User, fiona: User, felix: User
) -> None:
    withdrawal = ask(alice, {deposit: 40 * MICROS})
    assert had(alice).cash_hold == 40 * MICROS
    forfeited(alice, fiona, felix)
    withdrawal.refresh_from_db()
    assert (withdrawal.state, had(alice)) == (Withdrawal.State.CANCELED, Pots())
    assert house(AccountKind.FORFEITURE) == 50 * MICROS
    assert is_clean()


def test_what_a_warning_holds_goes_with_the_rest(
    deposit: Deposit, alice: User, fiona: User, felix: User
) -> None:
    warning = FraudWarning.objects.create(
        gateway="stripe", warning_id="w_1", deposit=deposit, is_actionable=True
    )
    ledger.hold(
        customer_id=alice.pk,
        reference=warning.reference,
        deposit=deposit.reference,
        cash_micros=30 * MICROS,
        bonus_micros=5 * MICROS,
        at=AT,
    )
    forfeited(alice, fiona, felix)
    assert (had(alice), house(AccountKind.FORFEITURE)) == (Pots(), 50 * MICROS)
    assert is_clean()


def test_the_account_ends_in_the_same_act_if_that_was_proposed(
    deposit: Deposit, alice: User, fiona: User, felix: User
) -> None:
    forfeited(alice, fiona, felix, details={"terminate": True})
    alice.refresh_from_db()
    assert alice.standing == User.Standing.TERMINATED
    assert ActLog.objects.get(act="change standing").actor == felix


def test_what_came_or_went_meanwhile_is_seen(
    deposit: Deposit, alice: User, fiona: User, felix: User
) -> None:
    waiting = proposed(Kind.FORFEITURE, alice, by=fiona, dollars=55)
    proposed(Kind.ADJUSTMENT, alice, by=fiona, dollars=7)
    assert agreed(waiting, by=felix).details["cash_micros"] == 57 * MICROS


def test_an_empty_balance_cannot_be_forfeited(alice: User, fiona: User, felix: User) -> None:
    waiting = proposed(Kind.FORFEITURE, alice, by=fiona)
    with pytest.raises(DecisionRefused, match="nothing left"):
        agreed(waiting, by=felix)
    waiting.refresh_from_db()
    assert waiting.outcome == Decision.Outcome.WAITING


def test_two_people_undo_it_to_the_cent_and_once(
    deposit: Deposit, alice: User, fiona: User, felix: User
) -> None:
    done = forfeited(alice, fiona, felix)
    undo = proposed(Kind.FORFEITURE_RETURN, alice, by=felix, dollars=55, subject=done.reference)
    assert had(alice) == Pots()
    agreed(undo, by=fiona)
    assert had(alice) == Pots(cash=50 * MICROS, bonus=5 * MICROS)
    again = proposed(Kind.FORFEITURE_RETURN, alice, by=fiona, dollars=55, subject=done.reference)
    with pytest.raises(DecisionRefused, match="undone already"):
        agreed(again, by=felix)
    assert is_clean()


def test_a_chargeback_ends_a_balance_only_under_terms_that_say_so(
    alice: User, fiona: User, felix: User
) -> None:
    """CHB-03: the setting `chargeback.forfeit` of the reversed top-up decides."""
    deposit = credited(alice, 50 * MICROS)
    for number, is_said in enumerate((False, True)):
        publish(chargeback_forfeit=is_said)
        reversed_ = credited(alice, 10 * MICROS)
        Dispute.objects.create(
            gateway="stripe",
            dispute_id=f"dp_{number}",
            deposit=reversed_,
            state=Dispute.State.LOST,
            gateway_status="lost",
            amount_micros=10 * MICROS,
        )
        if is_said:
            break
        waiting = proposed(Kind.FORFEITURE, alice, by=fiona, reason=Reason.CHARGEBACK)
        with pytest.raises(DecisionRefused, match="No reversed payment"):
            agreed(waiting, by=felix)
    agreed(waiting, by=felix)
    assert (had(alice), deposit.state) == (Pots(), Deposit.State.PAID)


def test_the_page_says_what_will_happen_and_offers_the_fitting_reasons(
    client: Client, deposit: Deposit, alice: User, fiona: User
) -> None:
    client.force_login(fiona)
    address = f"/staff/payments/customers/{alice.pk}/forfeit/"
    form = {"key": "0" * 32, "reason": "fraud", "note": "Stolen card, case 12.", "terminate": "on"}
    page = client.post(address, form).text
    for words in (
        "$50.00 cash and $5.00 bonus",
        "Requests for money back end",
        "The account is terminated",
        "afterwards, not before",
        "Only a decision of two people can undo it",
        "A colleague of finance has to agree",
    ):
        assert words in page
    refused = client.post(address, form | {"reason": "chargeback"})
    assert "under terms that allow it" in refused.text
    assert client.post(address, form | {"reason": "mistake"}).status_code == 422
    assert Decision.objects.count() == 0
