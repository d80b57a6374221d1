"""Under /staff/payments/: what staff see and decide about money."""

from django.urls import path

from wallet.staff import (
    bank_payments,
    customers,
    decisions,
    disputes,
    payments,
    proposing,
    reports,
    unmatched,
    withdrawals,
)

app_name = "wallet_staff"

urlpatterns = [
    path("", payments.payments, name="payments"),
    path("<int:deposit_id>/", payments.payment, name="payment"),
    path("bank/", bank_payments.bank_payments, name="bank_payments"),
    path("bank/<int:deposit_id>/", bank_payments.bank_payment, name="bank_payment"),
    path("bank/<int:deposit_id>/confirm/", bank_payments.bank_confirm, name="bank_confirm"),
    path("bank/<int:deposit_id>/decline/", bank_payments.bank_decline, name="bank_decline"),
    path("bank/<int:deposit_id>/proof/", bank_payments.bank_proof, name="bank_proof"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/<int:decision_id>/", decisions.decision, name="decision"),
    path("decisions/<int:decision_id>/agree/", decisions.agree, name="agree"),
    path("decisions/<int:decision_id>/decline/", decisions.decline, name="decline"),
    path("decisions/<int:decision_id>/undo/", proposing.undo, name="undo"),
    path("disputes/", disputes.disputes, name="disputes"),
    path("disputes/<int:dispute_id>/", disputes.dispute, name="dispute"),
    path("disputes/<int:dispute_id>/undo/", proposing.dispute_undo, name="dispute_undo"),
    path("warnings/<int:warning_id>/", disputes.warning, name="warning"),
    path("warnings/<int:warning_id>/release/", disputes.warning_release, name="warning_release"),
    path("unmatched/", unmatched.unmatched, name="unmatched"),
    path("unmatched/<int:unmatched_id>/", unmatched.unmatched_payment, name="unmatched_payment"),
    path(
        "unmatched/<int:unmatched_id>/credit/", unmatched.unmatched_credit, name="unmatched_credit"
    ),
    path("unmatched/<int:unmatched_id>/close/", unmatched.unmatched_close, name="unmatched_close"),
    path("reports/trial-balance/", reports.trial_balance, name="trial_balance"),
    path("reports/liability/", reports.liability, name="liability"),
    path("reports/clearing/", reports.clearing, name="clearing"),
    path("withdrawals/", withdrawals.withdrawals, name="withdrawals"),
    path("withdrawals/<int:withdrawal_id>/", withdrawals.withdrawal, name="withdrawal"),
    path(
        "withdrawals/<int:withdrawal_id>/approve/",
        withdrawals.withdrawal_approve,
        name="withdrawal_approve",
    ),
    path(
        "withdrawals/<int:withdrawal_id>/decline/",
        withdrawals.withdrawal_decline,
        name="withdrawal_decline",
    ),
    path("payouts/<int:payout_id>/", withdrawals.payout, name="payout"),
    path("payouts/<int:payout_id>/sent/", withdrawals.payout_sent, name="payout_sent"),
    path("payouts/<int:payout_id>/back/", withdrawals.payout_returned, name="payout_returned"),
    path("payouts/<int:payout_id>/other/", withdrawals.payout_other_way, name="payout_other_way"),
    path("customers/<int:customer_id>/", customers.customer, name="customer"),
    path("customers/<int:customer_id>/goodwill/", proposing.goodwill, name="goodwill"),
    path("customers/<int:customer_id>/correct/", proposing.correct, name="correct"),
    path("customers/<int:customer_id>/forfeit/", proposing.forfeit, name="forfeit"),
]
