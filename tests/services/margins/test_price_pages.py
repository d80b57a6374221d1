from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Case, User
from services.margins.repricing import reprice
from services.margins.rises import follow_costs
from services.margins.sweeping import sweep
from services.models import (
    Alternative,
    CurrencyChange,
    CustomPrice,
    GroupMembership,
    PriceEdit,
    PriceGroup,
    PriceRule,
    Provider,
    ProviderService,
    Service,
)
from tests.factories import MICROS, offer, provider, service
from tests.orders.pages import text_of
from tests.services.margins.test_repricing import by_rule, rule
from wallet.models import DisplayRate

pytestmark = pytest.mark.django_db
RULES = "/staff/catalogue/prices/"
EDIT = RULES + "edit/"


@pytest.fixture
def desk(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def digest_in(html: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', html)
    assert found is not None
    return found[1]


def rate_of(of: Service) -> int:
    return Service.objects.get(pk=of.pk).rate_micros


class TestRules:
    NEW = {"place": "global", "service": "", "percent": "50", "fixed": "0", "step": "0.0001"}

    def test_a_rule_is_shown_before_it_makes_prices(self, desk: Client) -> None:
        one = by_rule()
        shown = desk.post(RULES + "rules/new/", self.NEW).content.decode()
        assert "+50" in shown
        assert rate_of(one) == MICROS
        done = {**self.NEW, "digest": digest_in(shown)}
        answer = desk.post(RULES + "rules/new/", {**done, "act": "do"})
        assert answer.status_code == 302
        assert rate_of(one) == 1_500_000
        assert "Everything" in desk.get(RULES).content.decode()

    def test_costs_that_changed_meanwhile_are_shown_again(self, desk: Client) -> None:
        one = by_rule()
        shown = desk.post(RULES + "rules/new/", self.NEW).content.decode()
        ProviderService.objects.update(cost_micros=7)
        answer = desk.post(
            RULES + "rules/new/", {**self.NEW, "act": "do", "digest": digest_in(shown)}
        )
        assert answer.status_code == 422
        assert "Nothing was changed" in answer.content.decode()
        assert (rate_of(one), PriceRule.objects.count()) == (MICROS, 0)

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"percent": "-5"}, "Use digits"),
            ({"percent": "10001"}, "10,000 at most"),
            ({"percent": "1.234"}, "at most two after the point"),
            ({"fixed": "1e3"}, "Use digits"),
            ({"step": "0"}, "above zero"),
            ({"place": "planet:1"}, "valid choice"),
            ({"place": "service", "service": "999"}, "no service with this number"),
        ],
    )
    def test_what_is_no_rule_is_said_beside_the_field(
        self, desk: Client, wrong: dict[str, str], words: str
    ) -> None:
        answer = desk.post(RULES + "rules/new/", self.NEW | wrong)
        assert answer.status_code == 422
        assert words in answer.content.decode()

    def test_a_second_rule_for_the_same_is_refused(self, desk: Client) -> None:
        rule()
        answer = desk.post(RULES + "rules/new/", self.NEW)
        assert "There is a rule for this already" in answer.content.decode()

    def test_every_place_can_have_a_rule(self, desk: Client) -> None:
        one = by_rule()
        assert one.provider_service is not None
        places = [
            f"provider:{one.provider_service.provider_id}",
            f"platform:{one.category.platform_id}",
            f"category:{one.category_id}",
        ]
        for place in [*places, "service"]:
            values = self.NEW | {"place": place, "service": str(one.pk)}
            shown = desk.post(RULES + "rules/new/", values).content.decode()
            desk.post(RULES + "rules/new/", {**values, "act": "do", "digest": digest_in(shown)})
        assert PriceRule.objects.count() == 4
        assert PriceRule.objects.get(service=one).percent_bp == 5000

    def test_a_rule_is_changed_and_deleted_with_its_prices(
        self, desk: Client, now: datetime
    ) -> None:
        one, kept = by_rule(), rule()
        reprice(service_ids=[one.pk], at=now)
        page = f"{RULES}rules/{kept.pk}/"
        assert 'value="50"' in desk.get(page).content.decode()
        values = {"percent": "20", "fixed": "0.1", "step": "0.0001"}
        shown = desk.post(page, values).content.decode()
        desk.post(page, {**values, "act": "do", "digest": digest_in(shown)})
        assert rate_of(one) == 1_300_000
        shown = desk.get(page + "delete/").content.decode()
        assert desk.post(page + "delete/", {"digest": "0" * 64}).status_code == 422
        desk.post(page + "delete/", {"digest": digest_in(shown)})
        assert (PriceRule.objects.count(), rate_of(one)) == (0, 1_300_000)


