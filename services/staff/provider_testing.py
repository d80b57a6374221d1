"""Asking a provider for our balance while somebody waits for the answer: whether address, key and
dialect are right, and in which currency it counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from accounts.acts import log_act
from accounts.models import User
from services.endpoints import dialect_of, endpoint_of
from services.health import balances
from services.models import BalanceReading, Provider
from services.providers import client
from services.providers.errors import ProviderError
from services.providers.reports import Balance
from services.staff.provider_words import failure_words

# Somebody sits before the page.
DEADLINE_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of it: a reading, or in words what is wrong and what helps. `other_currency` is
    the one that the provider named where its services are kept in another."""

    reading: BalanceReading | None
    trouble: str = ""
    other_currency: str = ""


def try_out(*, provider_id: int, actor: User, at: datetime, ip: str | None = None) -> Tested:
    """One call, outside of any transaction. A provider without services takes the currency that
    it named."""
    provider = Provider.objects.get(pk=provider_id)
    try:
        dialect = replace(
            dialect_of(provider),
            connect_timeout_seconds=DEADLINE_SECONDS / 2,
            read_deadline_seconds=DEADLINE_SECONDS,
        )
        balance = client.balance(endpoint_of(provider), dialect=dialect)
    except ProviderError as error:
        return Tested(reading=None, trouble=failure_words(error))
    named = _currency_of(balance) or provider.currency
    if named != provider.currency and not provider.offers.exists():
        _take_currency(provider, named, actor=actor, ip=ip)
    return Tested(
        reading=balances.store(provider=provider, balance=balance, at=at),
        other_currency=named if named != provider.currency else "",
    )


def _currency_of(balance: Balance) -> str:
    text = (balance.currency or "").upper()
    return text if len(text) == 3 and text.isascii() and text.isalpha() else ""


def _take_currency(provider: Provider, named: str, *, actor: User, ip: str | None) -> None:
    changes = {"currency": [provider.currency, named]}
    provider.currency = named
    provider.save(update_fields=["currency"])
    log_act(
        actor=actor,
        act="change provider",
        target=f"provider:{provider.pk}",
        changes=changes,
        ip=ip,
    )
