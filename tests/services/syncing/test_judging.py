"""What needs a person: jumps, zeroes, other types, and lists that lost too much at once."""

from __future__ import annotations

import pytest

from services.models import Sync, SyncLine
from services.syncing import applying
from tests import factories
from tests.services.syncing.upstream import Item, Upstream, item, kinds

Kind = SyncLine.Kind
OTHERS = [item(number) for number in range(2, 12)]


@pytest.fixture
def held(upstream: Upstream) -> Upstream:
    upstream.take_over(item(1), *OTHERS)
    return upstream


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"rate": "2.49"}, ""),
        ({"rate": "2.5"}, "jump_up"),
        ({"rate": "0.11"}, ""),
        ({"rate": "0.1"}, "jump_down"),
        ({"rate": "0"}, "zero_cost"),
        ({"type": "Poll"}, "type_changed"),
        ({"type": "Teleport"}, "unknown_type"),
        ({"name": "<script>Views 1</script>"}, "markup"),
        ({"category": "<img src=x>"}, "markup"),
        ({"name": "Views, a new name"}, ""),
        ({"name": "Likes 1"}, "other_name"),
        ({"refill": False}, ""),
        ({"min": 500}, ""),
        ({"min": 5000}, "limits_exclude"),
    ],
)
def test_a_line_is_judged(held: Upstream, change: dict[str, object], warning: str) -> None:
    factories.service(provider_service=held.offer(1), min_quantity=50, max_quantity=2000)
    sync = held.says(item(1, **change), *OTHERS).read()
    assert list(kinds(sync).values()) == [warning]
    assert sync.warning == ""


VIEWS, LIKES = ("Views | Platform A", "Platform A Views"), ("Likes | Platform B", "Platform B")


def named(number: int, naming: tuple[str, str]) -> Item:
    return item(number, name=naming[0], category=naming[1])


@pytest.mark.parametrize("role", ["sold", "alternative", "neither"])
def test_numbers_that_were_swapped_wait_for_a_person(upstream: Upstream, role: str) -> None:
    upstream.take_over(named(1, VIEWS), named(2, LIKES), *OTHERS[1:])
    service = factories.service(**{"provider_service": upstream.offer(1)} if role == "sold" else {})
    if role == "alternative":
        service.alternatives.create(provider_service=upstream.offer(1))
    sync = upstream.says(named(1, LIKES), named(2, VIEWS), *OTHERS[1:]).read()
    applying.apply_unwarned(sync_id=sync.pk, at=upstream.at)
    waiting = sync.lines.filter(state=SyncLine.State.OPEN).values_list("external_id", "warning")
    assert list(waiting) == ([] if role == "neither" else [("1", "other_name")])


def test_a_number_that_comes_back_as_another_service_is_not_put_back(held: Upstream) -> None:
    sold = factories.service(provider_service=held.offer(1))
    for _list in range(2):
        sync = held.says(*OTHERS).read()
        applying.apply_unwarned(sync_id=sync.pk, at=held.at)
    sync = held.says(item(1, name="Followers"), *OTHERS).read()
    applying.apply_unwarned(sync_id=sync.pk, at=held.at)
    sold.refresh_from_db()
    assert (kinds(sync), sold.off_reason) == ({Kind.BACK: "other_name"}, "gone")


def test_limits_that_exclude_what_nobody_can_order_speak_against_nothing(held: Upstream) -> None:
    fields = {"min_quantity": 50, "max_quantity": 2000, "is_active": False}
    factories.service(provider_service=held.offer(1), **fields)
    assert kinds(held.says(item(1, min=5000), *OTHERS).read()) == {Kind.LIMITS: ""}


def test_a_cost_that_rises_from_nothing_is_a_jump(upstream: Upstream) -> None:
    upstream.take_over(item(1, rate="0"))
    assert kinds(upstream.says(item(1)).read()) == {Kind.COST_UP: "jump_up"}


def test_what_is_new_and_of_an_unknown_type_is_told(held: Upstream) -> None:
    assert kinds(held.says(item(1), *OTHERS, item(99, type="Teleport")).read()) == {
        Kind.NEW: "unknown_type"
    }


@pytest.mark.parametrize(("missing", "warning"), [(2, ""), (3, "too_many_gone")])
def test_a_list_that_lost_too_much_at_once_is_doubted(
    held: Upstream, missing: int, warning: str
) -> None:
    sync = held.says(*OTHERS[missing - 1 :], item(77)).read()
    assert (sync.missing, sync.warning) == (missing, warning)


def test_a_list_in_which_many_costs_jump_is_doubted(held: Upstream) -> None:
    dear = [item(number, rate="50") for number in range(2, 12)]
    assert held.says(item(1), *dear).read().warning == "too_many_jumps"


def test_a_list_that_was_hardly_understood_says_nothing_of_what_it_lacks(held: Upstream) -> None:
    broken = [item(number, rate="NaN") for number in range(20, 30)]
    for _list in range(2):
        sync = held.says(item(1, rate="0.6"), *broken).read()
        assert (sync.warning, sync.missing) == ("unreadable", 0)
        assert kinds(sync) == {Kind.COST_UP: ""}
        Sync.objects.filter(pk=sync.pk).update(state=Sync.State.DISCARDED)
