"""Disputes and fraud warnings: who holds the money when."""

import pytest
import stripe as sdk


def balance(fake):
    return sum(moved["net"] for moved in fake.objects("balance_transaction"))


def test_a_formal_dispute_takes_the_money_and_a_fee(api, fake, buy):
    intent = buy(10_000)
    before = balance(fake)
    opened = fake.dispute(intent.id, reason="fraudulent")
    dispute = api.disputes.retrieve(opened["id"])
    assert (dispute.status, dispute.amount) == ("needs_response", 10_000)
    assert dispute.is_charge_refundable is False
    (moved,) = dispute.balance_transactions
    assert (moved.amount, moved.fee, moved.net) == (-10_000, 1500, -11_500)
    assert balance(fake) == before - 11_500
    assert api.charges.retrieve(intent.latest_charge).disputed
    kinds = [event["type"] for event in fake.events()]
    assert kinds[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


def test_an_inquiry_moves_nothing_until_it_is_escalated(api, fake, buy):
    inquiry = fake.dispute(buy(10_000).id, kind="inquiry")
    assert (inquiry["status"], inquiry["balance_transactions"]) == ("warning_needs_response", [])
    assert not fake.events("charge.dispute.funds_withdrawn")
    formal = fake.close_dispute(inquiry["id"], "escalated")
    assert formal["status"] == "needs_response"
    assert formal["balance_transactions"][0]["net"] == -11_500
    assert fake.events("charge.dispute.updated")


@pytest.mark.parametrize(("fee_returned_cents", "lost"), [(0, 1500), (1500, 0)])
def test_a_won_dispute_brings_the_money_back(api, fake, buy, fee_returned_cents, lost):
    intent = buy(10_000)
    before = balance(fake)
    dispute = fake.dispute(intent.id)
    won = fake.close_dispute(dispute["id"], "won", fee_returned_cents=fee_returned_cents)
    assert (won["status"], len(won["balance_transactions"])) == ("won", 2)
    assert balance(fake) == before - lost
    assert fake.events("charge.dispute.funds_reinstated")
    assert fake.events("charge.dispute.closed")[0]["data"]["object"]["status"] == "won"


def test_a_lost_dispute_changes_nothing_more(api, fake, buy):
    dispute = fake.dispute(buy(10_000).id)
    before = balance(fake)
    assert api.disputes.close(dispute["id"]).status == "lost"
    assert balance(fake) == before
    assert not fake.events("charge.dispute.funds_reinstated")
    with pytest.raises(ValueError, match="is lost"):
        fake.close_dispute(dispute["id"], "won")


def test_a_formally_disputed_charge_is_not_paid_back_too(api, fake, buy):
    intent = buy()
    dispute = fake.dispute(intent.id)
    for _ in ("while it is open", "and after it was lost"):
        with pytest.raises(sdk.InvalidRequestError) as caught:
            api.refunds.create({"payment_intent": intent.id})
        assert caught.value.code == "charge_disputed"
        if api.disputes.retrieve(dispute["id"]).status != "lost":
            fake.close_dispute(dispute["id"], "lost")


def test_paying_back_in_full_answers_an_inquiry(api, fake, buy):
    intent = buy()
    inquiry = fake.dispute(intent.id, kind="inquiry")
    api.refunds.create({"payment_intent": intent.id, "amount": 1000})
    assert api.disputes.retrieve(inquiry["id"]).status == "warning_needs_response"
    api.refunds.create({"payment_intent": intent.id})
    assert api.disputes.retrieve(inquiry["id"]).status == "warning_closed"


def test_a_dropped_inquiry_may_be_followed_by_a_dispute_of_a_part(fake, buy):
    intent = buy(10_000)
    inquiry = fake.dispute(intent.id, kind="inquiry")
    with pytest.raises(ValueError, match="cannot be disputed"):
        fake.dispute(intent.id)
    fake.close_dispute(inquiry["id"], "warning_closed")
    assert fake.dispute(intent.id, amount=4000)["amount"] == 4000


def test_a_dispute_is_never_about_more_than_is_left_of_the_charge(api, fake, buy):
    intent = buy(5000)
    api.refunds.create({"payment_intent": intent.id, "amount": 2000})
    with pytest.raises(ValueError, match="not for this amount"):
        fake.dispute(intent.id, amount=3001)
    assert fake.dispute(intent.id)["amount"] == 3000


def test_evidence_is_taken_and_sent(api, fake, buy):
    dispute = fake.dispute(buy().id)
    evidence = {"evidence": {"uncategorized_text": "Order 17 was delivered."}}
    kept = api.disputes.update(dispute["id"], {**evidence, "submit": False})
    assert (kept.status, kept.evidence_details.has_evidence) == ("needs_response", True)
    sent = api.disputes.update(dispute["id"], evidence)
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert sent.evidence.uncategorized_text == "Order 17 was delivered."


def test_a_fraud_warning_is_moot_once_the_money_went_back(api, fake, buy):
    intent = buy()
    warning = fake.warn_of_fraud(intent.id)
    found = api.radar.early_fraud_warnings.retrieve(warning["id"])
    assert (found.actionable, found.charge) == (True, intent.latest_charge)
    api.refunds.create({"payment_intent": intent.id})
    assert api.radar.early_fraud_warnings.retrieve(warning["id"]).actionable is False
    assert fake.events("radar.early_fraud_warning.created")
    assert fake.events("radar.early_fraud_warning.updated")


@pytest.mark.parametrize(
    ("card", "kind"),
    [
        ("pm_card_createDispute", "charge.dispute.funds_withdrawn"),
        ("pm_card_createDisputeInquiry", "charge.dispute.created"),
        ("pm_card_createIssuerFraudRecord", "radar.early_fraud_warning.created"),
    ],
)
def test_some_cards_bring_trouble_by_themselves(fake, buy, card, kind):
    assert buy(card=card).status == "succeeded"
    assert len(fake.events(kind)) == 1


def test_every_movement_is_listed_and_adds_up(api, fake, buy):
    intent = buy(10_000)
    api.refunds.create({"payment_intent": intent.id, "amount": 1000})
    fake.dispute(intent.id)
    listed = api.balance_transactions.list({"limit": 2})
    nets = [moved.net for moved in listed.auto_paging_iter()]
    assert nets == [-10_500, -1000, 9680]
    of_charge = api.balance_transactions.list({"source": intent.latest_charge}).data
    assert [moved.type for moved in of_charge] == ["charge"]


def test_a_review_is_opened_and_closed_with_a_reason(api, fake, buy):
    intent = buy()
    review = fake.review(intent.id)
    assert api.reviews.retrieve(review["id"]).open is True
    fake.close_review(review["id"])
    closed = api.reviews.retrieve(review["id"])
    assert (closed.open, closed.reason, closed.payment_intent) == (False, "approved", intent.id)
    assert [len(fake.events(f"review.{kind}")) for kind in ("opened", "closed")] == [1, 1]
