"""The pages under /account/webhooks/: everything by links and buttons, without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.models import User
from orders import lifecycle
from orders.models import WebhookEndpoint, WebhookMessage
from orders.webhooks import endpoints, messages
from orders.webhooks.delivering import deliver
from orders.webhooks.sending import Outcome
from tests.factories import order
from tests.orders.webhooks.receiving import committed, endpoint
from tests.services.providers.raw_server import RawServer, answer, saying

pytestmark = pytest.mark.django_db
LIST = "/account/webhooks/"
WANTED = {"name": "Shop", "url": "https://shop.example/hooks/", "types": endpoints.PRESET_TYPES}


@pytest.fixture
def page(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined,no-any-return]


def test_a_webhook_is_made_and_its_secret_shown_once(page: Client, alice: User) -> None:
    shown = text(page.post(LIST, WANTED))
    found = re.search(r'<pre id="secret">(whsec_[^<]+)</pre>', shown)
    assert found
    assert Webhook(found[1]) is not None
    (made,) = WebhookEndpoint.objects.of(alice.pk)
    for address in (LIST, f"{LIST}{made.pk}/", f"{LIST}{made.pk}/edit/"):
        again = text(page.get(address))
        assert "https://shop.example/hooks/" in again
        assert "whsec_" not in again


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "http://shop.example/"}, "Use https://"),
        ({"url": "https://me:pass@shop.example/"}, "Leave out the user"),
        ({"url": "https://192.168.0.5/"}, "This address is private"),
        ({"types": []}, "Choose at least one."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_kept(
    page: Client, wrong: dict[str, object], words: str
) -> None:
    refused = page.post(LIST, WANTED | wrong)
    assert refused.status_code == 422
    assert words in text(refused)
    kept = wrong.get("url", WANTED["url"])
    assert f'value="{kept}"' in text(refused)
    assert not WebhookEndpoint.objects.exists()


def test_an_address_is_told_once(page: Client, alice: User) -> None:
    endpoint(alice, str(WANTED["url"]))
    other, _secret = endpoint(alice)
    for address in (LIST, f"{LIST}{other.pk}/edit/"):
        refused = page.post(address, WANTED)
        assert refused.status_code == 422
        assert "You have a webhook with this address" in text(refused)
    assert WebhookEndpoint.objects.count() == 2


def test_the_eleventh_is_refused(page: Client, alice: User) -> None:
    for _number in range(endpoints.MAX_ENDPOINTS):
        endpoint(alice)
    refused = page.post(LIST, WANTED)
    assert (refused.status_code, "You have 10 webhooks" in text(refused)) == (422, True)


def test_a_test_leads_to_what_came_back(page: Client, alice: User, shop: RawServer) -> None:
    shop.script = saying(answer(b"<script>alert(1)</script>", status="503 Busy"))
    hook, _secret = endpoint(alice, f"http://{shop.host}/")
    sent = page.post(f"{LIST}{hook.pk}/test/", follow=True)
    assert "The test is on its way." in text(sent)
    deliver(endpoint_id=hook.pk)
    seen = text(page.get(sent.request["PATH_INFO"]))
    assert "Your server answered 503." in seen
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen
    assert "<script>alert" not in seen
    assert "Your server accepts nothing at the moment." in text(page.get(f"{LIST}{hook.pk}/"))


def test_the_log_tells_of_the_order(page: Client, alice: User) -> None:
    hook, _secret = endpoint(alice)
    placed = order(alice)
    lifecycle.cancel_in_full(order=placed, at=timezone.now())
    committed()
    log = text(page.get(f"{LIST}{hook.pk}/"))
    assert "order.status_changed" in log
    assert f'href="/orders/{placed.pk}/"' in log
    (first, _second) = WebhookMessage.objects.order_by("pk")
    body = text(page.get(f"{LIST}{hook.pk}/messages/{first.pk}/"))
    assert "&quot;status&quot;: &quot;Canceled&quot;" in body


def test_a_message_is_sent_again_once_however_often_it_is_pressed(
    page: Client, alice: User
) -> None:
    hook, _secret = endpoint(alice)
    message = messages.send_test(endpoint=hook, at=timezone.now())
    turns: list[int] = []
    yes = Outcome(http_status=200, error="", took_ms=3)
    for _press in range(3):
        turns.append(deliver(endpoint_id=hook.pk, sender=lambda _call: yes))
        page.post(f"{LIST}{hook.pk}/messages/{message.pk}/", {"seen": "1"})
    assert turns == [1, 1, 0]


def test_a_message_waits_unless_its_last_try_failed(page: Client, alice: User) -> None:
    hook, _secret = endpoint(alice)
    message = messages.send_test(endpoint=hook, at=timezone.now())
    where = f"{LIST}{hook.pk}/messages/{message.pk}/"
    seen = []
    for status in (200, 500):
        try_once(hook, status)
        seen += [badges(page, where), badges(page, f"{LIST}{hook.pk}/")[1:]]
        page.post(where, {"seen": str(WebhookMessage.objects.get().attempts)})
        seen.append(badges(page, where))
    assert seen == [["Delivered"]] * 2 + [["Waits"]] + [["Failed, will be tried again"]] * 3


def try_once(hook: WebhookEndpoint, status: int) -> None:
    deliver(endpoint_id=hook.pk, sender=lambda _call: Outcome(status, error="", took_ms=3))


def badges(page: Client, address: str) -> list[str]:
    return re.findall(r'<span class="badge[^>]*>([^<]+)<', text(page.get(address)))


def test_what_failed_is_sent_again_from_a_day_on(page: Client, alice: User) -> None:
    hook, _secret = endpoint(alice)
    for days in (0, 3):
        messages.send_test(endpoint=hook, at=timezone.now() - timedelta(days=days))
    WebhookMessage.objects.update(attempts=12, given_up_at=timezone.now())
    since = timezone.localdate() - timedelta(days=1)
    done = page.post(f"{LIST}{hook.pk}/replay/", {"since": f"{since}"}, follow=True)
    assert "1 message is sent again." in text(done)
    refused = page.post(f"{LIST}{hook.pk}/replay/", {"since": "yesterday"})
    assert (refused.status_code, 'value="yesterday"' in text(refused)) == (422, True)


def test_it_is_paused_changed_turned_on_and_deleted(page: Client, alice: User) -> None:
    hook, _secret = endpoint(alice)
    home = f"{LIST}{hook.pk}/"
    assert "The webhook is paused." in text(page.post(f"{home}pause/", follow=True))
    off = page.post(f"{home}test/", follow=True)
    assert "turn it on first" in text(off)
    assert "The webhook is on." in text(page.post(f"{home}resume/", follow=True))
    page.post(f"{home}edit/", WANTED | {"name": "Bot"})
    assert WebhookEndpoint.objects.get().name == "Bot"
    assert "Delete the webhook Bot?" in text(page.get(f"{home}delete/"))
    page.post(f"{home}delete/")
    assert not WebhookEndpoint.objects.exists()


def test_a_second_replacement_during_an_overlap_is_refused(page: Client, alice: User) -> None:
    hook, _secret = endpoint(alice)
    home = f"{LIST}{hook.pk}/secret/"
    assert "whsec_" in text(page.post(home, {"keep_hours": "24"}))
    refused = page.post(home, {"keep_hours": "24"})
    assert (refused.status_code, "An older secret still signs." in text(refused)) == (422, True)
    assert "whsec_" in text(page.post(home, {"keep_hours": "0"}))


def test_a_long_log_is_read_page_by_page(page: Client, alice: User) -> None:
    hook, _secret = endpoint(alice)
    now = timezone.now()
    made = WebhookMessage.objects.bulk_create(
        WebhookMessage(endpoint=hook, type="webhook.test", occurred_at=now, next_attempt_at=now)
        for _number in range(26)
    )
    first = text(page.get(f"{LIST}{hook.pk}/"))
    assert f">msg_{made[0].pk}<" not in first
    older = re.search(r'rel="next" href="(\?below=\d+)"', first)
    assert older
    assert f">msg_{made[0].pk}<" in text(page.get(f"{LIST}{hook.pk}/{older[1]}"))
    assert page.get(f"{LIST}{hook.pk}/?below=x").status_code == 200
