"""An event that was given up is tried again by staff, once, and logged."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from accounts import cases
from accounts.models import ActLog, Case, User
from wallet.models import GatewayEvent

LIST = "/admin/wallet/gatewayevent/"
Outcome = GatewayEvent.Outcome


def event(number: str = "evt_1", *, outcome: Outcome = Outcome.FAILED, about: str = "pi_1"):
    return GatewayEvent.objects.create(
        gateway="stripe",
        event_id=number,
        kind="payment_intent.succeeded",
        is_live_mode=False,
        payload={"data": {"object": {"id": about}}},
        outcome=outcome,
        attempts=20,
    )


def press(client: Client, *events: GatewayEvent) -> str:
    chosen = {"action": "retry", "_selected_action": [one.pk for one in events]}
    return client.post(LIST, chosen, follow=True).text


def test_what_was_given_up_is_due_again(client: Client, olga: User) -> None:
    lost, applied = event(), event("evt_2", outcome=Outcome.APPLIED)
    cases.raise_case(kind=Case.Kind.EVENT_FAILED, key=str(lost), detail="", at=timezone.now())
    client.force_login(olga)
    assert "1 of them had been given up" in press(client, lost, applied)
    due = GatewayEvent.objects.due(at=timezone.now())
    assert [(one.pk, one.attempts) for one in due] == [(lost.pk, 0)]
    assert not Case.objects.open().exists()
    act = ActLog.objects.get()
    assert (act.actor, act.act, act.target) == (olga, "retry gateway event", f"event:{lost.pk}")
    assert "0 of them" in press(client, lost)


def test_who_may_only_look_has_no_such_act(client: Client, olga: User) -> None:
    lost = event()
    olga.groups.get().permissions.filter(codename="propose_money").delete()
    client.force_login(olga)
    assert client.get(LIST).status_code == 200
    press(client, lost)
    lost.refresh_from_db()
    assert lost.outcome == Outcome.FAILED


def test_an_event_is_found_by_what_it_is_about(client: Client, olga: User) -> None:
    event(about="re_1")
    wanted = event("evt_2", about="dp_1")
    client.force_login(olga)
    for words in ("dp_1", "evt_2"):
        found = client.get(LIST, {"q": words}).context["cl"].queryset
        assert list(found) == [wanted], words