class TestManyPrices:
    UP = {"act": "percent_up", "value": "10", "step": "0.0001"}

    def test_the_preview_has_an_address_and_the_post_applies_it(self, desk: Client) -> None:
        one = service(name="Fast <likes>", rate_micros=MICROS)
        other = service(name="Slow")
        chosen = {**self.UP, "words": "fast"}
        shown = desk.get(EDIT, chosen).content.decode()
        assert "$1.10" in shown
        assert "Fast &lt;likes&gt;" in shown
        answer = desk.post(EDIT, {**chosen, "digest": digest_in(shown)}, follow=True)
        assert "1 price is new" in answer.content.decode()
        assert (rate_of(one), rate_of(other)) == (1_100_000, MICROS)

    def test_a_preview_that_is_old_changes_nothing(self, desk: Client) -> None:
        one = service()
        shown = desk.get(EDIT, self.UP).content.decode()
        service(name="Another")
        answer = desk.post(EDIT, {**self.UP, "digest": digest_in(shown)})
        assert answer.status_code == 422
        assert "Nothing was changed" in answer.content.decode()
        assert rate_of(one) == MICROS
        assert digest_in(answer.content.decode()) != digest_in(shown)

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"value": ""}, "Say by how much"),
            ({"value": "0"}, "Nothing would change"),
            ({"value": "0.001"}, "at most two digits"),
            ({"act": "percent_down", "value": "91"}, "90 at most"),
            ({"act": "double"}, "valid choice"),
            ({"platform": "99"}, "valid choice"),
        ],
    )
    def test_what_cannot_be_done_is_said(
        self, desk: Client, wrong: dict[str, str], words: str
    ) -> None:
        answer = desk.get(EDIT, self.UP | wrong)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert desk.post(EDIT, self.UP | wrong).status_code == 422

    @pytest.mark.parametrize(
        ("act", "value", "price"),
        [
            ("percent_down", "10", 900_000),
            ("amount_up", "0.5", 1_500_000),
            ("amount_down", "0.25", 750_000),
            ("margin", "20", 600_000),
            ("price", "3", 3_000_000),
        ],
    )
    def test_each_act_means_what_it_says(
        self, desk: Client, act: str, value: str, price: int
    ) -> None:
        one = service()
        asked = {"act": act, "value": value, "step": "0.0001"}
        shown = desk.get(EDIT, asked).content.decode()
        desk.post(EDIT, {**asked, "digest": digest_in(shown)})
        assert rate_of(one) == price
        edit = PriceEdit.objects.get()
        assert desk.get(f"{RULES}edits/{edit.pk}/").status_code == 200

    def test_it_is_taken_back_once(self, desk: Client) -> None:
        one, other = service(), service()
        shown = desk.get(EDIT, self.UP).content.decode()
        desk.post(EDIT, {**self.UP, "digest": digest_in(shown)})
        Service.objects.filter(pk=other.pk).update(rate_micros=5)
        edit = PriceEdit.objects.get()
        undo = f"{RULES}edits/{edit.pk}/undo/"
        first = desk.post(undo, follow=True).content.decode()
        assert "1 prices are as before, 1 were left" in first
        assert "changed since by somebody else" in first
        assert "Nothing was changed" in desk.post(undo, follow=True).content.decode()
        assert (rate_of(one), rate_of(other)) == (MICROS, 5)
        assert "taken back" in desk.get(RULES + "edits/").content.decode()

    def test_a_long_preview_comes_in_pages(self, desk: Client) -> None:
        one = service()
        for number in range(50):
            service(name=f"More {number}", provider_service=one.provider_service)
        shown = desk.get(EDIT, self.UP).content.decode()
        assert "Page 1 of 2" in shown
        assert 'id="number">51<' in shown
        last = desk.get(EDIT, {**self.UP, "page": "2"}).content.decode()
        assert last.count('id="service-') == 1


