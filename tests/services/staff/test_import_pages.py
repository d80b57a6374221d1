"""Services are imported as they were shown: placed, described, and at the prices of the samples."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from services.models import CategoryMapping, PriceRule, Provider, Service
from tests import factories
from tests.orders.pages import text_of

FOLLOWERS, LIKES = "Platform A | Followers", "🔥 Platform A Likes"


def url(provider: Provider) -> str:
    return reverse("staff_services:import_choose", args=[provider.pk])


def chosen(*rows: tuple[str, str, str], **fields: Any) -> dict[str, Any]:
    """What the page sends: the choices, and a place for each of the provider's categories."""
    form: dict[str, Any] = {
        "delivery": "automated",
        "sale": "sale",
        "refill_days": "30",
        "percent": "50",
        "fixed": "0",
        "step": "0.001",
        "act": "import",
        "places-TOTAL_FORMS": len(rows),
        "places-INITIAL_FORMS": len(rows),
    }
    for place, (raw, platform, category) in enumerate(rows):
        row = {"take": "on", "raw": raw, "platform": platform, "category": category}
        form |= {f"places-{place}-{name}": value for name, value in row.items()}
    return form | fields


@pytest.fixture
def provider() -> Provider:
    provider = factories.provider(name="Provider one")
    for number, raw in enumerate((FOLLOWERS, FOLLOWERS, LIKES)):
        factories.offer(
            provider=provider, raw_category=raw, name=f"Line {number}", raw_type="Default",
            raw_name=f"★ Line {number}", cost_micros=1_000_000,
        )  # fmt: skip
    return provider


BOTH = ((FOLLOWERS, "Platform A", "Followers"), (LIKES, "Platform A", "Likes"))


def test_places_are_guessed_and_prices_shown_before_anything_is_done(
    desk: Client, provider: Provider
) -> None:
    page = desk.get(url(provider))
    values = [
        (row["platform"].value(), row["category"].value()) for row in page.context["page"].rows
    ]
    assert values == [("Platform A", "Followers"), ("Platform A", "Likes")]
    shown = text_of(page)
    assert "3 services are not imported yet." in shown
    assert "there: ★ Line 0 1 USD $1.50 50%" in shown
    assert not Service.objects.exists()


def test_all_that_is_ticked_is_imported_and_said(desk: Client, provider: Provider) -> None:
    answer = desk.post(url(provider), chosen(*BOTH), follow=True)
    assert "3 services are imported, 3 of them on sale." in text_of(answer)
    services = Service.objects.order_by("pk").values_list("category__name", "rate_micros")
    assert list(services) == [("Followers", 1_500_000)] * 2 + [("Likes", 1_500_000)]
    assert "Nothing to import" in text_of(desk.get(url(provider)))


def test_what_is_not_ticked_stays_and_is_asked_for_again(desk: Client, provider: Provider) -> None:
    form = chosen(*BOTH)
    del form["places-1-take"]
    desk.post(url(provider), form)
    assert Service.objects.count() == 2
    assert "1 service is not imported yet." in text_of(desk.get(url(provider)))


def test_a_place_that_was_chosen_is_remembered(desk: Client, provider: Provider) -> None:
    desk.post(url(provider), chosen((LIKES, "Platform Z", "Hearts")))
    assert CategoryMapping.objects.get().category.name == "Hearts"
    factories.offer(provider=provider, raw_category=LIKES, raw_type="Default")
    shown = desk.get(url(provider))
    assert "remembered" in text_of(shown)
    assert "Hearts" in {row["category"].value() for row in shown.context["page"].rows}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"delivery": ""}, "Say what customers get"),
        ({"places-0-platform": ""}, "Name a platform."),
        ({"percent": "ten"}, "Use digits and at most two after the point"),
        ({"percent": "1001"}, "1000 at most"),
        ({"step": "0"}, "More than zero"),
        ({"refill_days": "-1"}, "Use plain digits"),
        ({"places-0-take": "", "places-1-take": ""}, "Nothing is ticked"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_kept(
    desk: Client, provider: Provider, fields: dict[str, str], said: str
) -> None:
    rows = (BOTH[0], (LIKES, "Platform A", "My own name"))
    answer = desk.post(url(provider), chosen(*rows, **fields))
    assert (answer.status_code, said in text_of(answer)) == (422, True)
    assert "My own name" in answer.content.decode()
    assert not Service.objects.exists()


def test_prices_are_shown_again_without_an_import(desk: Client, provider: Provider) -> None:
    for act in ("look", ""):
        form = chosen(*BOTH, percent="100", delivery="", act=act)
        assert "$2.00 100%" in text_of(desk.post(url(provider), form))
    assert not Service.objects.exists()


def test_rules_that_hold_make_the_prices_and_none_is_asked_for(
    desk: Client, provider: Provider
) -> None:
    PriceRule.objects.create(percent_bp=10_000, step_micros=1)
    PriceRule.objects.create(category=factories.category("Followers"), percent_bp=20_000)
    shown = text_of(desk.get(url(provider)))
    assert "Added to the cost" not in shown
    assert "$3.00 200%" in shown
    assert "$2.00 100%" in shown
    desk.post(url(provider), chosen(*BOTH))
    assert sorted(Service.objects.values_list("rate_micros", flat=True)) == [
        2_000_000, 3_000_000, 3_000_000,
    ]  # fmt: skip


def test_one_category_is_imported_service_by_service(desk: Client, provider: Provider) -> None:
    page = desk.get(url(provider), {"category": FOLLOWERS})
    [first, _second] = page.context["offers"]
    asked = f"{url(provider)}?category={FOLLOWERS}".replace(" ", "%20").replace("|", "%7C")
    desk.post(asked, chosen(BOTH[0], offer=[first.pk]))
    assert Service.objects.get().provider_service == first


def test_a_currency_without_a_rate_is_said_before_and_after(
    desk: Client, provider: Provider
) -> None:
    Provider.objects.update(currency="XYZ")
    assert "no rate for XYZ: it stays a draft" in text_of(desk.get(url(provider)))
    answer = desk.post(url(provider), chosen(*BOTH), follow=True)
    assert "3 stay drafts: there is no rate for the currency." in text_of(answer)
    assert not Service.objects.filter(is_active=True).exists()


def test_a_providers_words_are_text_for_staff_alone(desk: Client, provider: Provider) -> None:
    factories.offer(
        provider=provider, raw_category="<b>x", name="<i>y", description="<script>alert(1)</script>"
    )
    for asked in ({}, {"category": "<b>x"}):
        page = desk.get(url(provider), asked).content.decode()
        assert "<script>alert" not in page
        assert "<i>y" not in page
