"""A customer with a sandbox key at the running panel, for programs that are not ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from django.db.models import F
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from orders.models import SandboxOrder
from tests.house import House


@dataclass(frozen=True)
class Outside:
    """`url` is the address of API v2."""

    house: House
    url: str
    key: str

    @classmethod
    def of(cls, house: House) -> Self:
        with house.rows():
            user, _ = User.objects.get_or_create(email="outside@example.com")
            User.objects.filter(pk=user.pk).update(api_rate_per_minute=10_000)
            key, secret = api_keys.create(
                user=user, name="tests", scope=ApiKey.Scope.ORDER, at=timezone.now()
            )
            ApiKey.objects.filter(pk=key.pk).update(is_sandbox=True)
        return cls(house=house, url=f"{house.url}/api/v2", key=secret)

    def let_pass(self, numbers: list[int]) -> None:
        """An hour of these played orders: they are over."""
        played = SandboxOrder.objects.filter(pk__in=numbers)
        with self.house.rows():
            played.update(created_at=F("created_at") - timedelta(hours=1))
