"""What `manage.py check --deploy` finds wrong with a deployment's settings (docs/deploy.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from wallet.money import InvalidAmount, parse_amount

# Settings in dollars; a limit that cannot be read would be none.
_AMOUNTS = (
    "TOP_UP_DAILY_CAP",
    "TOP_UP_DAILY_CAP_NEW",
    "MANUAL_MINIMUM",
    "MANUAL_MAXIMUM",
    "MANUAL_SECOND_PERSON_FROM",
    "UNCERTAIN_SECOND_PERSON_FROM",
)


@checks.register(checks.Tags.security, deploy=True)
def check_deployment(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    return [*_demonstration(), *_keys(), *_addresses(), *_payments()]


def _demonstration() -> Iterator[CheckMessage]:
    if settings.DEMO:
        yield Error(
            "DEMO is on: everybody can read the panel's mails and top up without paying.",
            hint="Unset DEMO.",
            id="smmpanel.E001",
        )
    if settings.DEBUG:
        yield Error(
            "DEBUG is on: pages show tracebacks and settings.",
            hint="Unset DEBUG.",
            id="smmpanel.E002",
        )
    if settings.PROVIDER_DEV_HOSTS:
        yield Error(
            "PROVIDER_DEV_HOSTS lets providers be private addresses and plain http.",
            hint="Unset PROVIDER_DEV_HOSTS.",
            id="smmpanel.E003",
        )
    if settings.WEBHOOK_DEV_HOSTS:
        yield Error(
            "WEBHOOK_DEV_HOSTS lets customers have us call private addresses and plain http.",
            hint="Unset WEBHOOK_DEV_HOSTS.",
            id="smmpanel.E009",
        )


def _keys() -> Iterator[CheckMessage]:
    if not settings.FIELD_KEYS:
        yield Error(
            "FIELD_KEYS is empty: no provider's API key can be stored.",
            hint="Set FIELD_KEYS to name:<base64 of 32 random bytes>.",
            id="smmpanel.E004",
        )
    if settings.API_KEY_PEPPER == settings.SECRET_KEY:
        yield Error(
            "API_KEY_PEPPER equals SECRET_KEY: replacing one would end every customer's API key.",
            hint="Set API_KEY_PEPPER to random bytes of its own.",
            id="smmpanel.E005",
        )


def _addresses() -> Iterator[CheckMessage]:
    if not settings.SITE_URL.startswith("https://"):
        yield Error(
            "SITE_URL is not an https address: links in mails would carry secrets in the clear.",
            hint="Set SITE_URL to https://<the host that customers use>.",
            id="smmpanel.E006",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS answers every host name.",
            hint="Name the hosts that customers use.",
            id="smmpanel.E007",
        )


def _payments() -> Iterator[CheckMessage]:
    """What `payment_faults` does not refuse already in every process."""
    if settings.STRIPE_API_BASE:
        yield Error(
            "STRIPE_API_BASE leads payments to another address than Stripe's own.",
            hint="Unset STRIPE_API_BASE.",
            id="smmpanel.E008",
        )
    if not settings.STRIPE_SECRET_KEY:
        yield checks.Warning(
            "STRIPE_SECRET_KEY is empty: nobody can pay by card.",
            hint="Set it, unless this panel takes payments by bank alone.",
            id="smmpanel.W001",
        )
    if not settings.COMPANY_ADDRESS.strip():
        yield checks.Warning(
            "COMPANY_ADDRESS is empty: receipts do not say where their issuer is.",
            hint="Set COMPANY_NAME and COMPANY_ADDRESS.",
            id="smmpanel.W002",
        )


def payment_faults() -> list[str]:
    """Why this process must not start: with these settings money would be lost or believed in."""
    key, secrets = settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS
    faults = []
    if any(not secret.strip() for secret in secrets):
        faults.append("STRIPE_WEBHOOK_SECRETS holds an empty secret: anybody could sign with it.")
    elif key and not secrets:
        faults.append("STRIPE_WEBHOOK_SECRETS is empty: no payment would ever be heard of.")
    mode = "live" if settings.STRIPE_LIVE_MODE else "test"
    if key and not key.startswith((f"sk_{mode}_", f"rk_{mode}_")):
        faults.append(f"STRIPE_SECRET_KEY is no {mode} key, and STRIPE_LIVE_MODE says {mode}.")
    if settings.DEMO and settings.STRIPE_LIVE_MODE:
        faults.append("STRIPE_LIVE_MODE in a demonstration would take real money.")
    faults += [f"{name} is no amount such as 500 or 12.50." for name in _AMOUNTS if _is_none(name)]
    return faults


def _is_none(name: str) -> bool:
    try:
        parse_amount(getattr(settings, name))
    except InvalidAmount:
        return True
    return False
