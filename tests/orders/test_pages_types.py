"""The order form for every type of service: its fields, its proposal, and what is placed."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from orders.models import Order
from orders.pages.schedule import schedule_of
from services.models import CustomPrice, Service
from services.types import SPECS, Counting, ServiceType, spec_of
from tests.factories import MICROS, fund, order, service
from tests.orders.pages import LINK, NEW, SCRIPTED, hidden_in, money_of, seen, text_of
from tests.wallet.disputing import publish
from wallet import ledger
from wallet.models import Transfer

FUNDS = 100 * MICROS
ALL = "\n".join(f"comment {number}" for number in range(10))


@pytest.fixture
def own(client: Client, alice: User) -> Client:
    fund(alice, FUNDS)
    client.force_login(alice)
    return client


def shop(name: str = ServiceType.DEFAULT, **fields: object) -> Service:
    """Of a type, at 2.00 per 1000 (a package: for the whole), 1 to 10,000."""
    return service(type=name, rate_micros=2 * MICROS, min_quantity=1, **fields)


def typed(chosen: Service, **fields: object) -> dict[str, str]:
    """Everything that a type asks for, with the samples of its declaration."""
    spec = spec_of(chosen.type)
    filled: dict[str, object] = {one.name: one.sample for one in spec.parameters}
    filled["service"] = chosen.pk
    if spec.has_link:
        filled["link"] = LINK
    if spec.counting == Counting.ASKED:
        filled["quantity"] = 1000
    return {name: str(value) for name, value in (filled | fields).items()}


def reviewed(client: Client, filled: dict[str, str]) -> dict[str, str]:
    """What the button under the whole order sends."""
    review = client.post(NEW, filled)
    assert review.status_code == 200, text_of(review)
    return filled | hidden_in(review)


class TestEveryType:
    @pytest.mark.parametrize("name", ServiceType, ids=str)
    def test_it_asks_for_its_fields_and_what_is_shown_is_placed(
        self, own: Client, alice: User, name: ServiceType
    ) -> None:
        chosen = shop(name, can_cancel=True)
        page = text_of(own.get(NEW, {"service": chosen.pk}))
        for parameter in SPECS[name].parameters:
            assert str(parameter.label) in page
        sent = reviewed(own, typed(chosen))
        assert own.post(NEW, sent).status_code == 302
        placed = Order.objects.get(customer=alice)
        assert placed.charge_micros == int(sent["shown_charge"])
        assert FUNDS - money_of(alice)[0] == placed.charge_micros
        given = [one.name for one in SPECS[name].parameters if one.name in placed.parameters]
        assert given == [one.name for one in SPECS[name].parameters if not one.only_if]

    @pytest.mark.parametrize("name", ServiceType, ids=str)
    def test_an_empty_form_names_every_field_that_is_needed(
        self, own: Client, alice: User, name: ServiceType
    ) -> None:
        refused = own.post(NEW, {"service": str(shop(name).pk)})
        assert refused.status_code == 422
        errors = refused.context["work"].form.errors
        wanted = {one.name for one in SPECS[name].parameters if one.is_required and not one.only_if}
        assert wanted <= set(errors)
        assert ("link" in errors) == SPECS[name].has_link
        assert money_of(alice) == (FUNDS, 0)

    def test_comments_are_counted_and_the_number_is_charged(self, own: Client, alice: User) -> None:
        chosen = shop(ServiceType.CUSTOM_COMMENTS)
        page = own.get(NEW, typed(chosen, comments=f"\n{ALL}\n\n"))
        assert "10 × $2.00 per 1,000 $0.02" in text_of(page)
        assert 'data-counts="id_comments">10<' in page.content.decode()
        own.post(NEW, reviewed(own, typed(chosen, comments=ALL)))
        assert money_of(alice) == (FUNDS - 20_000, 1)

    def test_a_subscription_has_no_link_and_shows_its_highest_cost(self, own: Client) -> None:
        chosen = shop(ServiceType.SUBSCRIPTIONS)
        page = own.get(NEW, typed(chosen, min=10, max=500, posts=4, old_posts=1))
        words = text_of(page)
        assert 'name="link"' not in page.content.decode()
        assert "5 posts × 500 × $2.00 per 1,000 $5.00" in words
        assert "Highest possible cost, charged now $5.00" in words
        assert "5 posts of up to 500 : at most 2,500 in all" in words

    def test_a_subscription_without_an_end_says_what_a_post_costs(self, own: Client) -> None:
        chosen = shop(ServiceType.SUBSCRIPTIONS, can_cancel=True)
        filled = typed(chosen, min=10, max=500, posts="", old_posts="")
        words = text_of(own.get(NEW, filled))
        assert "Each new post, at most: 500 × $2.00 per 1,000 $1.00 Charged now $0.00" in words
        assert "each post is charged when it appears" in words

    @pytest.mark.parametrize("day", ["2030-12-31", "31/12/2030"])
    def test_a_day_is_read_from_the_calendar_of_a_browser_too(
        self, own: Client, alice: User, day: str
    ) -> None:
        own.post(NEW, reviewed(own, typed(shop(ServiceType.SUBSCRIPTIONS), expiry=day)))
        assert Order.objects.get(customer=alice).parameters["expiry"] == "31/12/2030"

    def test_the_ends_of_lines_make_no_other_order(self, own: Client, alice: User) -> None:
        sent = reviewed(own, typed(shop(ServiceType.CUSTOM_COMMENTS), comments="one\ntwo"))
        assert own.post(NEW, sent | {"comments": "one\r\ntwo"}).status_code == 302

    def test_a_parameter_that_is_sent_twice_is_refused(self, own: Client, alice: User) -> None:
        chosen = shop(ServiceType.COMMENT_LIKES)
        sent = typed(chosen)
        refused = own.post(NEW, {**sent, "username": ["one", "two"]})
        assert refused.status_code == 422
        assert "Give it once." in text_of(refused)
        assert money_of(alice) == (FUNDS, 0)


class TestTheProposal:
    def test_it_says_all_that_matters_before_anything_is_charged(self, own: Client) -> None:
        chosen = shop(can_refill=True, refill_days=30)
        words = text_of(own.get(NEW, typed(chosen, link="example.com/p/1")))
        for part in (
            f"{chosen.pk} · {chosen.name}",
            "Automated accounts: numbers only, no genuine interest",
            "Link, as it is sent https://example.com/p/1",
            "Once it has begun it cannot be canceled.",
            "What drops within 30 days is refilled on request.",
            "The platform may act against what it does not allow",
            "Terms of service, version 1",
            "Place order — $2.00",
        ):
            assert part in words

    def test_an_own_price_is_a_discount_on_the_list_price(self, own: Client, alice: User) -> None:
        chosen = shop()
        CustomPrice.objects.create(customer=alice, service=chosen, rate_micros=1_500_000)
        words = text_of(own.get(NEW, typed(chosen)))
        assert "1,000 × $2.00 per 1,000 $2.00" in words
        assert "Discount: your own price is $1.50 per 1,000 −$0.50 Total $1.50" in words

    def test_nothing_is_placed_that_was_not_shown_like_this(self, own: Client, alice: User) -> None:
        sent = reviewed(own, typed(shop(ServiceType.CUSTOM_COMMENTS)))
        again = own.post(NEW, sent | {"comments": "other\nwords"})
        assert "Nothing has been charged yet." in text_of(again)
        assert money_of(alice) == (FUNDS, 0)

    def test_a_changed_price_shows_the_old_one_too(self, own: Client, alice: User) -> None:
        chosen = shop()
        sent = seen(own, chosen)
        Service.objects.filter(pk=chosen.pk).update(rate_micros=3 * MICROS)
        refused = own.post(NEW, sent)
        assert "You saw $2.00. The price is now $3.00." in text_of(refused)
        assert money_of(alice) == (FUNDS, 0)

    @pytest.mark.parametrize("spend_order", ["cash_first", "bonus_first"])
    def test_its_numbers_equal_the_ledger_in_500_random_orders(
        self, own: Client, alice: User, spend_order: str
    ) -> None:
        publish(wallet_spend_order=spend_order)
        dice = random.Random(spend_order)
        shelf = [_some_service(alice, dice) for _ in range(20)]
        for number in range(250):
            _give_money(alice, dice, number)
            chosen = dice.choice(shelf)
            filled = typed(chosen, link=f"{LINK}/{number}")
            if "quantity" in filled:
                filled["quantity"] = str(dice.randint(1_000, 50_000))
            if chosen.can_drip_feed and dice.random() < 0.5:
                filled |= {"runs": str(dice.randint(2, 9)), "interval": "60"}
            box = own.get(NEW, filled | {"part": "price"}, headers=SCRIPTED)
            shown = box.context["checkout"].sum
            answer = own.post(NEW, filled | hidden_in(box) | {"key": str(uuid.uuid4())})
            placed = Order.objects.get(pk=answer["Location"].split("/")[-2])
            booked = dict(
                Transfer.objects.filter(reference=placed.reference).values_list(
                    "key", "amount_micros"
                )
            )
            assert booked.get(f"{placed.reference}:charge", 0) == shown.from_cash_micros
            assert booked.get(f"{placed.reference}:charge:bonus", 0) == shown.from_bonus_micros
            assert sum(booked.values()) == shown.quote.charge_micros == placed.charge_micros
            assert hidden_in(box)["shown_charge"] == str(placed.charge_micros)
            assert money_of(alice)[0] == shown.box.after_micros


def _some_service(customer: User, dice: random.Random) -> Service:
    rate = dice.choice([1, 7, 999, 13_500, 4_508_400, 123_456_789])
    name = dice.choice([ServiceType.DEFAULT, ServiceType.DEFAULT, ServiceType.PACKAGE])
    made = service(
        type=name, rate_micros=rate, max_quantity=1_000_000, can_drip_feed=dice.random() < 0.5
    )
    if dice.random() < 0.3:
        CustomPrice.objects.create(customer=customer, service=made, rate_micros=rate - rate // 7)
    return made


def _give_money(customer: User, dice: random.Random, number: int) -> None:
    """Enough for any order, some of it bonus, so that many charges take from both."""
    fund(customer, dice.randint(1, 40_000) * MICROS)
    ledger.grant_bonus(
        customer_id=customer.pk,
        amount_micros=60_000 * MICROS,
        reference=f"bonus:test-{number}",
        at=timezone.now(),
    )


class TestSpreadOverTime:
    def test_the_plan_is_shown_as_dates_with_its_total(self, own: Client, alice: User) -> None:
        chosen = shop(can_drip_feed=True)
        filled = typed(chosen, quantity=100, runs=8, interval=60)
        page = own.get(NEW, filled)
        words = text_of(page)
        assert "8 runs of 100 : 800 in all" in words
        assert "8 runs × 100 × $2.00 per 1,000 $1.60" in words
        assert "3 more runs" in words
        assert "The last one, run 8:" in words
        own.post(NEW, filled | hidden_in(page))
        placed = Order.objects.get(customer=alice)
        assert (placed.runs, placed.interval_minutes, placed.units) == (8, 60, 800)
        assert money_of(alice)[0] == FUNDS - 1_600_000

    def test_a_service_without_it_does_not_ask(self, own: Client) -> None:
        page = own.get(NEW, {"service": shop().pk})
        assert 'name="runs"' not in page.content.decode()

    @pytest.mark.parametrize(
        ("fields", "name"),
        [({"runs": "1001", "interval": "1"}, "runs"), ({"runs": "5"}, "interval")],
    )
    def test_a_plan_that_cannot_be_is_refused_beside_its_field(
        self, own: Client, alice: User, fields: dict[str, str], name: str
    ) -> None:
        refused = own.post(NEW, typed(shop(can_drip_feed=True), quantity=5, **fields))
        assert refused.status_code == 422
        assert name in refused.context["work"].form.errors
        assert " open>" in refused.content.decode()
        assert money_of(alice) == (FUNDS, 0)

    def test_a_thousand_runs_are_folded_and_cut(self) -> None:
        now = timezone.now()
        plan = schedule_of(runs=1000, interval_minutes=5, start_at=now)
        assert [run.number for run in plan.shown] == [1, 2, 3, 4, 5]
        assert len(plan.shown) + len(plan.folded) + plan.unlisted == 1000
        assert plan.last.at == now + timedelta(minutes=5 * 999)


class TestTicks:
    def test_an_order_of_the_same_kind_on_a_link_asks_first(self, own: Client, alice: User) -> None:
        first, second = shop(), shop()
        running = order(alice, service=first, link=LINK)
        sent = reviewed(own, typed(second))
        refused = own.post(NEW, sent)
        page = refused.content.decode()
        assert refused.status_code == 422
        assert f'href="{running.get_absolute_url()}">See order {running.pk}' in page
        assert 'value="same_category"' in page
        placed = own.post(NEW, sent | hidden_in(refused) | {"tick": "same_category"})
        assert placed.status_code == 302

    def test_a_link_that_looks_private_asks_first(self, own: Client, alice: User) -> None:
        chosen = shop()
        sent = reviewed(own, typed(chosen, link="https://example.com/joinchat/AbC"))
        assert own.post(NEW, sent).status_code == 422
        assert money_of(alice) == (FUNDS, 0)
        assert own.post(NEW, sent | {"tick": "private_link"}).status_code == 302

    def test_a_tick_stays_while_the_price_changes(self, own: Client) -> None:
        filled = typed(shop(), link="https://example.com/joinchat/AbC", quantity=20)
        part = own.post(f"{NEW}?part=price", filled | {"tick": "private_link"}, headers=SCRIPTED)
        assert 'value="private_link" id="id_tick_private_link" checked' in part.content.decode()

    def test_a_second_order_is_ticked_where_the_terms_allow_it(
        self, own: Client, alice: User
    ) -> None:
        publish(order_duplicate_policy="warn")
        chosen = shop()
        own.post(NEW, reviewed(own, typed(chosen)))
        sent = reviewed(own, typed(chosen))
        assert own.post(NEW, sent).status_code == 422
        assert own.post(NEW, sent | {"tick": "duplicate"}).status_code == 302
        assert Order.objects.filter(customer=alice, duplicate_accepted=True).count() == 1


class TestChangingTheService:
    @pytest.mark.parametrize("comments", ["one\ntwo", "x" * 300 + "\n" + "ä" * 20_000])
    def test_without_scripts_what_fits_is_kept_whatever_its_length(
        self, own: Client, comments: str
    ) -> None:
        replies = shop(ServiceType.COMMENT_REPLIES)
        sent = typed(replies, comments=comments, act="pick")
        page = own.get(own.post(NEW, sent)["Location"])
        form = page.context["work"].form
        assert (form["comments"].value(), form["username"].value()) == (comments, "name_one")

    def test_with_scripts_the_fields_change_and_what_fits_is_kept(self, own: Client) -> None:
        comments = shop(ServiceType.CUSTOM_COMMENTS)
        sent = typed(shop(), comments=ALL)
        sent |= {"service": str(comments.pk), "category": str(comments.category_id)}
        part = own.post(f"{NEW}?part=fields", sent, headers=SCRIPTED)
        assert part.status_code == 200
        assert part.context["work"].form["comments"].value() == ALL
        assert part.context["work"].form["link"].value() == LINK
        assert 'name="quantity"' not in part.content.decode()

    def test_one_out_of_a_search_brings_its_own_category(self, own: Client) -> None:
        old, new = shop(), shop(ServiceType.POLL)
        sent = typed(old) | {"platform": "999", "category": "999"}
        way = f"{NEW}?part=fields&service={new.pk}&found=1"
        part = own.post(way, sent, headers=SCRIPTED)
        assert part.context["work"].picker.service == new
        assert part.context["work"].form["link"].value() == LINK


class TestComingBack:
    def test_a_long_form_comes_back_after_the_log_in(self, client: Client, alice: User) -> None:
        sent = typed(shop(ServiceType.CUSTOM_COMMENTS), comments=ALL * 300)
        way = client.post(NEW, sent)["Location"]
        client.force_login(alice)
        page = client.get(unquote(way.partition("next=")[2]))
        assert page.context["work"].form["comments"].value() == ALL * 300

    def test_a_long_form_comes_back_after_adding_funds(self, client: Client, bob: User) -> None:
        client.force_login(bob)
        sent = typed(shop(ServiceType.CUSTOM_COMMENTS), comments=ALL * 300)
        review = client.post(NEW, sent)
        assert 'name="act" value="fund"' in review.content.decode()
        way = client.post(NEW, sent | {"act": "fund"})["Location"]
        [back] = parse_qs(urlsplit(way).query)["return_to"]
        page = client.get(back)
        assert page.context["work"].form["comments"].value() == ALL * 300

    def test_an_order_again_is_filled_with_all_of_it(self, own: Client, alice: User) -> None:
        chosen = shop(can_drip_feed=True)
        own.post(NEW, reviewed(own, typed(chosen, quantity=50, runs=3, interval=30)))
        placed = Order.objects.get(customer=alice)
        form = own.get(NEW, {"again": placed.pk}).context["work"].form
        values = [form[name].value() for name in ("service", "link", "quantity", "runs")]
        assert values == [str(chosen.pk), LINK, "50", "3"]
        assert form["interval"].value() == "30"

    def test_lists_and_choices_come_again_too(self, own: Client, alice: User) -> None:
        filled = typed(shop(ServiceType.MENTIONS_WITH_HASHTAGS))
        own.post(NEW, reviewed(own, filled))
        placed = Order.objects.get(customer=alice)
        form = own.get(NEW, {"again": placed.pk}).context["work"].form
        assert {name: form[name].value() for name in filled} == filled

    def test_somebody_elses_order_fills_nothing(self, own: Client, bob: User) -> None:
        theirs = order(bob)
        form = own.get(NEW, {"again": theirs.pk}).context["work"].form
        assert form["link"].value() is None

    def test_the_address_of_a_filled_form_can_be_copied(self, own: Client) -> None:
        page = own.get(NEW, typed(shop(), quantity=70)).content.decode()
        assert "quantity=70" in page.partition('data-act="copy" data-copy="')[2].partition('"')[0]
