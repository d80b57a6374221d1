"""Acts of staff on money: reasons, notes, limits, a second person (BON-01, FRD-01 to FRD-04)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import ActLog, OutboundMail, User
from tests.factories import MICROS
from tests.wallet.deciding import agreed, declined, proposed
from tests.wallet.payments import paid
from wallet import verification
from wallet.balances import balances_of
from wallet.decisions import deciding as decisions
from wallet.decisions.deciding import DecisionRefused
from wallet.decisions.limits import ALONE_UP_TO_UNITS, alone_up_to_micros
from wallet.models import BonusGrant, Decision
from wallet.pots import Pots, pots_of

Kind, Reason, Outcome = Decision.Kind, Decision.Reason, Decision.Outcome


def had(customer: User) -> Pots:
    return pots_of(customer_id=customer.pk)


def test_a_small_correction_is_done_by_one_and_logged(alice: User, fiona: User) -> None:
    done = proposed(Kind.ADJUSTMENT, alice, by=fiona, dollars=25)
    assert (done.outcome, done.needs_second, had(alice).cash) == (Outcome.DONE, False, 25 * MICROS)
    act = ActLog.objects.get(target=f"user:{alice.pk}")
    assert (act.actor, act.act, act.changes["amount_micros"]) == (
        fiona,
        "propose adjustment",
        25 * MICROS,
    )
    assert "$25.00 was added" in OutboundMail.objects.get().body


def test_a_correction_may_take_what_is_there_and_no_more(alice: User, fiona: User) -> None:
    proposed(Kind.ADJUSTMENT, alice, by=fiona, dollars=10)
    with pytest.raises(DecisionRefused, match="does not allow"):
        proposed(Kind.ADJUSTMENT, alice, by=fiona, dollars=-11)
    assert Decision.objects.count() == 1
    assert proposed(Kind.ADJUSTMENT, alice, by=fiona, dollars=-3).outcome == Outcome.DONE
    assert had(alice).cash == 7 * MICROS
    assert "$3.00 was taken" in OutboundMail.objects.latest("pk").body


def test_above_the_limit_a_second_person_has_to_agree(
    alice: User, fiona: User, felix: User
) -> None:
    waiting = proposed(Kind.ADJUSTMENT, alice, by=fiona, dollars=26)
    assert (waiting.outcome, had(alice).cash) == (Outcome.WAITING, 0)
    with pytest.raises(DecisionRefused, match="Somebody else"):
        agreed(waiting, by=fiona)
    assert agreed(waiting, by=felix).outcome == Outcome.DONE
    assert had(alice).cash == 26 * MICROS
    with pytest.raises(DecisionRefused, match="already"):
        agreed(waiting, by=felix)


def test_many_small_gifts_count_together(alice: User, bob: User, sam: User) -> None:
    """BON-01: Support's five dollars are for one customer in thirty days, not for one press."""
    assert proposed(Kind.GOODWILL, alice, by=sam, dollars=3).outcome == Outcome.DONE
    assert proposed(Kind.GOODWILL, alice, by=sam, dollars=3).outcome == Outcome.WAITING
    assert proposed(Kind.GOODWILL, bob, by=sam, dollars=5).outcome == Outcome.DONE
    assert had(alice) == Pots(bonus=3 * MICROS)


