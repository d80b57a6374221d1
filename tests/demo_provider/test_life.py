"""An order's life is a function of its link and the time."""

from decimal import Decimal

import pytest

from smmpanel.demo_provider.life import Order, progress

LASTS = 100.0


def order(link, *, quantity=1000, stopped_at=None):
    return Order(23_501, 101, f"https://a.example/{link}", quantity, 0.0, stopped_at)


def at(seconds, link="plain", **options):
    return progress(order(link, **options), at=seconds, seconds_per_order=LASTS)


def test_an_order_is_pending_then_runs_then_is_completed():
    assert [at(second).status for second in (0, 19, 20, 60, 99, 100, 9999)] == [
        "Pending",
        "Pending",
        "In progress",
        "In progress",
        "In progress",
        "Completed",
        "Completed",
    ]


def test_remains_fall_evenly_and_never_rise():
    remains = [at(second).remains for second in range(101)]
    assert remains == sorted(remains, reverse=True)
    assert (remains[0], remains[60], remains[100]) == (1000, 500, 0)


def test_the_start_count_is_set_when_it_starts_and_stays():
    assert at(10).start_count is None
    assert at(30).start_count == at(100).start_count
    assert at(30).start_count != at(30, "elsewhere").start_count


@pytest.mark.parametrize(
    ("link", "status", "remains"),
    [
        ("post/partial", "Partial", 300),
        ("post/partial-40", "Partial", 400),
        ("post?mode=partial-75", "Partial", 750),
        ("PARTIAL-5/x", "Partial", 50),
        ("partial-0", "Partial", 0),
        ("partial-999", "Partial", 1000),
        ("post/cancel", "Canceled", 1000),
        ("post?then=cancel", "Canceled", 1000),
        ("post", "Completed", 0),
    ],
)
def test_the_link_decides_how_it_ends(link, status, remains):
    end = at(LASTS, link)
    assert (end.status, end.remains, end.is_final) == (status, remains, True)


def test_a_host_name_decides_nothing():
    named = Order(1, 101, "https://partial-40.cancel.example/x", 1000, 0.0)
    assert progress(named, at=LASTS, seconds_per_order=LASTS).status == "Completed"


def test_slow_lasts_ten_times_as_long():
    assert at(500, "slow").status == "In progress"
    assert at(1000, "slow").status == "Completed"


def test_only_what_is_delivered_is_charged():
    charges = [at(LASTS, link).charge(order(link)) for link in ("plain", "partial-40", "cancel")]
    assert charges == [Decimal("0.9"), Decimal("0.54"), Decimal(0)]


@pytest.mark.parametrize(
    ("stopped_at", "status", "remains"),
    [(10.0, "Canceled", 1000), (60.0, "Partial", 500), (100.0, "Completed", 0)],
)
def test_a_stopped_order_stays_as_it_was(stopped_at, status, remains):
    end = at(9999, stopped_at=stopped_at)
    assert (end.status, end.remains, end.is_final) == (status, remains, True)