class TestWhy:
    def test_the_chain_ends_in_the_price(self, desk: Client, alice: User, now: datetime) -> None:
        DisplayRate.objects.create(currency="eur", per_dollar_micros=800_000, since=now)
        one = by_rule(provider=provider(currency="EUR", name="Provider <X>"))
        rule(2500)
        reprice(service_ids=[one.pk], at=now)
        group = PriceGroup.objects.create(name="Level A", discount_bp=1000)
        GroupMembership.objects.create(customer=alice, group=group)
        asked = {"service": str(one.pk), "customer": "ALICE@example.com"}
        text = desk.get(RULES + "why/", asked).content.decode()
        for words in ("Provider &lt;X&gt; takes 1 EUR", "$1.25", "$1.5625", "10"):
            assert words in text
        assert re.search(r'id="final">\s*<bdi[^>]*>\$1\.40625<', text)

    @pytest.mark.parametrize(
        "asked", [{"service": "x"}, {"service": "99999"}, {"service": "1", "customer": "nobody"}]
    )
    def test_nobody_and_nothing_is_said_beside_the_field(
        self, desk: Client, asked: dict[str, str]
    ) -> None:
        answer = desk.get(RULES + "why/", asked)
        assert answer.status_code == 422
        assert "There is no" in answer.content.decode()

    def test_every_odd_service_has_an_explanation(self, desk: Client, alice: User) -> None:
        odd = [
            service(is_free=True, rate_micros=0),
            service(provider_service=None, is_active=False),
            by_rule(provider=provider(currency="NOK")),
            by_rule(is_active=False, off_reason="cost"),
        ]
        CustomPrice.objects.create(customer=alice, service=odd[1], rate_micros=1)
        for one in odd:
            asked = {"service": str(one.pk), "customer": alice.email}
            assert 'id="final"' in desk.get(RULES + "why/", asked).content.decode()


class TestCurrencies:
    PAGE = RULES + "currencies/"
    NEW = {"currency": "eur", "per_dollar": "0.5"}

    def test_a_currency_without_a_rate_is_pointed_out(self, desk: Client) -> None:
        by_rule(provider=provider(currency="EUR"))
        assert "no rate" in desk.get(self.PAGE).content.decode()
        assert "The cost of 1 service is not known" in desk.get(RULES).content.decode()

    def test_a_new_rate_is_shown_and_then_makes_prices(self, desk: Client) -> None:
        rule(0)
        one = by_rule(provider=provider(currency="EUR"))
        shown = desk.post(self.PAGE, self.NEW).content.decode()
        assert (rate_of(one), DisplayRate.objects.count()) == (MICROS, 0)
        stale = desk.post(self.PAGE, {**self.NEW, "act": "do", "digest": ""})
        assert stale.status_code == 422
        desk.post(self.PAGE, {**self.NEW, "act": "do", "digest": digest_in(shown)})
        assert rate_of(one) == 2 * MICROS
        assert "0.5" in desk.get(self.PAGE).content.decode()

    def test_another_currency_of_a_provider_is_shown_and_then_makes_prices(
        self, desk: Client, now: datetime
    ) -> None:
        rule(0)
        one = by_rule()
        reprice(service_ids=[one.pk], at=now)
        DisplayRate.objects.create(currency="eur", per_dollar_micros=500_000, since=now)
        Provider.objects.update(currency="EUR")
        sweep(at=now)
        assert "Rates and currencies that prices wait for" in text_of(desk.get("/staff/"))
        assert "takes EUR instead of USD" in desk.get(self.PAGE).content.decode()
        change = {"provider": str(Provider.objects.get().pk)}
        shown = desk.post(self.PAGE, change).content.decode()
        assert desk.post(self.PAGE, change | {"act": "do", "digest": ""}).status_code == 422
        assert rate_of(one) == MICROS
        act = change | {"act": "do", "digest": digest_in(shown)}
        desk.post(self.PAGE, act)
        assert (rate_of(one), CurrencyChange.objects.count()) == (2 * MICROS, 0)
        assert "No prices wait" in text_of(desk.post(self.PAGE, act, follow=True))

    @pytest.mark.parametrize("wrong", [{"per_dollar": "0"}, {"currency": "usd"}])
    def test_what_is_no_rate_is_refused(self, desk: Client, wrong: dict[str, str]) -> None:
        by_rule(provider=provider(currency="EUR"))
        assert desk.post(self.PAGE, self.NEW | wrong).status_code == 422


