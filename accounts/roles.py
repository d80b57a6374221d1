"""What each group of staff may do (S-20): one table, least permissions, no other source."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import QuerySet

_LOOKS_UP_CUSTOMERS = frozenset({"accounts.view_user"})
_READS_TICKETS = frozenset({"tickets.view_ticket", "tickets.view_message"})
_READS_ORDERS = frozenset({"orders.view_order", "orders.view_orderevent"})
_READS_CATALOGUE = frozenset(
    {"services.view_platform", "services.view_category", "services.view_service"}
)
_KEEPS_CATALOGUE = frozenset(
    f"services.{verb}_{model}"
    for verb in ("view", "add", "change")
    for model in (
        "platform",
        "category",
        "qualitylabel",
        "service",
        "provider",
        "providerservice",
        "customprice",
        "sync",
    )
)
# Rules of prices, groups and levels, and many prices at once.
_KEEPS_PRICES = frozenset(
    f"services.{verb}_{model}"
    for verb in ("view", "add", "change", "delete")
    for model in ("pricerule", "pricegroup", "groupdiscount", "groupmembership")
) | {"services.view_priceedit", "services.add_priceedit", "services.change_priceedit"}
# Claims: everybody at the desk sees them and proposes an answer, and marks what a customer got
# wrong; how much the others pay back alone stands in `orders.ending.limits`.
_SEES_CLAIMS = frozenset(
    {"orders.view_claim", "orders.view_proposal", "orders.add_proposal", "orders.mark_user_error"}
)
# Refills, speed-ups and cancels that no call carries out.
_CARRIES_OUT_REQUESTS = frozenset({"orders.decide_followup"})
_DECIDES_CLAIMS = _SEES_CLAIMS | {"orders.decide_claim", "orders.set_status"}
# Never change, never add: the books have one writer, and it is not the admin.
_READS_BOOKS = frozenset(
    {
        "wallet.view_account",
        "wallet.view_transfer",
        "wallet.view_deposit",
        "wallet.view_gatewayevent",
        "wallet.view_unmatchedpayment",
        "wallet.view_clearingentry",
        "wallet.view_withdrawal",
        "wallet.view_payout",
        "wallet.view_foreignrefund",
        "wallet.view_dispute",
        "wallet.view_fraudwarning",
        "wallet.view_decision",
    }
)
# A courtesy in bonus money; how much of it alone stands in `wallet.decisions.limits`.
_GIVES_GOODWILL = frozenset({"wallet.give_goodwill"})
# The queues, lists and reports of money, and proposing what another person agrees to.
_KEEPS_MONEY = _GIVES_GOODWILL | {
    "wallet.view_reports",
    "wallet.confirm_deposit",
    "wallet.propose_money",
}
# Evidence for a bank, and money that waits because of its warning.
_HANDLES_DISPUTES = frozenset({"wallet.handle_dispute"})
# Bonuses on top-ups: made and ended, and what came of them to look at.
_KEEPS_PROMOTIONS = frozenset(
    {
        "wallet.view_promotion",
        "wallet.add_promotion",
        "wallet.change_promotion",
        "wallet.view_redemption",
        "wallet.view_bonusgrant",
    }
)

# A rate is shown and never charged by; a new one is a new row.
_KEEPS_RATES = frozenset({"wallet.view_displayrate", "wallet.add_displayrate"})

# Clocks of promises stand still on them.
_KEEPS_HOLIDAYS = frozenset(
    f"accounts.{verb}_holiday" for verb in ("view", "add", "change", "delete")
)

# Drafts are written and published; what is published changes for nobody.
_KEEPS_LEGAL_PAGES = frozenset(
    {
        "legal.view_document",
        "legal.view_documentversion",
        "legal.add_documentversion",
        "legal.change_documentversion",
        "legal.view_publication",
        "legal.add_publication",
    }
)

PERMISSIONS: dict[str, frozenset[str]] = {
    "Support": _LOOKS_UP_CUSTOMERS
    | _READS_TICKETS
    | _READS_ORDERS
    | _READS_CATALOGUE
    | _GIVES_GOODWILL
    | _SEES_CLAIMS
    | _CARRIES_OUT_REQUESTS
    | {"tickets.answer_ticket"},
    "Operator": _LOOKS_UP_CUSTOMERS
    | _READS_TICKETS
    | _READS_ORDERS
    | _KEEPS_CATALOGUE
    | _KEEPS_PRICES
    | _READS_BOOKS
    | _KEEPS_MONEY
    | _HANDLES_DISPUTES
    | _DECIDES_CLAIMS
    | _CARRIES_OUT_REQUESTS
    | _KEEPS_PROMOTIONS
    | _KEEPS_RATES
    | _KEEPS_LEGAL_PAGES
    | {
        "services.delete_customprice",
        # Which providers a service falls back on, in the page of the service.
        "services.view_alternative",
        "services.add_alternative",
        "services.change_alternative",
        "services.delete_alternative",
        "orders.view_submission",
        "orders.resolve_uncertain",
        "orders.review_held",
        "orders.view_blockedterm",
        "orders.add_blockedterm",
        "orders.change_blockedterm",
        "orders.delete_blockedterm",
        "accounts.change_standing",
        "accounts.change_api_access",
        "accounts.invite_user",
        # Everybody's keys for the Admin API: one that misbehaves is ended by whoever sees it.
        "accounts.view_operatorkey",
        "accounts.change_operatorkey",
        "accounts.view_case",
        "accounts.change_case",
        "accounts.view_killswitch",
        "accounts.change_killswitch",
        "accounts.view_outboundmail",
        "accounts.view_actlog",
    }
    | _KEEPS_HOLIDAYS,
    "Finance": _LOOKS_UP_CUSTOMERS
    | _READS_TICKETS
    | _READS_ORDERS
    | _READS_BOOKS
    | _KEEPS_MONEY
    | _HANDLES_DISPUTES
    | _DECIDES_CLAIMS
    | {
        "orders.refund_user_error",
        "tickets.answer_ticket",
        "accounts.view_case",
        "accounts.change_case",
        "accounts.view_actlog",
        "wallet.propose_forfeiture",
        "wallet.decide_money",
        "wallet.approve_withdrawal",
        "orders.cancel_without_refund",
        "wallet.view_promotion",
        "wallet.view_redemption",
        "wallet.view_bonusgrant",
    },
}


class UnknownPermission(Exception):
    """The table names a permission that no model has."""


def install() -> None:
    """Give every group exactly the permissions of the table. Raises UnknownPermission."""
    with transaction.atomic():
        for name, wanted in PERMISSIONS.items():
            group, _created = Group.objects.get_or_create(name=name)
            group.permissions.set(_permissions(wanted))


def _permissions(wanted: frozenset[str]) -> list[Permission]:
    codenames = {name.partition(".")[2] for name in wanted}
    candidates: QuerySet[Permission] = Permission.objects.filter(
        codename__in=codenames
    ).select_related("content_type")
    found = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in candidates
    }
    if missing := wanted - found.keys():
        raise UnknownPermission(", ".join(sorted(missing)))
    return [found[name] for name in sorted(wanted)]