def test_a_days_gifts_have_a_limit_of_their_own(
    alice: User, bob: User, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wallet.decisions.limits.CUSTOMERS_A_DAY", 1)
    assert proposed(Kind.GOODWILL, alice, by=sam, dollars=5).outcome == Outcome.DONE
    assert proposed(Kind.GOODWILL, bob, by=sam, dollars=1).outcome == Outcome.WAITING


@pytest.mark.parametrize("group", ALONE_UP_TO_UNITS)
def test_each_role_has_its_limit_for_goodwill(
    group: str, alice: User, sam: User, olga: User, fiona: User
) -> None:
    people = {"Support": sam, "Operator": olga, "Finance": fiona}
    dollars = ALONE_UP_TO_UNITS[group][Kind.GOODWILL]
    assert alone_up_to_micros(person=people[group], kind=Kind.GOODWILL) == dollars * MICROS
    above = proposed(Kind.GOODWILL, alice, by=people[group], dollars=dollars + 1)
    assert above.outcome == Outcome.WAITING


def test_who_is_in_no_group_does_nothing_alone(alice: User, bob: User) -> None:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    assert proposed(Kind.GOODWILL, alice, by=bob, dollars=1).outcome == Outcome.WAITING


def test_goodwill_is_a_grant_of_bonus_money(alice: User, fiona: User) -> None:
    proposed(Kind.GOODWILL, alice, by=fiona, dollars=8)
    grant = BonusGrant.objects.get()
    assert (grant.kind, grant.amount_micros) == (BonusGrant.Kind.GOODWILL, 8 * MICROS)
    assert had(alice) == Pots(bonus=8 * MICROS)


def test_nobody_decides_about_his_own_account(alice: User, fiona: User, felix: User) -> None:
    with pytest.raises(DecisionRefused, match="your own account"):
        proposed(Kind.GOODWILL, fiona, by=fiona, dollars=1)
    waiting = proposed(Kind.GOODWILL, felix, by=fiona, dollars=100)
    for act in (agreed, declined):
        with pytest.raises(DecisionRefused, match="your own account"):
            act(waiting, by=felix)
    assert not decisions.may_agree(waiting, felix)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"reason": Reason.FRAUD}, "does not go with it"),
        ({"note": "  short  "}, "note"),
        ({"dollars": 0}, "nothing to move"),
        ({"dollars": -5}, "nothing to move"),
        ({"dollars": 2_000_000_000}, "nothing to move"),
    ],
)
def test_a_proposal_has_a_fitting_reason_a_note_and_an_amount(
    alice: User, fiona: User, more: dict[str, int], words: str
) -> None:
    with pytest.raises(DecisionRefused, match=words):
        proposed(Kind.GOODWILL, alice, by=fiona, **more)
    assert (Decision.objects.count(), ActLog.objects.filter(actor=fiona).count()) == (0, 0)


def test_the_same_cannot_wait_twice(alice: User, fiona: User, felix: User) -> None:
    proposed(Kind.ADJUSTMENT, alice, by=fiona, dollars=100)
    with pytest.raises(DecisionRefused, match="waits"):
        proposed(Kind.ADJUSTMENT, alice, by=felix, dollars=50)


def test_pressing_twice_gives_once(alice: User, fiona: User) -> None:
    first, second = (
        proposed(Kind.GOODWILL, alice, by=fiona, dollars=5, idempotency_key="k1") for _ in "ab"
    )
    assert (first.pk, had(alice).bonus) == (second.pk, 5 * MICROS)


def test_a_declined_proposal_moves_nothing_and_may_come_again(
    alice: User, fiona: User, felix: User
) -> None:
    declined(proposed(Kind.GOODWILL, alice, by=fiona, dollars=40), by=felix)
    taken_back = declined(proposed(Kind.GOODWILL, alice, by=fiona, dollars=40), by=fiona)
    assert (taken_back.outcome, taken_back.decided_by) == (Outcome.DECLINED, fiona)
    assert had(alice) == Pots()


def test_only_finance_may_be_the_second(alice: User, sam: User, olga: User, fiona: User) -> None:
    waiting = proposed(Kind.GOODWILL, alice, by=olga, dollars=40)
    assert [decisions.may_agree(waiting, person) for person in (sam, olga, fiona)] == [
        False,
        False,
        True,
    ]
    assert decisions.may_decline(waiting, olga)


def test_the_database_itself_refuses_a_second_who_is_the_first(alice: User, fiona: User) -> None:
    waiting = proposed(Kind.GOODWILL, alice, by=fiona, dollars=40)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=waiting.pk).update(outcome=Outcome.DONE, decided_by=fiona)


def test_a_refused_act_leaves_the_proposal_waiting(alice: User, fiona: User, felix: User) -> None:
    paid(alice)
    waiting = proposed(Kind.ADJUSTMENT, alice, by=fiona, dollars=-26)
    with pytest.raises(DecisionRefused, match="does not allow"):
        agreed(waiting, by=felix)
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.decided_by) == (Outcome.WAITING, None)
    assert balances_of(customer_id=alice.pk).cash_micros == 25 * MICROS


def test_every_kind_is_logged_with_who_and_why(alice: User, fiona: User, felix: User) -> None:
    agreed(proposed(Kind.GOODWILL, alice, by=fiona, dollars=40), by=felix)
    acts = ActLog.objects.filter(target=f"user:{alice.pk}").order_by("pk")
    assert list(acts.values_list("actor__email", "act")) == [
        ("fiona@example.com", "propose goodwill"),
        ("felix@example.com", "agree to goodwill"),
    ]
    assert all(act.at <= timezone.now() for act in acts)
    assert [finding for finding in verification.verify() if not finding.is_ok] == []
