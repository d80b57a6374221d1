"""Five complete policies to start from. What a preset does not name is the default."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from legal.durations import Duration
from legal.policy import DOLLAR, TIERS, Policy

# For consumers under European law: a closed balance that expires, nothing cancelled by customers.
EU_CONSUMER = Policy(
    withdraw_enabled=False,
    wallet_expiry_months=12,
    order_customer_cancel="never",
    order_cancel_refund="full",
    order_partial_refund="auto",
    order_nonstart_days=14,
    order_nonstart_auto=False,
    order_claim_window_days=None,
    order_duplicate_policy="warn",
    order_undo_seconds=0,
    order_accept_late_refunds_days=90,
    order_claim_grace_days=0,
    chargeback_suspend=True,
    chargeback_cancel_orders="unsent",
    chargeback_forfeit=False,
    chargeback_blacklist="staff",
    chargeback_pass_fee=0,
    legal_email_on_change=False,
    legal_mode="notice_then_accept",
    legal_notice_days=0,
    legal_points=frozenset(("order",)),
    legal_specific_clauses=(3, 5, 6, 7, 8, 9, 10, 12),
    retention_order_content_months=6,
    age_min=16,
    subscription_renewal="monthly",
)

# For resellers: sales are final once they are sent, staff decide on parts, service credits.
WHITE_LABEL = Policy(
    withdraw_enabled=False,
    wallet_expiry_months=None,
    order_customer_cancel="never",
    order_cancel_refund="full",
    order_partial_refund="manual",
    order_nonstart_days=7,
    order_nonstart_auto=False,
    order_claim_window_days=7,
    order_duplicate_policy="block",
    order_undo_seconds=0,
    order_accept_late_refunds_days=90,
    order_claim_grace_days=7,
    order_screening="hold",
    chargeback_suspend=True,
    chargeback_cancel_orders="unsent",
    chargeback_forfeit=False,
    chargeback_blacklist="staff",
    chargeback_pass_fee=0,
    legal_mode="immediate_implicit",
    legal_points=frozenset(("access",)),
    legal_specific_clauses=(),
    incident_notify_hours=72,
    support_sla=Duration(24, "working_hours"),
    sla_windows=TIERS,
    sla_credit="staff",
    api_rate_limit=60,
    api_suspend_after=3,
)

# Generous: unused money goes back to its method at any time, pending orders are cancelled at once.
MONEY_BACK = Policy(
    withdraw_enabled=True,
    withdraw_window_days=None,
    withdraw_order_refunds_exempt=True,
    withdraw_min_cash_balance=5 * DOLLAR,
    withdraw_fee="none",
    withdraw_alt_method="staff_two_person",
    withdraw_cancel_bonus=True,
    withdraw_second_approver_from=100 * DOLLAR,
    withdraw_review_sla=Duration(48, "hours"),
    withdraw_payout_text="3–5 business days",
    withdraw_channel="form_or_ticket",
    wallet_expiry_months=None,
    order_customer_cancel="pending_absorb",
    order_cancel_refund="full",
    order_partial_refund="auto",
    order_claim_window_days=None,
    order_duplicate_policy="block",
    order_undo_seconds=15,
    order_accept_late_refunds_days=90,
    chargeback_suspend=True,
    chargeback_cancel_orders="unsent",
    chargeback_forfeit=False,
    chargeback_blacklist="on_lost",
    chargeback_pass_fee=15 * DOLLAR,
    chargeback_recourse="whole_balance",
    legal_mode="immediate_implicit",
    legal_specific_clauses=(),
    support_sla=Duration(24, "hours"),
)

# Unspent deposits go back within 14 days less the processor's fee; orders refund by themselves.
DEPOSIT_WINDOW = Policy(
    withdraw_enabled=True,
    withdraw_window_days=14,
    withdraw_order_refunds_exempt=True,
    withdraw_min_cash_balance=0,
    withdraw_fee="full_once",
    withdraw_alt_method="never",
    withdraw_cancel_bonus=True,
    withdraw_review_sla=Duration(5, "working_days"),
    withdraw_payout_text="3–15 working days",
    withdraw_channel="ticket",
    wallet_expiry_months=None,
    wallet_spend_order="cash_first",
    bonus_clawback_spent="none",
    order_customer_cancel="pending",
    order_cancel_refund="full",
    order_partial_refund="auto",
    order_claim_window_days=None,
    order_duplicate_policy="block",
    order_undo_seconds=15,
    order_accept_late_refunds_days=90,
    chargeback_suspend=True,
    chargeback_cancel_orders="unsent",
    chargeback_forfeit=False,
    chargeback_blacklist="staff",
    chargeback_pass_fee=0,
    chargeback_recourse="whole_balance",
    legal_mode="notice_then_accept",
    legal_points=frozenset(("payment",)),
    legal_specific_clauses=(),
)

# Money stays in the balance; a new version binds by use; strict after a reversed payment.
BALANCE_ONLY = Policy(
    withdraw_enabled=False,
    wallet_expiry_months=None,
    order_customer_cancel="service_flag",
    order_cancel_refund="full",
    order_partial_refund="auto",
    order_claim_window_days=None,
    order_duplicate_policy="block",
    order_undo_seconds=0,
    order_accept_late_refunds_days=90,
    order_screening="hold",
    chargeback_suspend=True,
    chargeback_cancel_orders="all",
    chargeback_forfeit=True,
    chargeback_blacklist="staff",
    chargeback_pass_fee=0,
    chargeback_recourse="deposit_only",
    legal_email_on_change=False,
    legal_mode="immediate_implicit",
    legal_notice_days=0,
    legal_points=frozenset(("registration", "order", "payment")),
    legal_specific_clauses=(),
    retention_order_content_months=None,
    retention_deleted_account_months=12,
    retention_activity_log_months=12,
    privacy_answer_days=30,
)

PRESETS: Final[Mapping[str, Policy]] = MappingProxyType(
    {
        "eu_consumer": EU_CONSUMER,
        "white_label": WHITE_LABEL,
        "money_back": MONEY_BACK,
        "deposit_window": DEPOSIT_WINDOW,
        "balance_only": BALANCE_ONLY,
    }
)

# What a new installation begins with: the default of every setting, unless that would promise
# something that this release does not do by itself (`legal.execution`).
STARTER: Final = Policy(
    legal_email_on_change=False,
    legal_mode="immediate_implicit",
    legal_notice_days=0,
    retention_order_content_months=None,
)


def preset_name(policy: Policy) -> str:
    """Return the name of the preset that a policy equals, or an empty string."""
    return next((name for name, preset in PRESETS.items() if preset == policy), "")
