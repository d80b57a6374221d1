from __future__ import annotations

from datetime import datetime

import pytest

from accounts.models import ActLog, Case, User
from services.pausing import pause_provider, resume_provider
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_paused_provider_asks_staff_once_and_keeps_its_first_reason(now: datetime) -> None:
    provider = factories.provider()
    for reason in ("no funds", "still no funds"):
        pause_provider(provider_id=provider.pk, reason=reason, at=now)
    provider.refresh_from_db()
    assert (provider.is_paused, provider.pause_reason) == (True, "no funds")
    assert Case.objects.open().count() == 1


def test_resuming_closes_the_case_and_is_on_record(olga: User, now: datetime) -> None:
    provider = factories.provider()
    pause_provider(provider_id=provider.pk, reason="no funds", at=now)
    resume_provider(provider_id=provider.pk, actor=olga, at=now)
    provider.refresh_from_db()
    assert not provider.is_paused
    assert not Case.objects.open().exists()
    acts = ActLog.objects.filter(target=f"provider:{provider.pk}").order_by("pk")
    assert [(one.act, one.actor) for one in acts] == [
        ("pause provider", None),
        ("resume provider", olga),
    ]
