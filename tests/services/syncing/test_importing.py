"""Services made of a provider's: placed, priced, described for what they are, and never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from accounts.models import ActLog, User
from services.models import PriceRule, Provider, ProviderService, Service
from services.syncing import importing
from services.syncing.importing import ImportChoice, Imported, Margin, NoRule, import_offers
from services.syncing.places import Place
from tests import factories
from tests.databases import TestDatabase
from tests.races import Gate, at_once
from wallet.models import DisplayRate

RAW = "Platform A | Followers"
HALF = Margin(percent_bp=5000)


def offers_of(provider: Provider, number: int = 2, **fields: Any) -> list[int]:
    defaults = {"raw_category": RAW, "raw_type": "Default", "cost_micros": 1_000_000}
    rows = [factories.offer(provider=provider, **defaults | fields) for _number in range(number)]
    return [row.pk for row in rows]


def chosen(provider: Provider, **fields: Any) -> ImportChoice:
    choice = ImportChoice(
        provider_id=provider.pk,
        places={RAW: Place("Platform A", "Followers")},
        delivery=Service.Delivery.MIXED,
        goes_on_sale=True,
        margin=HALF,
    )
    return replace(choice, **fields)


def bring_in(
    offers: list[int], choice: ImportChoice, at: datetime, actor: User | None = None
) -> Imported:
    return import_offers(offers=offers, choice=choice, actor=actor, at=at)


@pytest.mark.django_db
class TestAnImport:
    def test_places_prices_and_describes(self, now: datetime) -> None:
        provider = factories.provider()
        [number] = offers_of(provider, 1, name="Followers, fast", min_quantity=50, can_cancel=True)
        done = bring_in([number], chosen(provider), now)
        service = Service.objects.get(provider_service=number)
        assert (done.services, done.on_sale) == (1, 1)
        assert str(service.category) == "Platform A · Followers"
        assert (service.rate_micros, service.floor_micros) == (1_500_000, 1_000_000)
        assert (service.name, service.min_quantity, service.can_cancel) == (
            "Followers, fast", 50, True,
        )  # fmt: skip
        assert (service.delivery, service.priced_by) == ("mixed", "rule")

    def test_leaves_drafts_unless_told_otherwise(self, now: datetime) -> None:
        provider = factories.provider()
        done = bring_in(offers_of(provider), chosen(provider, goes_on_sale=False), now)
        assert (done.services, done.on_sale) == (2, 0)
        assert not Service.objects.filter(is_active=True).exists()

    def test_makes_nothing_twice(self, now: datetime) -> None:
        provider = factories.provider()
        offers = offers_of(provider)
        bring_in(offers, chosen(provider), now)
        again = bring_in([*offers, *offers_of(provider, 1)], chosen(provider), now)
        assert (again.services, again.left_out) == (1, {"has_service": 2})
        assert Service.objects.count() == 3

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"raw_category": "Not chosen"}, "no_place"),
            ({"raw_type": "Something new"}, "unknown_type"),
            ({"gone_at": "now"}, "gone"),
        ],
    )
    def test_says_what_it_left_out(
        self, now: datetime, fields: dict[str, Any], reason: str
    ) -> None:
        provider = factories.provider()
        fields = {name: now if value == "now" else value for name, value in fields.items()}
        done = bring_in(offers_of(provider, 1, **fields), chosen(provider), now)
        assert (done.services, done.left_out) == (0, {reason: 1})

    def test_takes_no_other_providers_services(self, now: datetime) -> None:
        done = bring_in(offers_of(factories.provider()), chosen(factories.provider()), now)
        assert (done.services, Service.objects.count()) == (0, 0)

    def test_keeps_the_margin_as_the_providers_rule_unless_one_holds(self, now: datetime) -> None:
        provider = factories.provider()
        bring_in(offers_of(provider, 1), chosen(provider), now)
        bring_in(offers_of(provider, 1), chosen(provider, margin=Margin(percent_bp=9000)), now)
        assert PriceRule.objects.get().percent_bp == 5000
        assert {one.rate_micros for one in Service.objects.all()} == {1_500_000}

    def test_without_a_rule_makes_nothing(self, now: datetime) -> None:
        provider = factories.provider()
        with pytest.raises(NoRule):
            bring_in(offers_of(provider), chosen(provider, margin=None), now)
        assert not Service.objects.exists()

    def test_in_a_currency_without_a_rate_stays_a_draft(self, now: datetime) -> None:
        provider = factories.provider(currency="XYZ")
        done = bring_in(offers_of(provider, 1), chosen(provider), now)
        assert (done.services, done.on_sale, done.drafts) == (1, 0, {"no_rate": 1})
        DisplayRate.objects.create(currency="xyz", per_dollar_micros=2_000_000, since=now)
        bring_in(offers_of(provider, 1), chosen(provider), now)
        assert Service.objects.get(is_active=True).rate_micros == 750_000

    def test_is_one_entry_in_the_log(self, olga: User, now: datetime) -> None:
        provider = factories.provider()
        bring_in(offers_of(provider), chosen(provider), now, olga)
        act = ActLog.objects.get()
        assert (act.actor, act.act, act.target) == (
            olga, "import services", f"provider:{provider.pk}",
        )  # fmt: skip
        assert (act.changes["services"], act.changes["delivery"]) == (2, "mixed")


@pytest.mark.django_db
class TestWhatIsPromised:
    @pytest.mark.parametrize(
        ("raw_name", "can_refill", "days"),
        [
            ("Followers [30 days refill]", True, 30),
            ("Followers | Refill 365D", True, 365),
            ("Followers R60", True, 60),
            ("Followers 90 day guarantee", True, 90),
            ("Followers with refill", True, 7),
            ("Followers [30 days refill]", False, 0),
        ],
    )
    def test_a_refill_lasts_as_long_as_the_name_says(
        self, now: datetime, raw_name: str, can_refill: bool, days: int
    ) -> None:
        provider = factories.provider()
        offers = offers_of(provider, 1, raw_name=raw_name, can_refill=can_refill)
        bring_in(offers, chosen(provider, refill_days=7), now)
        service = Service.objects.get()
        assert (service.can_refill, service.refill_days) == (days > 0, days)

    def test_nothing_that_the_provider_does_not_do(self, now: datetime) -> None:
        provider = factories.provider()
        offers = offers_of(provider, 1, raw_type="Poll", can_drip_feed=True)
        bring_in(offers, chosen(provider, refill_days=30), now)
        service = Service.objects.get()
        assert (service.can_refill, service.can_cancel, service.can_drip_feed) == (False,) * 3

    def test_a_description_is_published_only_when_ticked_and_leads_nowhere(
        self, now: datetime
    ) -> None:
        provider = factories.provider(name="Upstream One", url="https://api.wholesale.example/v2")
        said = (
            "<b>Starts</b> within an hour.<br>Speed: 5,000 &lt;b&gt; a day\n"
            "More at https://wholesale.example\nAsk @wholesaler\nWHOLESALE is the best\n"
            "Upstream one guarantees it\nmail: help@some.example\nCall +49 170 1234567\n"
        )
        bring_in(offers_of(provider, 1, description=said), chosen(provider), now)
        assert Service.objects.get().description == ""
        shown = chosen(provider, shows_descriptions=True)
        bring_in(offers_of(provider, 1, description=said), shown, now)
        text = "Starts within an hour.\nSpeed: 5,000 <b> a day"
        assert Service.objects.latest("pk").description == text

    def test_a_name_does_not_tell_who_delivers(self, now: datetime) -> None:
        provider = factories.provider(name="Upstream One", url="https://api.wholesale.example/v2")
        named = offers_of(provider, 1, name="Views, fast | Wholesale | t.me/upstream")
        nameless = offers_of(provider, 1, name="Upstream one")
        numbered = offers_of(provider, 1, name="#77", external_id="77")
        bring_in(named + nameless + numbered, chosen(provider), now)
        names = Service.objects.order_by("pk").values_list("name", flat=True)
        assert list(names) == ["Views, fast", "Followers", "Followers"]


class TestTwoPeopleWhoImportAtOnce:
    """Both press the button before either has made anything."""

    def race(self, provider: Provider, at: datetime) -> int:
        offers = list(ProviderService.objects.values_list("pk", flat=True))
        at_once(2, lambda: bring_in(offers, chosen(provider), at))
        return Service.objects.count()

    @pytest.fixture
    def provider(self, fresh_db: TestDatabase) -> Provider:
        provider = factories.provider()
        PriceRule.objects.create(percent_bp=5000)
        offers_of(provider, 3)
        return provider

    def test_make_each_service_once(self, provider: Provider, now: datetime) -> None:
        assert self.race(provider, now) == 3

    def test_would_make_it_twice_without_taking_turns(
        self, provider: Provider, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gate = Gate(2)
        monkeypatch.setattr(importing, "take_turn", lambda: None)
        monkeypatch.setattr(importing, "_importable", gate.after(importing._importable))
        assert self.race(provider, now) == 6
