"""A hostile price list changes nothing and says why: through the real client, over a socket."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest

from services.models import Provider, ProviderService, Sync
from services.providers.dialect import API_V2
from services.syncing import reading
from tests.services.providers.raw_server import answer, dripping, silent
from tests.services.syncing.upstream import Upstream, item

SOUND = json.dumps([item(1)]).encode()
TEN_MB = 10 * 1000 * 1000
HELD = ("external_id", "cost_micros", "min_quantity", "max_quantity", "name", "missed_lists")


def held(upstream: Upstream) -> list[tuple[object, ...]]:
    return list(upstream.provider.offers.order_by("pk").values_list(*HELD))


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (answer(b"[]"), "empty_list"),
        (answer(b'{"services": {}}'), "answer_unexpected_shape"),
        (answer(b'"nothing"'), "answer_unexpected_shape"),
        (answer(b""), "answer_not_json"),
        (answer(b"<!doctype html><p>One moment"), "answer_not_json"),
        (answer(SOUND.replace(b"Views", b"\xff\xfe")), "answer_not_json"),
        (answer(b"[" * 100_000 + b"]" * 100_000), "answer_not_json"),
        (answer(SOUND[:-20]), "answer_not_json"),
        (answer(SOUND, status="500 Oops"), "answer_http_status"),
        (answer(SOUND)[:-20], "answer_truncated"),
        (answer(b'{"error": "Invalid API key"}'), "account_refused"),
        (answer(b'{"error": "Come back tomorrow"}'), "refused"),
        (answer(b"", status="429 Slow down"), "not_sent_rate_limited"),
        (answer(b"[null, 1, [], {}]"), "nothing_readable"),
        (b"", "answer_reset"),
    ],
)
def test_what_is_no_price_list_fails_under_a_code(
    upstream: Upstream, data: bytes, failure: str
) -> None:
    upstream.take_over(item(1), item(2))
    before = held(upstream)
    sync = upstream.sends(data).read()
    assert (sync.state, sync.failure, sync.lines.count()) == (Sync.State.FAILED, failure, 0)
    assert sync.closed_at == upstream.at
    assert held(upstream) == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rate": "-1"}, "bad_rate"),
        ({"rate": "NaN"}, "bad_rate"),
        ({"rate": float("nan")}, "bad_rate"),
        ({"rate": float("inf")}, "bad_rate"),
        ({"rate": "1e9"}, "bad_rate"),
        ({"rate": "99999999999"}, "rate_too_large"),
        ({"rate": {"a": 1}}, "bad_rate"),
        ({"min": 100, "max": 10}, "bad_limits"),
        ({"min": 2**31, "max": 2**32}, "bad_limits"),
        ({"min": "ten"}, "bad_limits"),
        ({"max": 0, "min": 0}, "bad_limits"),
        ({"name": ["x"]}, "bad_name"),
        ({"name": ""}, "bad_name"),
    ],
)
def test_a_hostile_line_is_left_out_and_named(
    upstream: Upstream, change: dict[str, object], reason: str
) -> None:
    upstream.take_over(item(1), item(2))
    before = held(upstream)
    sync = upstream.says(item(1, **change), item(2)).read()
    assert (sync.offered, sync.rejected, sync.lines.count()) == (1, {reason: 1}, 0)
    assert held(upstream) == before


def test_lines_that_share_a_number_are_all_left_out(upstream: Upstream) -> None:
    upstream.take_over(item(1), item(2), item(3))
    sync = upstream.says(item(1), item(1, rate="9"), item(2), item(3)).read()
    assert (sync.rejected, sync.lines.count()) == ({"duplicate_id": 2}, 0)


@pytest.mark.parametrize("is_packed", [False, True])
def test_ten_megabytes_are_no_price_list(upstream: Upstream, is_packed: bool) -> None:
    body = json.dumps([item(1, desc="x" * TEN_MB)]).encode()
    packed = answer(gzip.compress(body, 1), headers="Content-Encoding: gzip\r\n")
    sync = upstream.sends(packed if is_packed else answer(body)).read()
    assert (sync.state, sync.failure) == (Sync.State.FAILED, "answer_too_large")


def test_fifty_thousand_services_are_no_price_list(upstream: Upstream) -> None:
    line = b'{"service":%d,"name":"x","rate":1,"min":1,"max":9}'
    body = b"[" + b",".join(line % number for number in range(1, 50_001)) + b"]"
    sync = upstream.sends(answer(body)).read()
    assert (sync.state, sync.failure) == (Sync.State.FAILED, "too_many_services")
    assert not ProviderService.objects.filter(provider=upstream.provider).exists()


def test_markup_in_a_name_stays_text_and_waits_for_a_person(upstream: Upstream) -> None:
    line = upstream.says(item(1, name="<script>alert(1)</script> Likes")).read().lines.get()
    assert line.after["name"] == "alert(1) Likes"
    assert line.after["raw_name"] == "<script>alert(1)</script> Likes"
    assert line.warning == "markup"


@pytest.mark.parametrize("script", [silent, dripping(answer(SOUND), seconds_per_byte=0.05)])
def test_who_answers_too_slowly_is_not_waited_for(
    upstream: Upstream, script: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = replace(API_V2, services_deadline_seconds=0.3)
    monkeypatch.setattr(reading, "dialect_of", lambda _provider: hasty)
    upstream.server.script = script  # type: ignore[assignment]
    assert upstream.read().failure == "answer_deadline"


def test_an_address_that_nobody_answers_at_is_a_failure(upstream: Upstream) -> None:
    upstream.provider.url = "http://127.0.0.1:1/api/v2"
    upstream.provider.save()
    assert upstream.read().failure in {"not_sent_address", "not_sent_url"}


@pytest.mark.parametrize(
    "broken",
    [
        {"dialect_preset": "of another planet"},
        {"dialect_changes": {"method": "DELETE"}},
    ],
)
def test_a_provider_that_is_set_up_wrongly_is_not_asked(
    upstream: Upstream, broken: dict[str, object]
) -> None:
    Provider.objects.update(**broken)
    assert upstream.read().failure == "misconfigured"
    assert upstream.server.connections == 0
