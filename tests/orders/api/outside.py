"""A customer with a sandbox key at the running panel, for programs that are not ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from tests.house import House

_NEW = """
from django.utils import timezone
from accounts import api_keys
from accounts.models import ApiKey, User
user, _ = User.objects.get_or_create(email="outside@example.com")
User.objects.filter(pk=user.pk).update(api_rate_per_minute=10_000)
scope = ApiKey.Scope.ORDER
key, secret = api_keys.create(user=user, name="tests", scope=scope, at=timezone.now())
ApiKey.objects.filter(pk=key.pk).update(is_sandbox=True)
print(secret)
"""
_OLDER = """
from datetime import timedelta
from django.db.models import F
from orders.models import SandboxOrder
an_hour_ago = F("created_at") - timedelta(hours=1)
SandboxOrder.objects.filter(pk__in={numbers}).update(created_at=an_hour_ago)
"""


@dataclass(frozen=True)
class Outside:
    """`url` is the address of API v2."""

    house: House
    url: str
    key: str

    @classmethod
    def of(cls, house: House) -> Self:
        return cls(house=house, url=f"{house.url}/api/v2", key=_run(house, _NEW))

    def let_pass(self, numbers: list[int]) -> None:
        """An hour of these played orders: they are over."""
        _run(self.house, _OLDER.format(numbers=numbers))


def _run(house: House, code: str) -> str:
    return house.manage("shell", "-v", "0", "-c", code).strip()
