"""Disputes: an inquiry only asks, a formal dispute takes the money and a fee at once."""

from smmpanel.fake_stripe import balance, fraud_warnings, money
from smmpanel.fake_stripe.account import Account, shown
from smmpanel.fake_stripe.errors import Refused
from smmpanel.fake_stripe.route import Route, reading
from smmpanel.fake_stripe.shapes import call, flag, merged, metadata, record, text
from smmpanel.fake_stripe.store import Body

SECONDS_TO_ANSWER = 7 * 86_400
OPEN_FORMAL = ("needs_response", "under_review")
OPEN_INQUIRY = ("warning_needs_response", "warning_under_review")
HARMLESS = ("won", "warning_closed")
EVIDENCE = (
    "access_activity_log",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_purchase_ip",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "uncategorized_text",
)


def open_inquiry(account: Account, charge: Body, *, reason: str, amount: int | None = None) -> Body:
    """The issuer asks; no money moves."""
    return _open(account, charge, reason=reason, amount=amount, status="warning_needs_response")


def open_formal(account: Account, charge: Body, *, reason: str, amount: int | None = None) -> Body:
    """The issuer takes the money back; the gateway takes its fee."""
    dispute = _open(account, charge, reason=reason, amount=amount, status="needs_response")
    _withdraw(account, dispute, charge)
    return dispute


def escalate(account: Account, name: str) -> Body:
    """An inquiry becomes a formal dispute."""
    dispute = _expect(account, name, OPEN_INQUIRY)
    charge = account.get("charge", dispute["charge"])
    before = account.change(dispute, status="needs_response", is_charge_refundable=False)
    account.emit("charge.dispute.updated", dispute, previous=before)
    _withdraw(account, dispute, charge)
    return dispute


def win(account: Account, name: str, *, fee_returned_cents: int = 0) -> Body:
    """The money comes back; the fee does not, unless told so."""
    dispute = _expect(account, name, OPEN_FORMAL)
    account.change(dispute, status="won")
    _book(account, dispute, amount=dispute["amount"], fee_cents=-fee_returned_cents, how="reversal")
    account.emit("charge.dispute.funds_reinstated", dispute)
    account.emit("charge.dispute.closed", dispute)
    return dispute


def lose(account: Account, name: str) -> Body:
    """The money stays away."""
    return _close(account, _expect(account, name, OPEN_FORMAL), status="lost")


def drop(account: Account, name: str) -> Body:
    """The inquiry leads to nothing."""
    dispute = _expect(account, name, OPEN_INQUIRY)
    return _close(account, dispute, status="warning_closed")


def settle_inquiries(account: Account, charge: Body) -> None:
    """Paying a charge back in full answers an inquiry about it."""
    for dispute in account.store.newest_first("dispute"):
        if dispute["charge"] == charge["id"] and dispute["status"] in OPEN_INQUIRY:
            _close(account, dispute, status="warning_closed")


def refuse_refund_of(account: Account, charge: Body) -> None:
    """Raises Refused when the charge was formally disputed, whatever came of it but a win."""
    for dispute in account.store.newest_first("dispute"):
        is_formal = not dispute["status"].startswith("warning_") and dispute["status"] != "won"
        if dispute["charge"] == charge["id"] and is_formal:
            raise Refused(
                f"Charge {charge['id']} has been charged back; cannot issue a refund.",
                code="charge_disputed",
                param="charge",
            )


def _open(account: Account, charge: Body, *, reason: str, amount: int | None, status: str) -> Body:
    left = charge["amount"] - charge["amount_refunded"]
    is_disputed = any(
        dispute["charge"] == charge["id"] and dispute["status"] not in HARMLESS
        for dispute in account.store.newest_first("dispute")
    )
    if charge["status"] != "succeeded" or is_disputed or not 0 < (amount or left) <= left:
        raise Refused(f"{charge['id']} cannot be disputed, or not for this amount")
    members = {
        "amount": amount or left,
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(EVIDENCE),
        "evidence_details": {
            "due_by": account.now() + SECONDS_TO_ANSWER,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": status in OPEN_INQUIRY,
        "metadata": {},
        "network_reason_code": "10.4",
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {"brand": "visa", "case_type": "chargeback"},
            "type": "card",
        },
        "reason": reason,
        "status": status,
    }
    dispute = account.create("dispute", members)
    account.change(charge, disputed=True)
    account.emit("charge.dispute.created", dispute)
    fraud_warnings.make_moot(account, charge)
    return dispute


def _withdraw(account: Account, dispute: Body, charge: Body) -> None:
    _book(
        account,
        dispute,
        amount=-dispute["amount"],
        fee_cents=money.DISPUTE_FEE_CENTS,
        how="withdrawal",
    )
    account.emit("charge.dispute.funds_withdrawn", dispute)


def _book(account: Account, dispute: Body, *, amount: int, fee_cents: int, how: str) -> None:
    booked = balance.book(
        account,
        source=dispute,
        amount=amount,
        kind="adjustment",
        category="dispute" if how == "withdrawal" else "dispute_reversal",
        fee_cents=fee_cents,
        fee_is="Dispute fee",
    )
    moved = [*dispute["balance_transactions"], shown(booked)]
    account.change(dispute, balance_transactions=moved)


def _close(account: Account, dispute: Body, *, status: str) -> Body:
    account.change(dispute, status=status, is_charge_refundable=status == "warning_closed")
    account.emit("charge.dispute.closed", dispute)
    return dispute


def _expect(account: Account, name: str, allowed: tuple[str, ...]) -> Body:
    dispute = account.get("dispute", name)
    if dispute["status"] not in allowed:
        raise Refused(f"This dispute is {dispute['status']}, not {' or '.join(allowed)}.")
    return dispute


def _update(account: Account, name: str, params: Body) -> Body:
    dispute = _expect(account, name, OPEN_FORMAL + OPEN_INQUIRY)
    details = dict(dispute["evidence_details"])
    status = dispute["status"]
    if "evidence" in params:
        details["has_evidence"] = True
        if params.get("submit", True):
            details["submission_count"] += 1
            status = "under_review" if status in OPEN_FORMAL else "warning_under_review"
    before = account.change(
        dispute,
        evidence=dispute["evidence"] | params.get("evidence", {}),
        evidence_details=details,
        metadata=merged(dispute["metadata"], params.get("metadata", {})),
        status=status,
    )
    account.emit("charge.dispute.updated", dispute, previous=before)
    return dispute


def _accept(account: Account, name: str, _: Body) -> Body:
    return lose(account, name)


UPDATE = {
    "evidence": record(dict.fromkeys(EVIDENCE, text(20_000))),
    "metadata": metadata,
    "submit": flag,
}
ROUTES = [
    *reading("dispute", "/v1/disputes", charge=text(), payment_intent=text()),
    Route("POST", "/v1/disputes/*", _update, call(UPDATE)),
    Route("POST", "/v1/disputes/*/close", _accept),
]
