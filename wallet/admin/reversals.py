"""Money on its way back, asked for or taken, and what two people decided. To look at."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.readonly import ReadOnlyInline
from wallet.admin.books import BooksAdmin, transfers_link
from wallet.models import (
    Decision,
    Dispute,
    ForeignRefund,
    FraudWarning,
    Payout,
    Withdrawal,
)
from wallet.money import display


class PayoutInline(ReadOnlyInline[Payout, Withdrawal]):
    model = Payout
    fields = ("deposit", "state", "amount", "fee", "refund_id", "trouble", "sent_at")

    @admin.display(description=_("amount"))
    def amount(self, payout: Payout) -> str:
        return display(payout.amount_micros)

    @admin.display(description=_("fee"))
    def fee(self, payout: Payout) -> str:
        return display(payout.fee_micros)


@admin.register(Withdrawal)
class WithdrawalAdmin(BooksAdmin[Withdrawal]):
    list_display = ("id", "created_at", "customer", "amount", "state", "due_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("customer",)
    search_fields = ("customer__email__iexact", "id__exact", "payouts__refund_id__exact")
    search_help_text = _("A number of a request or refund, or the customer's whole address")
    fields = (
        "customer", "amount", "state", "note", "created_at", "due_at", "decided_at", "answer",
    )  # fmt: skip
    inlines = (PayoutInline,)

    @admin.display(description=_("amount"), ordering="amount_micros")
    def amount(self, withdrawal: Withdrawal) -> str:
        return display(withdrawal.amount_micros)


@admin.register(ForeignRefund)
class ForeignRefundAdmin(BooksAdmin[ForeignRefund]):
    list_display = ("id", "created_at", "gateway", "refund_id", "deposit", "amount", "state")
    list_filter = ("gateway", "state")
    list_select_related = ("deposit",)
    search_fields = ("refund_id__exact",)
    search_help_text = _("A whole number of a refund")
    fields = ("gateway", "refund_id", "deposit", "amount", "state", "created_at", "transfers")

    @admin.display(description=_("amount"))
    def amount(self, refund: ForeignRefund) -> str:
        return display(refund.amount_micros)

    @admin.display(description=_("transfers"))
    def transfers(self, refund: ForeignRefund) -> str:
        return transfers_link(refund.reference)


@admin.register(Dispute)
class DisputeAdmin(BooksAdmin[Dispute]):
    list_display = ("id", "opened_at", "deposit", "amount", "state", "evidence_due_at", "closed_at")
    list_filter = ("gateway", "state")
    list_select_related = ("deposit",)
    search_fields = ("dispute_id__exact", "deposit__customer__email__iexact")
    search_help_text = _("A whole number of a dispute, or the customer's whole address")
    fields = (
        "gateway", "dispute_id", "deposit", "state", "gateway_status", "reason", "amount", "taken",
        "fee", "passed_fee", "evidence_due_at", "opened_at", "closed_at", "transfers",
    )  # fmt: skip

    @admin.display(description=_("amount"))
    def amount(self, dispute: Dispute) -> str:
        return display(dispute.amount_micros)

    @admin.display(description=_("taken"))
    def taken(self, dispute: Dispute) -> str:
        return display(dispute.taken_micros)

    @admin.display(description=_("fee"))
    def fee(self, dispute: Dispute) -> str:
        return display(dispute.fee_micros)

    @admin.display(description=_("fee passed on"))
    def passed_fee(self, dispute: Dispute) -> str:
        return display(dispute.passed_fee_micros)

    @admin.display(description=_("transfers"))
    def transfers(self, dispute: Dispute) -> str:
        return transfers_link(dispute.reference)


@admin.register(FraudWarning)
class FraudWarningAdmin(BooksAdmin[FraudWarning]):
    list_display = ("id", "created_at", "deposit", "kind", "is_actionable", "resolved_at")
    list_filter = ("gateway", ("resolved_at", admin.EmptyFieldListFilter))
    list_select_related = ("deposit",)
    search_fields = ("warning_id__exact",)
    search_help_text = _("A whole number of a warning")
    fields = (
        "gateway", "warning_id", "deposit", "kind", "is_actionable", "created_at", "resolved_at",
        "resolved_by",
    )  # fmt: skip


@admin.register(Decision)
class DecisionAdmin(BooksAdmin[Decision]):
    list_display = (
        "id", "proposed_at", "kind", "customer", "amount", "reason", "outcome", "proposed_by",
        "decided_by",
    )  # fmt: skip
    list_filter = ("kind", "outcome", "reason")
    list_select_related = ("customer", "proposed_by", "decided_by")
    search_fields = ("customer__email__iexact", "subject__exact", "id__exact")
    search_help_text = _("A number, what it is about (withdrawal:5), or the customer's address")
    fields = (
        "kind", "subject", "customer", "amount", "reason", "note", "details", "needs_second",
        "proposed_by", "proposed_at", "outcome", "decided_by", "decided_at", "transfers",
    )  # fmt: skip

    @admin.display(description=_("amount"))
    def amount(self, decision: Decision) -> str:
        return display(decision.amount_micros)

    @admin.display(description=_("transfers"))
    def transfers(self, decision: Decision) -> str:
        return transfers_link(decision.reference)
