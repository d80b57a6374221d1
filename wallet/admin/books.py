"""The books for staff: everything can be looked up, nothing can be written."""

from __future__ import annotations

from typing import TypeVar

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.readonly import ReadOnlyAdmin
from wallet.addresses import admin_page_of
from wallet.gateways import registry
from wallet.models import Account, Deposit, Transfer
from wallet.money import display

M = TypeVar("M", bound=Model)


class BooksAdmin(ReadOnlyAdmin[M]):
    list_per_page = 50
    view_on_site = False  # a customer's page answers that customer only
    ordering = ("-pk",)


@admin.register(Account)
class AccountAdmin(BooksAdmin[Account]):
    """Searched by the customer's e-mail. A house account has no balance: it is a sum."""

    list_display = ("id", "kind", "owner", "label", "balance")
    list_filter = ("kind",)
    list_select_related = ("owner",)
    search_fields = ("owner__email__iexact",)
    search_help_text = _("The customer's whole e-mail address")
    fields = ("owner", "kind", "label", "balance")

    @admin.display(description=_("balance"), ordering="balance_micros")
    def balance(self, account: Account) -> str:
        return display(account.balance_micros) if account.owner_id else "—"


@admin.register(Transfer)
class TransferAdmin(BooksAdmin[Transfer]):
    list_display = (
        "id",
        "created_at",
        "kind",
        "amount",
        "debit_account",
        "credit_account",
        "about",
    )
    list_filter = ("kind",)
    list_select_related = ("debit_account", "credit_account")
    search_fields = ("reference__exact", "key__exact", "origin__exact")
    search_help_text = _("A whole reference or key: order:17, order:17:charge, deposit:5:credit")
    fields = (
        "created_at",
        "kind",
        "amount",
        "debit_account",
        "credit_account",
        "about",
        "key",
        "origin",
    )

    @admin.display(description=_("amount"))
    def amount(self, transfer: Transfer) -> str:
        return display(transfer.amount_micros)

    @admin.display(description=_("reference"), ordering="reference")
    def about(self, transfer: Transfer) -> SafeString | str:
        return _linked(transfer.reference)


@admin.register(Deposit)
class DepositAdmin(BooksAdmin[Deposit]):
    list_display = ("id", "created_at", "customer", "method", "amount", "state", "credited_at")
    list_filter = ("state", "gateway")
    list_select_related = ("customer",)
    search_fields = (
        "payment_id__exact", "charge_id__exact", "customer__email__iexact", "id__exact",
    )  # fmt: skip
    search_help_text = _("A number of a top-up, payment or charge, or the customer's whole address")
    fields = (
        "customer",
        "method",
        "asked",
        "amount",
        "fee",
        "state",
        "trouble",
        "method_label",
        "payment_id",
        "charge_id",
        "checkout_id",
        "created_at",
        "credited_at",
        "publication",
        "transfers",
    )

    @admin.display(description=_("gateway"), ordering="gateway")
    def method(self, deposit: Deposit) -> str:
        return str(registry.label_of(deposit.gateway))

    @admin.display(description=_("amount asked for"))
    def asked(self, deposit: Deposit) -> str:
        return display(deposit.asked_micros)

    @admin.display(description=_("amount"), ordering="amount_micros")
    def amount(self, deposit: Deposit) -> str:
        return display(deposit.amount_micros)

    @admin.display(description=_("gateway's fee"))
    def fee(self, deposit: Deposit) -> str:
        return "–" if deposit.fee_micros is None else display(deposit.fee_micros)

    @admin.display(description=_("transfers"))
    def transfers(self, deposit: Deposit) -> SafeString:
        return transfers_link(deposit.reference)


def transfers_link(reference: str) -> SafeString:
    """A link to all transfers of one cause; other apps' admins show it beside their own rows."""
    address = reverse("admin:wallet_transfer_changelist", query={"q": reference})
    return format_html('<a href="{}">{}</a>', address, reference)


def _linked(reference: str) -> SafeString | str:
    page = admin_page_of(reference)
    return format_html('<a href="{}">{}</a>', page, reference) if page else reference
