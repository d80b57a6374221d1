"""Every setting that the terms promise something with, declared once.

A published policy is stored with every key. Reading it never fills a gap with today's default: the
default may change, what was agreed may not. So a missing key is an error, unless its row says with
`absent=` what the policies older than the setting are to be read as.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Literal, Self, get_type_hints

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from legal.durations import DeliveryWindow, Duration
from legal.kinds import Bounds, Json, kind_of
from legal.setting import REQUIRED, InvalidPolicy, Scope, Setting, row

ORDER, DEPOSIT, ACCOUNT, OPERATIONAL = Scope
DOLLAR = 1_000_000
USD = partial(Bounds, "usd_micros")
DAYS, MONTHS, HOURS = partial(Bounds, "days"), partial(Bounds, "months"), partial(Bounds, "hours")
CLOCK = partial(Bounds, "", units=("minutes", "hours"))
SUPPORT = partial(Bounds, "", units=("hours", "working_hours", "working_days"))
TIERS = (DeliveryWindow("premium", 12, 48), DeliveryWindow("standard", 24, 72))
Point = Literal["registration", "order", "payment", "access"]
POINTS: frozenset[Point] = frozenset(("registration", "order", "payment"))
LegalMode = Literal["notice_then_accept", "immediate_implicit"]
CustomerCancel = Literal[
    "never", "pending", "pending_absorb", "service_flag", "pending_or_service_flag"
]
DuplicatePolicy = Literal["block", "warn", "allow_no_compensation"]
AltMethod = Literal["never", "staff_two_person"]
Channel = Literal["form", "form_or_ticket", "ticket"]
Recourse = Literal["whole_balance", "deposit_only"]


# A table: what it holds, where it is read from, which rows it serves, what it does, its range.
# fmt: off
@dataclass(frozen=True, kw_only=True)
class Policy:
    """One value for every setting. `withdraw.window_days` is `policy.withdraw_window_days`."""

    # Money back to the payment method
    withdraw_enabled: bool = row(True, DEPOSIT, "WDR-01 WAL-04 WAL-05",
        _("Unused money may be paid back to the method it was paid with"))
    withdraw_window_days: int | None = row(14, DEPOSIT, "WDR-02 WAL-10",
        _("How long after its credit a deposit may be paid back"), DAYS(1, 3650))
    withdraw_order_refunds_exempt: bool = row(True, DEPOSIT, "WDR-03",
        _("Money refunded from orders may be paid back without that limit"))
    withdraw_min_cash_balance: int = row(5 * DOLLAR, ACCOUNT, "WDR-07",
        _("The cash balance needed to ask for money back"), USD(0, 10_000 * DOLLAR))
    withdraw_fee: Literal["none", "full_once", "pro_rata"] = row("full_once", DEPOSIT, "WDR-08",
        _("How the processor's fee of a deposit is deducted from what is paid back"))
    withdraw_alt_method: AltMethod = row("never", DEPOSIT, "WDR-05 WDR-06",
        _("Whether another way of payment may be used when the original one is gone"))
    withdraw_cancel_bonus: bool = row(True, DEPOSIT, "WDR-09 BON-03",
        _("Paying a deposit back cancels the bonuses that came with it"))
    withdraw_second_approver_from: int = row(100 * DOLLAR, OPERATIONAL, "WDR-14",
        _("From this amount a second person approves"), USD(0, 1_000_000 * DOLLAR))
    withdraw_review_sla: Duration = row(Duration(5, "working_days"), ACCOUNT, "WDR-11 WDR-12",
        _("Time in which a request is reviewed"), SUPPORT(1, 720))
    withdraw_payout_text: str = row("3–15 working days", ACCOUNT, "WDR-12 WDR-13",
        _("How long the bank takes, in words"), Bounds("", 1, 80))
    withdraw_channel: Channel = row("form", ACCOUNT, "WDR-10 REF-12",
        _("Where money back is asked for; the form opens a ticket"))

    # Balance and bonus
    wallet_expiry_months: int | None = row(None, DEPOSIT, "WAL-03",
        _("Unused money expires this long after it was credited"), MONTHS(1, 120))
    wallet_spend_order: Literal["cash_first", "bonus_first"] = row("cash_first", ORDER, "BON-04",
        _("Which part of the balance an order takes first"))
    bonus_clawback_spent: Literal["none", "deduct"] = row("none", DEPOSIT, "BON-03",
        _("Whether bonus that was spent is deducted from what is paid back of its deposit"))

    # Orders
    order_customer_cancel: CustomerCancel = row("pending_or_service_flag", ORDER,
        "REF-01 REF-09 REF-10 REF-17 DEL-03", _("When customers may cancel their own orders"))
    order_cancel_refund: Literal["full", "by_remains"] = row("full", ORDER, "REF-04",
        _("What a cancelled order gives back"))
    order_partial_refund: Literal["auto", "manual"] = row("auto", ORDER, "REF-05 REF-06",
        _("Whether the undelivered part is refunded at once or decided by staff"))
    order_nonstart_days: int = row(14, ORDER, "DEL-04 DEL-05",
        _("An order that has not started by then may be refunded"), DAYS(1, 365))
    order_nonstart_auto: bool = row(False, ORDER, "DEL-04",
        _("That refund comes without being asked for"))
    order_claim_window_days: int | None = row(None, ORDER, "REF-11",
        _("How long after the purchase a refund may be claimed"), DAYS(1, 3650))
    order_duplicate_policy: DuplicatePolicy = row("block", ORDER, "ORD-09 ORD-10",
        _("A second order for a link while an identical one is running"))
    order_undo_seconds: int = row(15, ORDER, "REF-01",
        _("How long a new order waits, so that it can be taken back"), Bounds("seconds", 0, 600))
    order_accept_late_refunds_days: int = row(90, ORDER, "DEL-08",
        _("How long a finished order still follows a report of less"), DAYS(0, 730))
    order_claim_grace_days: int = row(7, ORDER, "REF-11 DEL-05",
        _("How long after its deadline non-delivery may be claimed"), DAYS(0, 365))
    order_uncertain_refund_after: Duration = row(Duration(72, "hours"), ORDER, "DEL-11",
        _("An order whose sending stays unconfirmed is refunded after this"), CLOCK(1, 720))
    order_open_cap: int | None = row(10_000, OPERATIONAL, "ORD-15",
        _("How many orders of one customer may run at a time"), Bounds("orders", 1, 10_000_000))
    order_screening: Literal["off", "hold"] = row("hold", OPERATIONAL, "AUP-01",
        _("What happens to an order that the list of prohibited uses matches"))
    order_price_quote_ttl: Duration = row(Duration(15, "minutes"), OPERATIONAL, "CAT-02",
        _("How long a shown price is held for the customer"), CLOCK(1, 1440))

    # Reversed payments
    chargeback_suspend: bool = row(True, DEPOSIT, "CHB-01",
        _("A reversed payment suspends the account"))
    chargeback_cancel_orders: Literal["unsent", "all"] = row("unsent", DEPOSIT, "CHB-02",
        _("Which running orders a reversed payment cancels"))
    chargeback_forfeit: bool = row(False, DEPOSIT, "CHB-03 FRD-02",
        _("The rest of the balance is forfeited after a reversed payment"))
    chargeback_blacklist: Literal["staff", "on_lost"] = row("staff", DEPOSIT, "CHB-04 ACC-07",
        _("Whether staff decide on a lasting ban, or a lost dispute does"))
    chargeback_pass_fee: int = row(0, DEPOSIT, "CHB-05",
        _("The part of the processor's dispute fee that the customer bears"), USD(0, 100 * DOLLAR))
    chargeback_recourse: Recourse = row("whole_balance", DEPOSIT, "CHB-02",
        _("What a reversed amount is taken from"))

    # Documents and acceptance
    legal_email_on_change: bool = row(True, OPERATIONAL, "LEG-02",
        _("A new version is also announced by e-mail"))
    legal_mode: LegalMode = row("notice_then_accept", OPERATIONAL,
        "LEG-01 LEG-08 LEG-10", _("How a new version comes to bind a customer"))
    legal_notice_days: int = row(15, OPERATIONAL, "LEG-01",
        _("How long before it binds a new version is announced; only with notice"), DAYS(0, 365))
    legal_points: frozenset[Point] = row(POINTS, OPERATIONAL, "LEG-05 LEG-06 LEG-07 LEG-08",
        _("Where the documents are accepted"))
    legal_specific_clauses: tuple[int, ...] = row((), OPERATIONAL, "LEG-09",
        _("Articles of the terms that need a specific approval"), Bounds("articles", 1, 999))

    # Personal data
    retention_order_content_months: int | None = row(6, ORDER, "RET-01",
        _("Links and texts of an order are erased this long after it finished"), MONTHS(1, 120))
    retention_deleted_account_months: int = row(12, ACCOUNT, "RET-03",
        _("The rest of a deleted account is kept this long"), MONTHS(0, 120))
    retention_activity_log_months: int = row(12, ACCOUNT, "RET-02",
        _("Records of activity are kept this long"), MONTHS(1, 120))
    privacy_answer_days: int = row(30, ACCOUNT, "PRV-06",
        _("Time in which a privacy request is answered"), DAYS(1, 90))
    incident_notify_hours: int = row(72, OPERATIONAL, "PRV-11",
        _("Time in which people concerned by a data breach are told"), HOURS(1, 720))
    age_min: int = row(16, OPERATIONAL, "ACC-01",
        _("The youngest age at which somebody may register"), Bounds("years", 13, 21))

    # Service levels
    support_sla: Duration = row(Duration(24, "working_hours"), OPERATIONAL, "TCK-03",
        _("Time in which a ticket is answered"), SUPPORT(1, 720))
    sla_windows: tuple[DeliveryWindow, ...] = row(TIERS, ORDER, "SLA-02 CAT-11",
        _("When services of a tier are delivered; an order is late after it"), HOURS(0, 8760))
    sla_credit: Literal["off", "staff"] = row("off", ACCOUNT, "SLA-03",
        _("Whether staff may grant credits after a long failure of the API"))
    api_rate_limit: int = row(60, OPERATIONAL, "API-01 API-02",
        _("API calls of one account"), Bounds("calls_per_minute", 1, 100_000))
    api_suspend_after: int = row(3, OPERATIONAL, "API-01",
        _("Breaches of that limit that suspend API access"), Bounds("breaches_per_hour", 1, 1000))
    subscription_renewal: Literal["monthly"] = row("monthly", ORDER, "SUB-02",
        _("How a subscription renews; monthly keeps the day of the month it began on"))
    # fmt: on

    def __post_init__(self) -> None:
        for setting in settings_of(type(self)).values():
            setting.write(getattr(self, setting.attribute))

    def value(self, key: str) -> object:
        """Return the value of a key such as "order.undo_seconds". Raises KeyError."""
        return getattr(self, settings_of(type(self))[key].attribute)

    def to_json(self) -> dict[str, Json]:
        """Return every setting by key, defaults too."""
        settings = settings_of(type(self)).values()
        return {s.key: s.write(getattr(self, s.attribute)) for s in settings}

    @classmethod
    def from_json(cls, stored: object) -> Self:
        """Read what `to_json` wrote. Raises InvalidPolicy, which names the key and the range."""
        if not isinstance(stored, dict):
            raise InvalidPolicy("policy", gettext("expected an object of settings"))
        settings = settings_of(cls)
        for key in stored:
            if key not in settings:
                raise InvalidPolicy(str(key), gettext("there is no such setting"))
        values: dict[str, Any] = {s.attribute: _value(s, stored) for s in settings.values()}
        return cls(**values)


def _value(setting: Setting, stored: dict[object, object]) -> object:
    if setting.key in stored:
        return setting.read(stored[setting.key])
    if setting.absent is REQUIRED:
        raise InvalidPolicy(setting.key, gettext("is missing"))
    return setting.absent


_declared: dict[type[Policy], Mapping[str, Setting]] = {}


def settings_of(policy: type[Policy]) -> Mapping[str, Setting]:
    """Return the settings of a policy class by key, in the order of their declaration."""
    if policy not in _declared:
        _declared[policy] = MappingProxyType(_read_declaration(policy))
    return _declared[policy]


def _read_declaration(policy: type[Policy]) -> dict[str, Setting]:
    annotations = get_type_hints(policy)
    settings = {}
    for item in fields(policy):
        key = item.name.replace("_", ".", 1)
        bounds = item.metadata["bounds"]
        settings[key] = Setting(
            key=key,
            attribute=item.name,
            kind=kind_of(annotations[item.name], bounds),
            unit=bounds.unit,
            default=item.default,
            **item.metadata["about"],
        )
    return settings


SETTINGS: Final = settings_of(Policy)


def setting(key: str) -> Setting:
    """Return what was declared for a key such as "order.undo_seconds". Raises KeyError."""
    return SETTINGS[key]
