from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from accounts import roles
from accounts.models import User

NEVER = (
    *(f"{app}.{verb}_" for app in ("wallet", "auth", "orders") for verb in ("add", "change")),
    *(f"{app}.delete_" for app in ("wallet", "auth", "orders", "legal")),
    # Published is published: a draft may change, a publication and a consent may not.
    "legal.change_publication",
    "legal.add_acceptance",
    "legal.change_acceptance",
    "auth.view_",
)
# An offer is no book: what came of it is in the books, and nobody writes there.
OFFERS = {"wallet.add_displayrate", "wallet.add_promotion", "wallet.change_promotion"}
# What is proposed waits for another person; a blocked term holds orders and changes none.
NO_ACTS = {"orders.add_proposal"} | {
    f"orders.{verb}_blockedterm" for verb in ("add", "change", "delete")
}


def test_the_command_gives_each_group_exactly_its_permissions(
    sam: User, olga: User, fiona: User
) -> None:
    extra = Permission.objects.get(codename="delete_user")
    Group.objects.get(name="Support").permissions.add(extra)
    for _time in range(2):
        call_command("install_roles")
    for user, group in ((sam, "Support"), (olga, "Operator"), (fiona, "Finance")):
        fresh = User.objects.get(pk=user.pk)
        assert fresh.get_all_permissions() == roles.PERMISSIONS[group]


@pytest.mark.parametrize("group", roles.PERMISSIONS)
def test_nobody_edits_books_orders_or_rights(group: str) -> None:
    forbidden = {name for name in roles.PERMISSIONS[group] if name.startswith(NEVER)}
    assert forbidden <= OFFERS | NO_ACTS


def test_support_reaches_no_money_provider_or_key() -> None:
    support = roles.PERMISSIONS["Support"]
    # Bonus money up to a limit (wallet.decisions.limits); nothing that shows or moves a balance.
    assert {name for name in support if name.startswith("wallet.")} == {"wallet.give_goodwill"}
    assert not any("provider" in name or "apikey" in name for name in support)
    assert not any("submission" in name for name in support)


def test_a_permission_that_no_model_has_is_an_error(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(roles.PERMISSIONS, "Support", frozenset({"tickets.fly"}))
    with pytest.raises(CommandError, match=r"tickets\.fly"):
        call_command("install_roles")


def test_only_finance_proposes_and_decides_about_a_balance() -> None:
    """FRD-04: operators suspend; what ends a balance is finance's, with a second person."""
    for name in ("propose_forfeiture", "decide_money", "approve_withdrawal"):
        holders = {group for group, held in roles.PERMISSIONS.items() if f"wallet.{name}" in held}
        assert holders == {"Finance"}, name
