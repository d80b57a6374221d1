from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ActLog, Case, User
from services.models import Provider
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


@pytest.mark.parametrize(("action", "is_paused"), [("pause", True), ("resume", False)])
def test_an_operator_does_both_from_the_list(
    client: Client, olga: User, now: datetime, action: str, is_paused: bool
) -> None:
    provider = factories.provider(paused_at=None if is_paused else now)
    client.force_login(olga)
    chosen = {"action": action, "_selected_action": [provider.pk], "reason": "no funds left"}
    answer = client.post(reverse("admin:services_provider_changelist"), chosen, follow=True)
    assert Provider.objects.get().is_paused is is_paused
    assert Provider.objects.get().pause_reason == ("no funds left" if is_paused else "")
    assert f"{'Paused' if is_paused else 'Running'}: {provider.name}." in answer.content.decode()


def test_a_pause_by_hand_needs_a_reason(client: Client, olga: User) -> None:
    provider = factories.provider()
    client.force_login(olga)
    chosen = {"action": "pause", "_selected_action": [provider.pk], "reason": " "}
    answer = client.post(reverse("admin:services_provider_changelist"), chosen, follow=True)
    assert "say why" in answer.content.decode()
    assert not Provider.objects.get().is_paused


def test_support_may_not(client: Client, sam: User, now: datetime) -> None:
    provider = factories.provider()
    client.force_login(sam)
    chosen = {"action": "pause", "_selected_action": [provider.pk]}
    answer = client.post(reverse("admin:services_provider_changelist"), chosen)
    assert answer.status_code == 403
    assert not Provider.objects.get().is_paused


def test_a_stored_key_never_follows_a_provider_to_another_host(client: Client, olga: User) -> None:
    provider = factories.provider(url="https://one.example/api/v2", api_key="k" * 32)
    client.force_login(olga)
    page = reverse("admin:services_provider_change", args=[provider.pk])
    sent = {"name": provider.name, "currency": "USD", "refusal_texts": "[]"}
    client.post(page, sent | {"url": "https://two.example/api/v2"})
    provider.refresh_from_db()
    assert provider.url == "https://one.example/api/v2"
    client.post(page, sent | {"url": "https://two.example/api/v2", "new_key": "n" * 32})
    provider.refresh_from_db()
    assert (provider.url, provider.api_key) == ("https://two.example/api/v2", "n" * 32)
    changes = ActLog.objects.get(act="change provider").changes
    assert changes["url"] == ["https://one.example/api/v2", "https://two.example/api/v2"]
    assert "n" * 32 not in str(changes)
