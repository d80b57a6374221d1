"""The links of the header and of the rows of tabs. A page belongs to the one whose address is the
longest beginning of its own, so that pages inside a section need say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Link:
    """`also` names pages at which the same section begins elsewhere; `needs` is the permission
    without which it leads nowhere; `key` a shortcut of the keyboard."""

    to: str
    label: str | Promise
    also: tuple[str, ...] = ()
    needs: str = ""
    key: str = ""

    def length_at(self, path: str) -> int:
        """How much of the address is of this section; 0 where it is of another."""
        beginnings = (reverse(name) for name in (self.to, *self.also))
        return max((len(one) for one in beginnings if path.startswith(one)), default=0)


_NEW_ORDER = Link("orders:order_new", _("New order"), also=("orders:order_mass",), key="n")
_API = ("orders:webhooks", "api_docs", "api_calls", "api_status")
_VISITORS = (
    Link("services:service_list", _("Services")),
    Link("legal:index", _("Legal")),
)
_CUSTOMERS = (
    _NEW_ORDER,
    Link("orders:order_list", _("Orders"), key="go"),
    Link("services:service_list", _("Services")),
    Link("wallet:wallet", _("Wallet")),
    Link("tickets:ticket_list", _("Tickets")),
    Link("accounts:api_keys", _("API"), also=_API),
)
_STAFF = (
    *_CUSTOMERS,
    Link("staff_home", _("Staff")),
    Link("admin:index", _("Admin")),
)
_SEE_PROVIDERS, _SEE_PRICES = "services.view_provider", "services.view_pricerule"

NAVS: Mapping[str, Sequence[Link]] = {
    "visitors": _VISITORS,
    "customers": _CUSTOMERS,
    "staff": _STAFF,
    "account": (
        Link("accounts:profile", _("Profile")),
        Link("account_email", _("E-mail")),
        Link("account_change_password", _("Password")),
        Link("accounts:api_keys", _("API keys")),
    ),
    "api": (
        Link("accounts:api_keys", _("Keys")),
        Link("orders:webhooks", _("Webhooks")),
        Link("api_docs", _("Documentation")),
        Link("api_docs_v3", _("REST v3")),
        Link("api_calls", _("Recent calls")),
        Link("api_status", _("Availability")),
    ),
    "ordering": (
        Link("orders:order_new", _("Single order")),
        Link("orders:order_mass", _("Mass order")),
    ),
    "catalogue": (
        Link("staff_services:provider_list", _("Providers"), needs=_SEE_PROVIDERS),
        Link("staff_services:health_list", _("Health"), needs=_SEE_PROVIDERS),
        Link("staff_services:price_rules", _("Price rules"), needs=_SEE_PRICES),
        Link(
            "staff_services:price_edit",
            _("Change prices"),
            also=("staff_services:price_edits",),
            needs=_SEE_PRICES,
        ),
        Link("staff_services:price_rises", _("Cost rises"), needs=_SEE_PRICES),
        Link("staff_services:price_why", _("Why this price?"), needs=_SEE_PRICES),
        Link("staff_services:answers", _("Answers"), needs=_SEE_PROVIDERS),
        Link("staff_services:files", _("Files"), needs="services.change_service"),
        Link("admin:services_service_changelist", _("Services"), needs="services.view_service"),
    ),
    "money": (
        Link("wallet_staff:payments", _("Payments")),
        Link("wallet_staff:withdrawals", _("Withdrawals")),
        Link("wallet_staff:bank_payments", _("Bank payments"), needs="wallet.confirm_deposit"),
        Link("wallet_staff:decisions", _("Decisions")),
        Link("wallet_staff:disputes", _("Disputes")),
        Link("wallet_staff:unmatched", _("Unmatched")),
        Link(
            "wallet_staff:trial_balance",
            _("Reports"),
            also=("wallet_staff:liability", "wallet_staff:clearing"),
        ),
    ),
    "reports": (
        Link("wallet_staff:trial_balance", _("Trial balance")),
        Link("wallet_staff:liability", _("Owed to customers")),
        Link("wallet_staff:clearing", _("Gateways' books")),
    ),
}


def nearest(links: Sequence[Link], path: str) -> Link | None:
    """The link to whose section the address belongs, if to any."""
    found = max(links, key=lambda link: link.length_at(path), default=None)
    return found if found and found.length_at(path) else None