class TestRises:
    PAGE = RULES + "rises/"

    @pytest.fixture
    def risen(self, now: datetime) -> Service:
        rule(1000)
        one = by_rule()
        reprice(service_ids=[one.pk], at=now)
        ProviderService.objects.update(cost_micros=2 * MICROS)
        follow_costs(offer_ids=[one.provider_service_id or 0], at=now)
        return one

    def test_ticked_services_are_sold_at_the_shown_price(
        self, desk: Client, risen: Service
    ) -> None:
        text = desk.get(self.PAGE).content.decode()
        assert f'value="{risen.pk}:2200000"' in text
        assert "+100" in text
        values = {"act": "sell", "chosen": [f"{risen.pk}:2200000"]}
        assert (
            "on sale again"
            in desk.post(self.PAGE + "decide/", values, follow=True).content.decode()
        )
        risen.refresh_from_db()
        assert (risen.is_active, risen.rate_micros) == (True, 2_200_000)
        assert not Case.objects.open().exists()

    def test_a_price_that_was_not_shown_is_not_taken(self, desk: Client, risen: Service) -> None:
        for price in ("2199999", "", "x"):
            values = {"act": "sell", "chosen": [f"{risen.pk}:{price}"]}
            answer = desk.post(self.PAGE + "decide/", values, follow=True).content.decode()
            assert "1 was left" in answer
        risen.refresh_from_db()
        assert risen.off_reason == "cost"

    def test_kept_off_is_a_persons_decision(
        self, desk: Client, risen: Service, now: datetime
    ) -> None:
        desk.post(self.PAGE + "decide/", {"act": "keep", "chosen": [str(risen.pk)]})
        risen.refresh_from_db()
        assert (risen.is_active, risen.off_reason) == (False, "")
        ProviderService.objects.update(cost_micros=MICROS)
        follow_costs(offer_ids=[risen.provider_service_id or 0], at=now)
        risen.refresh_from_db()
        assert not risen.is_active
        assert not Case.objects.open().exists()

    def test_a_price_by_hand_keeps_its_margin(self, desk: Client, now: datetime) -> None:
        by_hand = service(rate_micros=750_000, below_cost="refuse", accepted_micros=500_000)
        ProviderService.objects.update(cost_micros=MICROS)
        follow_costs(offer_ids=[by_hand.provider_service_id or 0], at=now)
        values = {"act": "sell", "chosen": [f"{by_hand.pk}:1500000"]}
        desk.post(self.PAGE + "decide/", values)
        by_hand.refresh_from_db()
        assert (by_hand.is_active, by_hand.rate_micros) == (True, 1_500_000)

    def test_another_provider_takes_over(self, desk: Client, risen: Service) -> None:
        other = Alternative.objects.create(
            service=risen, provider_service=offer(cost_micros=MICROS // 2), position=3
        )
        values = {"switch": f"{risen.pk}:{other.pk}"}
        answer = desk.post(self.PAGE + "decide/", values, follow=True).content.decode()
        assert "on sale again" in answer
        old = risen.provider_service_id
        risen.refresh_from_db()
        assert (risen.rate_micros, risen.is_active) == (550_000, True)
        assert risen.alternatives.get().provider_service_id == old
        assert (
            "Nothing was changed"
            in desk.post(self.PAGE + "decide/", values, follow=True).content.decode()
        )

    @pytest.mark.parametrize(
        "unfit", [{"can_refill": False}, {"raw_type": "Custom Comments"}, {"max_quantity": 10}]
    )
    def test_who_cannot_deliver_what_is_promised_does_not(
        self, desk: Client, risen: Service, unfit: dict[str, object]
    ) -> None:
        Service.objects.filter(pk=risen.pk).update(can_refill=True)
        offered = offer(**{"can_refill": True} | unfit)
        other = Alternative.objects.create(service=risen, provider_service=offered)
        assert "cannot deliver what is promised" in desk.get(self.PAGE).content.decode()
        desk.post(self.PAGE + "decide/", {"switch": f"{risen.pk}:{other.pk}"})
        assert Service.objects.get(pk=risen.pk).off_reason == "cost"


def test_a_customer_sees_the_level_and_what_is_missing(client: Client, alice: User) -> None:
    gold = PriceGroup.objects.create(name="Gold", discount_bp=750, spend_from_micros=5 * MICROS)
    one = service()
    CustomPrice.objects.create(customer=alice, service=one, rate_micros=123_456)
    client.force_login(alice)
    text = client.get(reverse("services:your_prices")).content.decode()
    assert "Missing to Gold" in text
    assert "$5.00" in text
    assert "$0.123456" in text
    GroupMembership.objects.create(customer=alice, group=gold)
    text = client.get(reverse("services:your_prices")).content.decode()
    assert "7.5\N{NO-BREAK SPACE}% less" in text
    assert "Missing to" not in text


def test_the_desk_says_how_many_services_are_off_for_their_cost(desk: Client) -> None:
    service(is_active=False, off_reason="cost")
    assert "Services off sale for their cost" in desk.get("/staff/").content.decode()


def test_support_sees_no_costs(client: Client, sam: User) -> None:
    client.force_login(sam)
    for page in ("", "why/", "edit/", "rises/", "edits/", "currencies/"):
        assert client.get(RULES + page).status_code == 403
