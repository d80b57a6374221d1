"""Adding, testing and changing a provider: on its pages, and nowhere else."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import ActLog
from services.models import BalanceReading, Provider, Sync
from services.providers.errors import AccountRefused, NotSent, OutcomeUnknown
from services.staff.provider_forms import name_from
from services.staff.provider_words import failure_words
from tests import factories
from tests.orders.pages import text_of
from tests.services.providers.raw_server import RawServer, answer, saying

NEW, LIST = (reverse(f"staff_services:provider_{name}") for name in ("new", "list"))
HEALTH = reverse("staff_services:health_list")
SECRET = "s3cret-" * 4


def page(provider: Provider, name: str = "detail") -> str:
    return reverse(f"staff_services:provider_{name}", args=[provider.pk])


def typed(provider: Provider, **fields: Any) -> dict[str, Any]:
    """What the page of a provider sends."""
    return {
        "name": provider.name,
        "url": provider.url,
        "currency": provider.currency,
        "lane_width": "4",
        "warns_below_days": "3",
        "alerts_after_failures": "3",
        "rise_limit_bp": "20",
        "is_synced_daily": "on",
        "applies_alone": "on",
        "dialect_preset": "api_v2",
        **fields,
    }


class TestAdding:
    @pytest.fixture(autouse=True)
    def _server(self, server: RawServer) -> None:
        self.server = server
        self.new = {"url": server.url, "new_key": SECRET, "dialect_preset": "api_v2"}
        self.says('{"balance": "100.84", "currency": "USD"}')

    def says(self, text: str) -> None:
        self.server.script = saying(answer(text.encode()))

    def test_stores_tests_and_shows_the_balance(self, desk: Client) -> None:
        shown = desk.post(NEW, self.new, follow=True)
        provider = Provider.objects.get()
        assert shown.redirect_chain == [(page(provider), 302)]
        assert "It answers. Our balance there: 100.84 USD." in text_of(shown)
        assert (provider.name, provider.currency) == ("127.0.0.1", "USD")
        assert BalanceReading.objects.filter(provider=provider).count() == 1
        assert "Next: read its price list." in text_of(shown)

    def test_keeps_the_provider_and_says_what_to_correct(self, desk: Client) -> None:
        self.says('{"error": "Invalid API key"}')
        shown = text_of(desk.post(NEW, self.new, follow=True))
        assert Provider.objects.get().api_key == SECRET
        assert "The provider refuses the key, or our account there." in shown
        assert not BalanceReading.objects.exists()

    def test_never_shows_or_logs_the_key(self, desk: Client) -> None:
        added = desk.post(NEW, self.new, follow=True)
        provider = Provider.objects.get()
        shown = [added, *(desk.get(url) for url in (page(provider, "edit"), LIST))]
        assert not any(SECRET in one.content.decode() for one in shown)
        assert SECRET not in str(ActLog.objects.get(act="add provider").changes)

    def test_takes_the_currency_that_the_provider_names(self, desk: Client) -> None:
        self.says('{"balance": "12.5", "currency": "eur"}')
        assert "12.50 EUR" in text_of(desk.post(NEW, self.new, follow=True))
        assert Provider.objects.get().currency == "EUR"

    def test_of_a_dialect_that_no_form_has_checked_is_said(self, desk: Client) -> None:
        provider = factories.provider(url=self.server.url, dialect_preset="unknown")
        shown = text_of(desk.post(page(provider, "test"), follow=True))
        assert "Its dialect cannot be used any more." in shown

    def test_never_changes_the_currency_under_services_that_are_there(self, desk: Client) -> None:
        provider = factories.provider(url=self.server.url)
        factories.offer(provider=provider)
        self.says('{"balance": "12.5", "currency": "eur"}')
        assert "It counts in EUR" in text_of(desk.post(page(provider, "test"), follow=True))
        assert Provider.objects.get().currency == "USD"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://user:secret@panel.example/api/v2", "Leave out the user and password"),
        ("http://panel.example/api/v2", "Use https://"),
        ("https://panel.example:8443/api/v2", "Use https://"),
        ("https://10.0.0.7/api/v2", "This address is private"),
        ("https://127.0.0.1/api/v2", "This address is private"),
        ("https://[::1]/api/v2", "This address is private"),
        ("http://169.254.169.254/latest", "Use https://"),
    ],
)
def test_an_address_that_no_request_goes_to_is_not_saved(desk: Client, url: str, said: str) -> None:
    shown = desk.post(NEW, {"url": url, "new_key": SECRET, "dialect_preset": "api_v2"})
    assert (shown.status_code, said in text_of(shown)) == (422, True)
    assert not Provider.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://panel.example/api/v2", "Panel"),
        ("https://api.wholesale.example/v2", "Wholesale"),
        ("https://www.some-panel.example/", "Some-panel"),
        ("http://127.0.0.1:9/api", "127.0.0.1"),
    ],
)
def test_a_name_is_taken_from_the_host_and_never_twice(url: str, name: str) -> None:
    assert name_from(url) == name
    factories.provider(name=name)
    assert name_from(url) == f"{name} 2"


class TestChanging:
    @pytest.fixture
    def provider(self) -> Provider:
        return factories.provider(url="https://panel.example/api/v2", api_key=SECRET)

    def test_of_the_lane_is_kept_and_logged_and_asks_nobody(
        self, desk: Client, provider: Provider
    ) -> None:
        sent = typed(provider, lane_width="12", sends_per_minute="90", rise_limit_bp="7.5")
        assert desk.post(page(provider, "edit"), sent).status_code == 302
        provider.refresh_from_db()
        assert (provider.lane_width, provider.sends_per_minute) == (12, 90)
        assert (provider.rise_limit_bp, provider.api_key) == (750, SECRET)
        act = ActLog.objects.get()
        assert act.changes["lane_width"] == ["4", "12"]
        assert act.changes["rise_limit_bp"] == ["20", "7.5"]

    def test_without_a_change_is_no_act(self, desk: Client, provider: Provider) -> None:
        provider.refusal_texts = ["No such service", "Nor that"]
        provider.save()
        sent = typed(provider, refusal_texts="No such service\r\nNor that")
        assert desk.post(page(provider, "edit"), sent).status_code == 302
        assert not ActLog.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [{"lane_width": "0"}, {"sends_per_minute": "0"}, {"alerts_after_failures": "5"}],
    )
    def test_to_a_lane_through_which_nothing_would_go_is_refused(
        self, desk: Client, provider: Provider, wrong: dict[str, str]
    ) -> None:
        shown = desk.post(page(provider, "edit"), typed(provider, **wrong))
        assert shown.status_code == 422
        assert "than or equal to" in text_of(shown)

    def test_of_a_key_that_nothing_opens_any_more(
        self, desk: Client, provider: Provider, settings: Settings
    ) -> None:
        settings.FIELD_KEYS = [f"other:{b64encode(bytes(32)).decode()}"]
        for shown in (LIST, page(provider), HEALTH):
            assert desk.get(shown).status_code == 200
        assert "cannot be read on this server" in text_of(desk.get(page(provider, "edit")))
        desk.post(page(provider, "edit"), typed(provider, new_key="n" * 32))
        provider.refresh_from_db()
        assert provider.api_key == "n" * 32

    def test_of_the_host_never_takes_the_stored_key_along(
        self, desk: Client, provider: Provider
    ) -> None:
        moved = typed(provider, url="https://two.example/api/v2")
        shown = desk.post(page(provider, "edit"), moved)
        assert (shown.status_code, "type the key" in text_of(shown)) == (422, True)
        provider.refresh_from_db()
        assert provider.url == "https://panel.example/api/v2"
        desk.post(page(provider, "edit"), moved | {"new_key": "n" * 32})
        provider.refresh_from_db()
        assert (provider.url, provider.api_key) == ("https://two.example/api/v2", "n" * 32)
        changes = ActLog.objects.get(act="change provider").changes
        assert changes["url"] == ["https://panel.example/api/v2", "https://two.example/api/v2"]
        assert "n" * 32 not in str(changes)

    def test_leaves_what_others_count_meanwhile(
        self, desk: Client, provider: Provider, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def pause_between(form: Any) -> dict[str, Any]:
            Provider.objects.update(paused_at=now, failures_in_a_row=5)
            return {"lane_width": ["4", "12"]}

        monkeypatch.setattr("services.staff.provider_pages.changes_of", pause_between)
        desk.post(page(provider, "edit"), typed(provider, lane_width="12"))
        provider.refresh_from_db()
        assert (provider.lane_width, provider.failures_in_a_row) == (12, 5)
        assert provider.is_paused

    def test_of_the_dialect_is_checked_before_it_is_kept(
        self, desk: Client, provider: Provider
    ) -> None:
        shown = desk.post(page(provider, "edit"), typed(provider, dialect_prices="per: 7"))
        assert shown.status_code == 422
        desk.post(page(provider, "edit"), typed(provider, dialect_prices="per: 1"))
        provider.refresh_from_db()
        assert provider.dialect_changes == {"prices": {"per": 1}}


def test_the_list_says_what_is_offered_sold_and_waiting(desk: Client, now: datetime) -> None:
    offer = factories.offer(provider=factories.provider(name="Provider one"))
    factories.service(provider_service=offer)
    factories.offer(provider=offer.provider)
    Sync.objects.create(provider=offer.provider, state=Sync.State.OPEN, began_at=now)
    shown = text_of(desk.get(LIST))
    assert "1 on sale, 2 offered" in shown
    assert "to be looked at" in shown
    factories.provider(name="Provider two", paused_at=now, pause_reason="No funds there")
    assert "No funds there" in text_of(desk.get(LIST))


def test_the_admin_looks_and_never_writes(desk: Client) -> None:
    provider = factories.provider(api_key=SECRET)
    shown = desk.get(reverse("admin:services_provider_change", args=[provider.pk]))
    assert SECRET not in shown.content.decode()
    assert page(provider) in shown.content.decode()
    assert desk.post(reverse("admin:services_provider_add"), {}).status_code == 403


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            AccountRefused("Invalid API key"),
            "refuses the key, or our account there. Check the key.",
        ),
        (NotSent("dns"), "Nobody knows this host."),
        (NotSent("something new"), "No complete answer came in time."),
        (OutcomeUnknown("not_json", excerpt="<html>"), "It said: “<html>”"),
    ],
)
def test_what_went_wrong_is_said_with_what_to_do(error: Any, said: str) -> None:
    assert said in failure_words(error)
