"""A price list is looked at line by line; nothing of it happens before somebody presses apply."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from services.models import PriceRule, Provider, ProviderService, Service, Sync, SyncLine
from services.staff import sync_choosing
from services.staff.sync_words import ABOUT, LINE_WARNINGS, LIST_WARNINGS, failure_words
from services.syncing.judging import LineWarning, ListWarning
from tests import factories
from tests.orders.pages import SCRIPTED, text_of
from tests.services.syncing.upstream import Upstream, item

Kind, State = SyncLine.Kind, SyncLine.State


def url(name: str, number: int) -> str:
    return reverse(f"staff_services:sync_{name}", args=[number])


def press(desk: Client, sync: Sync, lines: str, **ticks: Any) -> Any:
    """Look at the page, and apply what is ticked there: "clean" or "all"."""
    choice = desk.get(url("detail", sync.pk)).context["choice"]
    sent = {"seen": choice.seen, "apply": lines} | ticks
    return desk.post(url("apply", sync.pk), sent, follow=True)


def see(desk: Client, sync: Sync, **asked: str) -> str:
    return text_of(desk.get(url("detail", sync.pk), asked))


@pytest.fixture
def held(upstream: Upstream) -> Upstream:
    """Six services, of which the first is sold at a price by rule: 50 % on top."""
    upstream.take_over(*(item(number) for number in range(1, 7)))
    PriceRule.objects.create(percent_bp=5000, step_micros=1)
    factories.service(
        provider_service=upstream.offer(1), rate_micros=750_000, priced_by=Service.PricedBy.RULE
    )
    return upstream


def others() -> list[dict[str, object]]:
    return [item(number) for number in range(2, 7)]


class TestReading:
    def test_begins_once_however_often_it_is_pressed(
        self, desk: Client, upstream: Upstream
    ) -> None:
        begin = url("begin", upstream.provider.pk)
        first, second = (desk.post(begin).headers["Location"] for _press in range(2))
        assert first == second == url("detail", Sync.objects.get().pk)

    def test_asks_for_itself_until_the_lines_are_there(
        self, desk: Client, upstream: Upstream, now: datetime
    ) -> None:
        sync = Sync.objects.create(provider=upstream.provider, began_at=now)
        for headers in ({}, SCRIPTED):
            shown = desk.get(url("detail", sync.pk), headers=headers).content.decode()
            assert ('hx-trigger="every 2s"' in shown, "<html" in shown) == (True, not headers)
        Sync.objects.update(state=Sync.State.OPEN, read_at=now)
        assert desk.get(url("detail", sync.pk), headers=SCRIPTED).headers["HX-Refresh"] == "true"

    def test_that_failed_says_what_helps(self, desk: Client, upstream: Upstream) -> None:
        sync = upstream.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>").read()
        shown = see(desk, sync)
        assert "It could not be read. Nothing was changed." in shown
        assert "Use the address from the provider's API documentation" in shown


class TestLooking:
    def test_shows_cost_price_and_margin_before_and_after(
        self, desk: Client, held: Upstream
    ) -> None:
        sync = held.says(item(1, rate="0.60"), *others()).read()
        shown = see(desk, sync)
        assert "0.5 → 0.6 USD +20%" in shown
        assert "$0.75 → $0.90 margin 50%" in shown

    def test_warns_of_a_price_by_hand_below_the_new_cost(
        self, desk: Client, held: Upstream
    ) -> None:
        Service.objects.update(priced_by=Service.PricedBy.HAND)
        shown = see(desk, held.says(item(1, rate="0.80"), *others()).read())
        assert "$0.75 below cost · priced by hand" in shown

    def test_counts_every_kind_and_shows_one(self, desk: Client, held: Upstream) -> None:
        sync = held.says(item(1, min=20, rate="0.6"), item(9, name="🔥 Nine"), *others()).read()
        shown = see(desk, sync)
        assert re.search("New 1 .*Cost up 1 .*Limits changed 1", shown)
        assert "Name there: 🔥 Nine" in shown
        assert "Minimum: 10 → 20" in see(desk, sync, kind="limits")

    def test_finds_a_line_by_number_and_by_words(self, desk: Client, held: Upstream) -> None:
        sync = held.says(item(1), *others(), item(77, name="Rare"), item(78)).read()
        for words in ("77", "rare"):
            shown = see(desk, sync, q=words)
            assert ("Rare" in shown, "Views 78" in shown) == (True, False)
        assert "No such line" in see(desk, sync, q="nothing")

    def test_shows_a_providers_words_as_text(self, desk: Client, upstream: Upstream) -> None:
        sync = upstream.says(item(1, name="<script>alert(1)</script>", description="<b>x")).read()
        assert b"<script>alert" not in desk.get(url("detail", sync.pk)).content

    def test_says_what_was_left_out_and_why(self, desk: Client, upstream: Upstream) -> None:
        sync = upstream.says(item(1), item(2, rate="-1"), item(3, min=9, max=2)).read()
        shown = see(desk, sync)
        assert "1 lines have no usable price" in shown
        assert "1 lines have limits that leave no quantity" in shown


class TestTicking:
    @pytest.fixture
    def sync(self, upstream: Upstream) -> Sync:
        return upstream.says(*(item(number) for number in range(1, 61))).read()

    def choose(self, desk: Client, sync: Sync, **fields: Any) -> Any:
        return desk.post(url("choose", sync.pk), {"kind": "new", **fields})

    def test_is_kept_from_page_to_page(self, desk: Client, sync: Sync) -> None:
        shown = list(sync.lines.order_by("pk").values_list("pk", flat=True)[:50])
        answer = self.choose(desk, sync, shown=shown, line=shown[2:], page="1", q="views")
        assert answer.headers["Location"].endswith("?kind=new&q=views&page=1#lines")
        skipped = sync.lines.filter(state=State.SKIPPED).values_list("pk", flat=True)
        assert set(skipped) == set(shown[:2])
        assert "58 of 60 ticked" in see(desk, sync, page="2")

    def test_all_and_none_of_a_kind(self, desk: Client, sync: Sync) -> None:
        self.choose(desk, sync, tick="none")
        assert "0 of 60 ticked" in see(desk, sync)
        answer = press(desk, sync, "all")
        assert "Nothing is ticked, so nothing was changed." in text_of(answer)
        self.choose(desk, sync, tick="all")
        assert "60 of 60 ticked" in see(desk, sync)

    def test_is_too_late_when_the_list_is_closed(self, desk: Client, sync: Sync) -> None:
        desk.post(url("discard", sync.pk))
        answer = desk.post(url("choose", sync.pk), {"kind": "new", "tick": "all"}, follow=True)
        assert "Too late: this price list is closed." in text_of(answer)
        assert not sync.lines.filter(state=State.OPEN).exists()

    def test_takes_no_line_of_another_list(self, desk: Client, sync: Sync, now: datetime) -> None:
        other = Sync.objects.create(provider=factories.provider(), began_at=now, state="open")
        line = SyncLine.objects.create(sync=other, kind=Kind.GONE, external_id="1")
        self.choose(desk, sync, shown=[line.pk])
        line.refresh_from_db()
        assert line.state == State.OPEN


class TestApplying:
    def test_what_has_no_warning_leaves_the_rest(self, desk: Client, held: Upstream) -> None:
        sync = held.says(item(1, rate="0.55"), item(2, rate="5"), *others()[1:]).read()
        answer = press(desk, sync, "clean")
        assert "1 lines are applied. 1 services have a new price." in text_of(answer)
        costs = ProviderService.objects.order_by("pk").values_list("cost_micros", flat=True)
        assert list(costs[:2]) == [550_000, 500_000]
        assert Service.objects.get().rate_micros == 825_000

    def test_with_warnings_takes_another_button(self, desk: Client, held: Upstream) -> None:
        sync = held.says(item(1, rate="5"), *others()).read()
        assert "Apply 1 ticked line, 1 with a warning" in see(desk, sync)
        press(desk, sync, "all")
        assert Service.objects.get().rate_micros == 7_500_000

    def test_counts_the_ticks_of_the_page_as_they_stand(self, desk: Client, held: Upstream) -> None:
        sync = held.says(item(1, rate="0.51"), item(2, rate="0.52"), *others()[1:]).read()
        first, second = sync.lines.order_by("external_id").values_list("pk", flat=True)
        press(desk, sync, "clean", shown=[first, second], line=[second])
        assert held.offer(1).cost_micros == 500_000
        assert held.offer(2).cost_micros == 520_000

    def test_is_refused_when_a_colleague_has_ticked_other_lines_since(
        self, desk: Client, held: Upstream
    ) -> None:
        sync = held.says(item(1, rate="9"), item(2, rate="0.52"), *others()[1:]).read()
        jump = sync.lines.get(external_id="1").pk
        desk.post(url("choose", sync.pk), {"shown": [jump]})
        seen = desk.get(url("detail", sync.pk)).context["choice"].seen
        sync_choosing.tick_all(sync_id=sync.pk, kind="cost_up")
        answer = desk.post(url("apply", sync.pk), {"seen": seen, "apply": "all", "q": "views"})
        assert answer.status_code == 422
        assert "Look again: nothing was applied." in text_of(answer)
        assert answer.context["asked"].words == "views"
        assert not sync.lines.filter(state=State.APPLIED).exists()
        assert press(desk, sync, "all", shown=[jump]).status_code == 200
        assert held.offer(1).cost_micros == 500_000
        assert held.offer(2).cost_micros == 520_000

    def test_a_first_list_leads_to_the_import(self, desk: Client, upstream: Upstream) -> None:
        sync = upstream.says(item(1), item(2)).read()
        answer = press(desk, sync, "clean")
        there = reverse("staff_services:import_choose", args=[upstream.provider.pk])
        assert answer.redirect_chain == [(there, 302)]
        assert not Service.objects.exists()

    def test_twice_is_once(self, desk: Client, held: Upstream) -> None:
        sync = held.says(item(1, rate="0.6"), *others()).read()
        seen = desk.get(url("detail", sync.pk)).context["choice"].seen
        for _press in range(2):
            desk.post(url("apply", sync.pk), {"seen": seen, "apply": "clean"})
        shown = see(desk, sync)
        assert "cost up 1 applied, 0 left as they were" in shown

    def test_discarding_changes_nothing(self, desk: Client, held: Upstream) -> None:
        sync = held.says(item(1, rate="0.6"), *others()).read()
        shown = text_of(desk.post(url("discard", sync.pk), follow=True))
        assert "Discarded. Nothing was changed" in shown
        press(desk, sync, "all")
        assert held.offer(1).cost_micros == 500_000


def test_the_history_tells_what_a_service_cost_and_which_list_brought_it(
    desk: Client, held: Upstream
) -> None:
    held.at = timezone.now()
    sync = held.says(item(1, rate="0.6"), *others()).read()
    Sync.objects.update(began_at=sync.began_at.replace(year=2020))
    held.apply(sync)
    ProviderService.objects.filter(external_id="1").update(cost_micros=700_000)
    shown = text_of(desk.get(url("offer", held.offer(1).pk)))
    assert "0.6 0.7 USD +16.66% by hand" in shown
    assert f"0.5 0.6 USD +20% price list {sync.pk}" in shown
    listed = text_of(desk.get(url("list", held.provider.pk)))
    assert listed.count("applied") == 2


def test_a_page_of_lines_takes_no_query_for_each(
    desk: Client, upstream: Upstream, django_assert_max_num_queries: Any
) -> None:
    upstream.take_over(*(item(number) for number in range(1, 61)))
    for offer in ProviderService.objects.all():
        factories.service(provider_service=offer, priced_by=Service.PricedBy.RULE)
    sync = upstream.says(*(item(number, rate="0.6") for number in range(1, 61))).read()
    with django_assert_max_num_queries(26):
        page = desk.get(url("detail", sync.pk))
    assert len(page.context["rows"]) == 50
    with django_assert_max_num_queries(20):
        desk.get(reverse("staff_services:provider_list"))


def test_every_code_has_words() -> None:
    assert set(LINE_WARNINGS) == set(LineWarning)
    assert set(LIST_WARNINGS) == set(ListWarning)
    assert set(ABOUT) == set(Kind)
    for code in ("account_refused", "not_sent_dns", "answer_not_json", "empty_list"):
        assert failure_words(code) != failure_words("something new")


def test_support_sees_no_provider(client: Client, sam: Any) -> None:
    client.force_login(sam)
    provider = factories.provider()
    assert client.get(url("list", provider.pk)).status_code == 403
    assert Provider.objects.count() == 1
