"""The panel calls its own API over the network, and tells staff when it does not answer."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.db import connections
from django.test import Client
from pytest_django import Settings

from accounts import switches
from accounts.models import Case, KillSwitch, OutboundMail, User
from orders.availability import probing, telling
from orders.models import ApiProbe

NOON = datetime(2030, 5, 1, 12, 0, 30, tzinfo=UTC)


Answer = tuple[int, bytes]


def serve(settings: Settings, answer: Callable[[str, bytes], Answer]) -> HTTPServer:
    """A server in a thread, which is where the panel then looks for its API."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            status, body = answer(self.path, sent)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    settings.API_PROBE_URL = f"http://127.0.0.1:{server.server_port}/"
    return server


@pytest.fixture
def answering(settings: Settings) -> Iterator[list[Answer]]:
    """It gives the one answer in the list."""
    answers: list[Answer] = []
    server = serve(settings, lambda *_: answers[0])
    yield answers
    server.shutdown()
    server.server_close()


@pytest.fixture
def panel(settings: Settings) -> Iterator[None]:
    """It hands each call to the panel itself."""

    def pass_on(path: str, body: bytes) -> Answer:
        form = "application/x-www-form-urlencoded"
        answer = Client().post(path, body.decode(), content_type=form)
        connections.close_all()
        return answer.status_code, answer.content

    server = serve(settings, pass_on)
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.django_db
@pytest.mark.usefixtures("panel")
def test_the_real_api_gives_the_right_answer() -> None:
    noted = probing.probe(at=NOON)
    assert (noted.is_up, noted.reason) == (True, "")
    again = probing.probe(at=NOON + timedelta(seconds=20))
    assert again.minute == noted.minute
    assert ApiProbe.objects.get().minute == NOON.replace(second=0)


@pytest.mark.django_db
class TestDown:
    @pytest.mark.parametrize(
        ("status", "body", "reason"),
        [
            (200, b'{"code": "invalid_api_key"}', ""),
            (502, b"bad gateway", "http_502"),
            (301, b"", "http_301"),
            (200, b"<h1>It works</h1>", "wrong_answer"),
            (200, b"[]", "wrong_answer"),
        ],
    )
    def test_is_every_answer_but_the_right_one(
        self, answering: list[Answer], status: int, body: bytes, reason: str
    ) -> None:
        answering.append((status, body))
        assert probing.probe(at=NOON).reason == reason

    def test_is_nobody_there(self, settings: Settings) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            settings.API_PROBE_URL = f"http://127.0.0.1:{free.getsockname()[1]}"
            assert probing.probe(at=NOON).reason == "no_connection"

    def test_is_an_answer_that_does_not_come(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(probing, "TIMEOUT_SECONDS", 0.1)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            settings.API_PROBE_URL = f"http://127.0.0.1:{silent.getsockname()[1]}"
            assert probing.probe(at=NOON).reason == "timeout"

    def test_is_an_api_that_the_operator_has_switched_off(
        self, answering: list[Answer], olga: User
    ) -> None:
        answering.append((200, b'{"code": "invalid_api_key"}'))
        switches.switch_off(part=KillSwitch.Part.API, reason="repairs", actor=olga)
        assert probing.probe(at=NOON).reason == "paused"


def note(minute: int, *, is_up: bool) -> None:
    at = NOON + timedelta(minutes=minute)
    reason = "" if is_up else "timeout"
    ApiProbe.objects.create(minute=at.replace(second=0), is_up=is_up, took_ms=1, reason=reason)
    telling.follow(at=at)


def told() -> list[str]:
    keys = OutboundMail.objects.order_by("pk").values_list("key", flat=True)
    return [key.split(":")[2] for key in keys]


@pytest.mark.django_db
class TestStaff:
    @pytest.fixture(autouse=True)
    def _to_one_address(self, settings: Settings) -> None:
        settings.STAFF_ALERT_EMAIL = "staff@example.com"

    def test_hear_once_when_it_is_down_and_once_when_it_is_over(self) -> None:
        for minute in range(3):
            assert not Case.objects.exists()
            note(minute, is_up=False)
        note(3, is_up=False)
        case = Case.objects.get(kind=Case.Kind.API_DOWN)
        assert (case.detail, told()) == ("timeout", ["down"])
        for minute in range(4, 7):
            assert Case.objects.open().exists()
            note(minute, is_up=True)
        note(7, is_up=True)
        assert not Case.objects.open().exists()
        assert told() == ["down", "up"]

    def test_are_not_woken_by_one_lost_probe_or_by_a_gap(self) -> None:
        for minute, is_up in [(0, False), (1, False), (2, True), (3, False), (5, False)]:
            note(minute, is_up=is_up)
        assert not Case.objects.exists()


@pytest.mark.django_db
def test_the_mails_can_be_read(settings: Settings) -> None:
    settings.STAFF_ALERT_EMAIL = "staff@example.com"
    for minute in range(6):
        note(minute, is_up=minute > 2)
    down, up = OutboundMail.objects.order_by("pk")
    assert "timeout" in down.body
    assert "/api/status/" in up.body
