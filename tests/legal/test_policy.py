"""The five presets against the table of policies, written out here a second time on purpose."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.utils.translation import gettext_lazy

from legal.durations import Duration
from legal.policy import SETTINGS, Policy, setting
from legal.presets import PRESETS, preset_name
from legal.setting import InvalidPolicy, Scope, row

NAMES = ("eu_consumer", "white_label", "money_back", "deposit_window", "balance_only")
USD = 1_000_000
D = "default"  # the table's dash
TIERS = {"standard": [24, 72], "premium": [12, 48]}
NOTICE, IMPLICIT = "notice_then_accept", "immediate_implicit"
ALL_POINTS = ["registration", "order", "payment"]

# key: (default, eu_consumer, white_label, money_back, deposit_window, balance_only)
TABLE: dict[str, tuple[object, ...]] = {
    "withdraw.enabled": (True, False, False, True, True, False),
    "withdraw.window_days": (14, D, D, None, 14, D),
    "withdraw.order_refunds_exempt": (True, D, D, True, True, D),
    "withdraw.min_cash_balance": (5 * USD, D, D, 5 * USD, 0, D),
    "withdraw.fee": ("full_once", D, D, "none", "full_once", D),
    "withdraw.alt_method": ("never", D, D, "staff_two_person", "never", D),
    "withdraw.cancel_bonus": (True, D, D, True, True, D),
    "withdraw.second_approver_from": (100 * USD, D, D, 100 * USD, D, D),
    "withdraw.review_sla": ("5 working_days", D, D, "48 hours", "5 working_days", D),
    "withdraw.payout_text": (
        "3–15 working days", D, D, "3–5 business days", "3–15 working days", D,
    ),
    "withdraw.channel": ("form", D, D, "form_or_ticket", "ticket", D),
    "wallet.expiry_months": (None, 12, None, None, None, None),
    "wallet.spend_order": ("cash_first", D, D, D, "cash_first", D),
    "bonus.clawback_spent": ("none", D, D, D, "none", D),
    "order.customer_cancel": (
        "pending_or_service_flag", "never", "never", "pending_absorb", "pending", "service_flag",
    ),
    "order.cancel_refund": ("full", "full", "full", "full", "full", "full"),
    "order.partial_refund": ("auto", "auto", "manual", "auto", "auto", "auto"),
    "order.nonstart_days": (14, 14, 7, D, D, D),
    "order.nonstart_auto": (False, False, False, D, D, D),
    "order.claim_window_days": (None, None, 7, None, None, None),
    "order.duplicate_policy": ("block", "warn", "block", "block", "block", "block"),
    "order.undo_seconds": (15, 0, 0, 15, 15, 0),
    "order.accept_late_refunds_days": (90, 90, 90, 90, 90, 90),
    "order.claim_grace_days": (7, 0, 7, D, D, D),
    "order.uncertain_refund_after": ("72 hours", D, D, D, D, D),
    "order.open_cap": (10_000, D, D, D, D, D),
    "order.screening": ("hold", D, "hold", D, D, "hold"),
    "order.price_quote_ttl": ("15 minutes", D, D, D, D, D),
    "chargeback.suspend": (True, True, True, True, True, True),
    "chargeback.cancel_orders": ("unsent", "unsent", "unsent", "unsent", "unsent", "all"),
    "chargeback.forfeit": (False, False, False, False, False, True),
    "chargeback.blacklist": ("staff", "staff", "staff", "on_lost", "staff", "staff"),
    "chargeback.pass_fee": (0, 0, 0, 15 * USD, 0, 0),
    "chargeback.recourse": (
        "whole_balance", D, D, "whole_balance", "whole_balance", "deposit_only",
    ),
    "legal.email_on_change": (True, False, D, D, D, False),
    "legal.mode": (NOTICE, NOTICE, IMPLICIT, IMPLICIT, NOTICE, IMPLICIT),
    "legal.notice_days": (15, 0, D, D, D, 0),
    "legal.points": (ALL_POINTS, ["order"], ["access"], D, ["payment"], ALL_POINTS),
    "legal.specific_clauses": ([], [3, 5, 6, 7, 8, 9, 10, 12], [], [], [], []),
    "retention.order_content_months": (6, 6, D, D, D, None),
    "retention.deleted_account_months": (12, D, D, D, D, 12),
    "retention.activity_log_months": (12, D, D, D, D, 12),
    "privacy.answer_days": (30, D, D, D, D, 30),
    "incident.notify_hours": (72, D, 72, D, D, D),
    "age.min": (16, 16, D, D, D, D),
    "support.sla": ("24 working_hours", D, "24 working_hours", "24 hours", D, D),
    "sla.windows": (TIERS, D, TIERS, D, D, D),
    "sla.credit": ("off", D, "staff", D, D, D),
    "api.rate_limit": (60, D, 60, D, D, D),
    "api.suspend_after": (3, D, 3, D, D, D),
    "subscription.renewal": ("monthly", "monthly", D, D, D, D),
}  # fmt: skip


def test_the_declaration_has_exactly_the_settings_of_the_table():
    assert list(SETTINGS) == list(TABLE)


@pytest.mark.parametrize("key", TABLE)
def test_a_default_is_the_tables(key):
    assert Policy().to_json()[key] == TABLE[key][0]


@pytest.mark.parametrize("column", range(5), ids=NAMES)
@pytest.mark.parametrize("key", TABLE)
def test_a_preset_has_the_tables_value(key, column):
    default, *cells = TABLE[key]
    expected = default if cells[column] == D else cells[column]
    assert PRESETS[NAMES[column]].to_json()[key] == expected


def test_there_are_five_presets_in_the_tables_order_and_no_two_are_equal():
    assert tuple(PRESETS) == NAMES
    assert len({json.dumps(policy.to_json()) for policy in PRESETS.values()}) == 5


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_survives_json(name):
    stored = json.loads(json.dumps(PRESETS[name].to_json()))
    assert Policy.from_json(stored) == PRESETS[name]
    assert preset_name(Policy.from_json(stored)) == name


def test_a_policy_survives_a_store_that_reorders_keys():
    shuffled: dict[str, object] = dict(Policy().to_json())
    shuffled["sla.windows"] = dict(reversed(TIERS.items()))
    assert Policy.from_json(dict(sorted(shuffled.items()))) == Policy()


def test_a_policy_of_ones_own_has_no_presets_name():
    assert preset_name(replace(PRESETS["balance_only"], order_undo_seconds=5)) == ""


def test_a_policy_cannot_be_changed():
    with pytest.raises(AttributeError):
        PRESETS["balance_only"].order_undo_seconds = 5  # type: ignore[misc]


WRONG: dict[str, list[object]] = {
    "withdraw.enabled": ["yes", 1, 0, None],
    "withdraw.window_days": [0, 3651, -1, 14.0, "14", True],
    "withdraw.min_cash_balance": [-1, 10_000_000_001, None, "5.00", 5.5, False],
    "withdraw.fee": ["sometimes", "", None, ["none"], 0],
    "withdraw.review_sla": ["0 hours", "5 wd", "5 minutes", "721 hours", "5", 5, "+5 hours", None],
    "withdraw.payout_text": ["", "x" * 81, "two\nlines", "<b>", "{{ policy.age_min }}", "a\0", 3],
    "order.undo_seconds": [-1, 601, None],
    "order.uncertain_refund_after": ["3 working_days", "٣ hours"],
    "legal.points": ["order", ["order", "order"], ["browsing"], [1], [["order"]], None, {}],
    "legal.specific_clauses": [[5, 3], [3, 3], [0], [1000], ["3"], [True], 3, None],
    "sla.windows": [
        *({"bulk": hours} for hours in ([5, 5], [5], 5, [1, 9000], ["1", 2])),
        {"gold": [1, 2]},
        {"": [1, 2]},
        [],
        None,
    ],
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in WRONG.items() for value in values]
)
def test_a_value_that_is_not_allowed_is_refused_by_key_and_range(key, value):
    with pytest.raises(InvalidPolicy) as refusal:
        Policy.from_json({**Policy().to_json(), key: value})
    assert refusal.value.key == key
    assert setting(key).allowed in str(refusal.value)


def test_the_ends_of_a_range_are_allowed():
    for value in (1, 3650, None):
        policy = Policy.from_json({**Policy().to_json(), "withdraw.window_days": value})
        assert policy.withdraw_window_days == value


def test_a_policy_is_also_checked_when_it_is_made_in_code():
    with pytest.raises(InvalidPolicy, match=r"order\.undo_seconds: expected .* 0 to 600"):
        replace(Policy(), order_undo_seconds=601)


def test_an_unknown_key_is_refused():
    with pytest.raises(InvalidPolicy, match=r"order\.colour: there is no such setting"):
        Policy.from_json({**Policy().to_json(), "order.colour": "blue"})


@pytest.mark.parametrize("stored", [None, [], "{}", 1])
def test_what_is_not_an_object_is_refused(stored):
    with pytest.raises(InvalidPolicy, match="expected an object"):
        Policy.from_json(stored)


@pytest.mark.parametrize("key", TABLE)
def test_a_missing_key_is_refused_rather_than_filled_with_todays_default(key):
    stored = dict(Policy().to_json())
    del stored[key]
    with pytest.raises(InvalidPolicy) as refusal:
        Policy.from_json(stored)
    assert refusal.value.key == key


@dataclass(frozen=True, kw_only=True)
class LaterPolicy(Policy):
    """A setting born after policies were published: on by default, off for what was agreed."""

    order_gift_wrap: bool = row(True, Scope.ORDER, "ORD-01", gettext_lazy("Help"), absent=False)


def test_a_later_setting_says_what_older_policies_are_read_as():
    published_before = Policy().to_json()
    assert LaterPolicy().order_gift_wrap is True
    assert LaterPolicy.from_json(published_before).order_gift_wrap is False
    assert LaterPolicy.from_json({**published_before, "order.gift_wrap": True}).order_gift_wrap


def test_every_setting_is_described():
    for key, declared in SETTINGS.items():
        assert declared.key == key == declared.attribute.replace("_", ".", 1)
        assert declared.scope in Scope
        assert declared.rows
        assert str(declared.description)
        assert declared.allowed
        assert declared.words(declared.default)


def test_money_is_printed_exactly():
    minimum = setting("withdraw.min_cash_balance")
    printed = [minimum.words(micros) for micros in (0, 5_000_000, 4_990_000, 1, 12_345_600)]
    assert printed == ["0.00 USD", "5.00 USD", "4.99 USD", "0.000001 USD", "12.3456 USD"]


def test_a_working_day_is_never_a_number_of_seconds():
    assert Duration(72, "hours").to_timedelta() == timedelta(days=3)
    assert Duration(15, "minutes").to_timedelta() == timedelta(seconds=900)
    with pytest.raises(ValueError, match="calendar"):
        Duration(5, "working_days").to_timedelta()
    assert str(Duration(1, "working_days")) == "1 working day"
