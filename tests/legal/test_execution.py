"""What no code does is not published: not by the form, not by the command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from django.core.management import CommandError, call_command

from legal.durations import DeliveryWindow
from legal.execution import NotExecutable, check_executable, executed_values
from legal.models import Publication
from legal.policy import SETTINGS, CustomerCancel, Policy
from legal.presets import PRESETS, STARTER


def _withdrawals_of(preset: str) -> dict[str, Any]:
    """What a preset promises about money back."""
    return {
        setting.attribute: getattr(PRESETS[preset], setting.attribute)
        for key, setting in SETTINGS.items()
        if key.startswith("withdraw.") or key == "bonus.clawback_spent"
    }


def refused(**values: Any) -> list[str]:
    return refused_as_it_is(replace(STARTER, **values))


def refused_as_it_is(policy: Policy) -> list[str]:
    with pytest.raises(NotExecutable) as caught:
        check_executable(policy)
    return caught.value.problems


def test_what_a_new_panel_begins_with_can_be_kept() -> None:
    check_executable(STARTER)


def test_a_new_panel_begins_with_the_defaults_as_far_as_they_can_be_kept() -> None:
    changed = {key for key in SETTINGS if STARTER.value(key) != SETTINGS[key].default}
    # How long before a version binds it is announced means nothing where use is acceptance.
    assert changed - {"legal.notice_days"} == {
        problem.partition(":")[0] for problem in refused_as_it_is(Policy())
    }
    assert STARTER.withdraw_enabled


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"retention_order_content_months": 6}, "retention.order_content_months: 6"),
        ({"api_rate_limit": 600}, "api.rate_limit: 600"),
        ({"legal_mode": "notice_then_accept"}, "legal.mode: notice_then_accept"),
    ],
)
def test_a_promise_that_no_code_keeps_is_refused_by_name(values: dict[str, Any], key: str) -> None:
    (problem,) = refused(**values)
    assert problem.startswith(f"{key} cannot be promised yet; today the panel does: ")


def test_every_broken_promise_is_named() -> None:
    said = refused(retention_order_content_months=6, sla_credit="staff")
    assert [problem.partition(":")[0] for problem in said] == [
        "retention.order_content_months",
        "sla.credit",
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"order_undo_seconds": 0},
        *({"order_customer_cancel": value} for value in get_args(CustomerCancel)),
        {"order_cancel_refund": "by_remains"},
        {"order_accept_late_refunds_days": 0},
        {"order_duplicate_policy": "warn"},
        {"order_duplicate_policy": "allow_no_compensation"},
        {"order_open_cap": 5},
        {"order_open_cap": None},
        {"order_screening": "off"},
        {"age_min": 18},
        {"sla_windows": (DeliveryWindow("bulk", 48, 240),)},
        {"sla_windows": ()},
        {"wallet_expiry_months": 12},
        {"wallet_spend_order": "bonus_first"},
        {"chargeback_blacklist": "on_lost", "chargeback_pass_fee": 15_000_000},
        _withdrawals_of("money_back"),
        _withdrawals_of("deposit_window"),
        {"withdraw_enabled": True, "withdraw_fee": "pro_rata", "bonus_clawback_spent": "deduct"},
    ],
)
def test_what_the_code_reads_can_be_set(values: dict[str, Any]) -> None:
    check_executable(replace(STARTER, **values))


@pytest.mark.parametrize("key", SETTINGS)
def test_what_can_be_published_is_allowed(key: str) -> None:
    for value in executed_values(key) or (SETTINGS[key].default,):
        assert SETTINGS[key].read(SETTINGS[key].write(value)) == value


@pytest.mark.parametrize("preset", sorted(PRESETS.keys() - {"balance_only"}))
@pytest.mark.django_db
def test_the_command_publishes_no_preset_that_cannot_be_kept(preset: str) -> None:
    with pytest.raises(CommandError, match="cannot be promised yet"):
        call_command("install_legal", preset=preset)
    assert not Publication.objects.exists()
