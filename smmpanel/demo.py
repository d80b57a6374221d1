"""The demonstration: log-ins, a small honest catalogue, and a provider that runs next door.

Everything is neutral and made up; nothing here runs unless DEMO (or DEBUG) is on. Log-ins are
derived from SECRET_KEY, so that they can be printed again and differ on every installation.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from accounts import api_keys
from accounts.models import ApiKey, User
from services.models import Provider
from smmpanel import demo_stock
from wallet import ledger
from wallet.models import Promotion
from wallet.money import MICROS_PER_UNIT

PROVIDER_NAME = "Demo provider"
KEY_NAME = "Demo key"
SANDBOX_KEY_NAME = "Demo sandbox key"
START_MONEY_MICROS = 50 * MICROS_PER_UNIT


@dataclass(frozen=True, slots=True)
class Person:
    role: str
    email: str
    group: str | None

    @property
    def password(self) -> str:
        return _derived(f"password of {self.role}", length=16)


CUSTOMER = Person("customer", "customer@example.com", None)
SUPPORT = Person("support", "support@example.com", "Support")
OPERATOR = Person("operator", "operator@example.com", "Operator")
# Two, so that one can agree to what the other has proposed.
FINANCE = Person("finance", "finance@example.com", "Finance")
SECOND_FINANCE = Person("second_finance", "finance2@example.com", "Finance")
STAFF = (SUPPORT, OPERATOR, FINANCE, SECOND_FINANCE)


def seed(*, at: datetime) -> None:
    """Brings the demonstration's data up to date; a second call changes nothing but addresses."""
    with transaction.atomic():
        customer = _person(CUSTOMER)
        for person in STAFF:
            _person(person)
        _api_keys(customer, at=at)
        demo_stock.put_on_sale(provider=_provider(), at=at)
        _promotion()
        ledger.adjust(
            customer_id=customer.pk,
            amount_micros=START_MONEY_MICROS,
            reference="adjustment:demo",
            at=at,
        )


def _promotion() -> None:
    """A code to try, and no more than that: five percent, ten dollars at most, once each."""
    Promotion.objects.get_or_create(
        code="WELCOME",
        defaults={
            "name": "Welcome bonus",
            "percent_hundredths": 500,
            "most_micros": 10 * MICROS_PER_UNIT,
            "valid_months": 12,
        },
    )


def credentials() -> dict[str, object]:
    """What a newcomer, or a script, needs to use the demonstration."""
    return {
        "url": settings.SITE_URL,
        "customer": _log_in(CUSTOMER)
        | {"api_key": _api_secret(), "sandbox_api_key": _sandbox_secret()},
        **{person.role: _log_in(person) for person in STAFF},
        "provider": {"url": settings.DEMO_PROVIDER_URL, "key": settings.DEMO_PROVIDER_KEY},
    }


def _log_in(person: Person) -> dict[str, str]:
    return {"email": person.email, "password": person.password}


def _derived(purpose: str, *, length: int) -> str:
    digest = hmac.new(settings.SECRET_KEY.encode(), f"demo {purpose}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest.digest()).decode()[:length]


def _api_secret() -> str:
    return api_keys.PREFIX + _derived("API key", length=32)


def _sandbox_secret() -> str:
    return api_keys.PREFIX + _derived("sandbox API key", length=32)


def _person(person: Person) -> User:
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = User.objects.create_user(person.email, is_staff=person.group is not None)
    if not user.check_password(person.password):
        user.set_password(person.password)
        user.save()
    EmailAddress.objects.get_or_create(
        user=user, email=person.email, defaults={"verified": True, "primary": True}
    )
    if person.group is not None:
        user.groups.add(Group.objects.get(name=person.group))
    return user


def _api_keys(customer: User, *, at: datetime) -> None:
    """One that orders, and one whose orders are only played."""
    scope = ApiKey.Scope.ORDER
    if not api_keys.was_made(secret=_api_secret()):
        api_keys.create(user=customer, name=KEY_NAME, scope=scope, at=at, secret=_api_secret())
    if not api_keys.was_made(secret=_sandbox_secret()):
        key, _secret = api_keys.create(
            user=customer, name=SANDBOX_KEY_NAME, scope=scope, at=at, secret=_sandbox_secret()
        )
        key.is_sandbox = True
        key.save(update_fields=["is_sandbox"])


def _provider() -> Provider:
    """The provider next door listens on another port after a busy start."""
    provider, _ = Provider.objects.update_or_create(
        name=PROVIDER_NAME,
        defaults={"url": settings.DEMO_PROVIDER_URL, "api_key": settings.DEMO_PROVIDER_KEY},
    )
    return provider
