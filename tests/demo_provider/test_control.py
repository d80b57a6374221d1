"""The control door, the store and the process: what tests rely on."""

import http.client
import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.providers.errors import ProviderError
from smmpanel.embedded.runtime import PROJECT
from tests.demo_provider.process import DemoProvider


def test_counts_show_what_was_sent_twice(provider, place):
    for name in ("a", "b", "a"):
        place(name)
    assert provider.counts() == {
        "https://platform-a.example/a": 2,
        "https://platform-a.example/b": 1,
    }


def test_a_fault_strikes_as_often_as_told_and_then_no_more(provider, place):
    provider.fault("html", count=2)
    for _ in range(2):
        with pytest.raises(ProviderError):
            place("a")
    assert place("a")


def test_a_fault_may_be_meant_for_one_link(provider, place):
    provider.fault("drop", link_contains="cursed")
    assert place("blessed")
    with pytest.raises(ProviderError):
        place("cursed")


def test_faults_of_one_action_leave_the_others_alone(provider, place):
    provider.fault("drop", action="status")
    assert place("a")


def test_a_forced_report_can_be_taken_back(provider, place):
    number = place("a")
    provider.set_report(number, {"status": "Fail", "remains": -1})
    assert provider.orders()[0]["report"]["status"] == "Pending"
    provider.clear_report(number)
    provider.advance(100)
    assert provider.orders()[0]["report"]["status"] == "Completed"


def test_reset_forgets_orders_but_never_gives_a_number_twice(provider, place):
    before = int(place("a"))
    provider.reset()
    assert provider.orders() == []
    assert provider.requests() == []
    assert int(place("a")) > before


def test_a_killed_provider_comes_back_with_orders_and_clock(provider, place):
    number = place("a")
    provider.advance(100)
    url = provider.url
    provider.restart()
    assert provider.url == url
    (order,) = provider.orders()
    assert (order["number"], order["report"]["status"]) == (int(number), "Completed")


def test_nonsense_is_refused_with_a_reason(provider):
    with pytest.raises(ValueError, match="unknown kind 'melt'"):
        provider.fault("melt")
    with pytest.raises(ValueError, match="order"):
        provider.set_report(7, {})
    with pytest.raises(ValueError, match="'sometime' is not a valid Stage"):
        provider.fault("drop", stage="sometime")


@pytest.mark.parametrize("key", ["", "wrong"])
def test_the_control_door_needs_the_key(provider, key):
    connection = http.client.HTTPConnection("127.0.0.1", provider.port, timeout=10)
    connection.request("GET", "/control/orders", headers={"X-Control-Key": key})
    assert connection.getresponse().status == 403
    connection.close()


def test_parallel_orders_are_all_counted(provider, place):
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(place, (f"post/{number}" for number in range(200))))
    assert len(set(numbers)) == 200
    assert set(provider.counts().values()) == {1}


def test_it_says_when_it_is_ready_and_stops_when_told(tmp_path):
    options = ["--port", "0", "--store", str(tmp_path / "new" / "store.sqlite"), "--key", "k"]
    process = subprocess.Popen(
        [sys.executable, "-m", "smmpanel.demo_provider", *options],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        assert ready["port"] > 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_it_stops_while_a_call_hangs(tmp_path):
    with DemoProvider(store=tmp_path / "store.sqlite") as running:
        running.fault("latency", seconds=60)
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        connection.request("POST", "/api/v2", body=f"key={running.key}&action=add")
        while not running.requests():
            pass
        started_at = time.monotonic()
        running.stop()
        connection.close()
    assert time.monotonic() - started_at < 5


def test_two_providers_on_one_machine_know_nothing_of_each_other(provider, place, tmp_path):
    place("a")
    with DemoProvider(store=tmp_path / "other.sqlite") as other:
        assert other.orders() == []
        assert other.port != provider.port
