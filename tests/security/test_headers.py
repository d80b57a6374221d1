"""S-16, S-17: the same headers on every answer, whatever it is and whoever asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from services import catalogue
from tests.security.production import production
from tests.security.walking import Visit
from tests.security.world import ALICE, World

if TYPE_CHECKING:
    from tests.security.walking import Answer

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self' https://checkout.stripe.com",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
REFERRERS = {"same-origin", "no-referrer"}
YEAR = 365 * 24 * 60 * 60


def policy_of(header: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in header.split(";") if part.strip())


def assert_guarded(headers: dict[str, str], *, about: str) -> None:
    assert policy_of(headers.get("Content-Security-Policy", "")) == POLICY, about
    assert ALWAYS.items() <= headers.items(), about
    assert headers["Referrer-Policy"] in REFERRERS, about
    assert not {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & headers.keys(), about


def test_every_answer_at_every_address_carries_the_headers(visits: list[Visit]) -> None:
    assert {visit.status for visit in visits} >= {200, 302, 400, 403, 404, 405, 422}
    for visit in visits:
        assert_guarded(visit.headers, about=visit.about)


# The same for everybody.
KEPT = {"api_v3_schema"}


def test_no_page_of_ours_asks_for_a_card(visits: list[Visit]) -> None:
    """The gateway's own page takes it (SEC-04)."""
    asking = re.compile(r'autocomplete="cc-|name="(?:card_?number|pan|cvc|cvv|csc)"', re.IGNORECASE)
    assert asking.search('<input name="CVC">')
    assert [visit.about for visit in visits if asking.search(visit.body)] == []


def test_no_page_is_kept_by_anybody(visits: list[Visit]) -> None:
    for visit in visits:
        if visit.key in KEPT and visit.status == 200:
            continue
        assert "no-store" in visit.headers["Cache-Control"], visit.about
        assert "public" not in visit.headers["Cache-Control"], visit.about


def test_no_cookie_can_be_read_by_scripts_or_sent_by_others(visits: list[Visit]) -> None:
    cookies = [cookie for visit in visits for cookie in visit.cookies]
    assert {cookie.key for cookie in cookies} == {"session", "csrf"}
    for cookie in cookies:
        is_ended = cookie["max-age"] == 0
        assert is_ended or (cookie["httponly"] and cookie["samesite"] == "Lax"), cookie.key
        assert (cookie["path"], cookie["domain"]) == ("/", "")


def boom(_request: HttpRequest) -> None:
    raise RuntimeError("canary in an exception")


def failing(path: str, **headers: str) -> Answer:
    return Client(raise_request_exception=False).get(path, headers=headers)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/static/css/panel.css", 200),
        ("/static/admin/css/base.css", 200),
        ("/static/none.css", 404),
        ("/nowhere/", 404),
        ("/dashboard", 301),
        ("/orders/%00/", 400),
    ],
)
def test_files_and_errors_carry_the_headers(db: None, path: str, status: int) -> None:
    answer = failing(path)
    assert answer.status_code == status
    assert_guarded(dict(answer.headers), about=path)


def test_an_unknown_host_is_refused_with_the_headers() -> None:
    answer = failing("/", host="evil.example")
    assert answer.status_code == 400
    assert_guarded(dict(answer.headers), about="unknown host")


def test_an_error_of_ours_carries_the_headers_and_no_detail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "browse", boom)
    for role in ("nobody", ALICE):
        answer = world.client(role).get("/services/")
        assert answer.status_code == 500
        assert_guarded(dict(answer.headers), about="500")
        assert "no-store" in answer["Cache-Control"]
        assert not re.search("canary|RuntimeError|Traceback", answer.content.decode())


def test_too_many_tries_and_missing_tokens_carry_the_headers(world: World) -> None:
    client = world.client("nobody", checks_csrf=True)
    assert_guarded(dict(client.post("/account/login/").headers), about="no token")
    many = [Client().post("/account/password/reset/", {"email": "a@example.com"}) for _ in range(6)]
    assert many[-1].status_code == 429
    assert_guarded(dict(many[-1].headers), about="429")


def test_files_never_set_a_cookie(db: None) -> None:
    assert not failing("/static/css/panel.css").cookies


@pytest.fixture
def deployed(world: World, settings: Settings) -> None:
    """The world was built in a demonstration, which alone has a way to pay."""
    for name, value in production().items():
        setattr(settings, name, value)


SITES = ["/", "/dashboard/", "/nowhere/", "/static/css/panel.css", "/api/v2", "/admin/", "/healthz"]


@pytest.mark.parametrize("path", SITES)
def test_a_deployment_insists_on_https(deployed: None, path: str) -> None:
    answer = Client().get(path, secure=True)
    limits = answer["Strict-Transport-Security"].split("; ")
    assert int(limits[0].removeprefix("max-age=")) >= YEAR
    assert "includeSubDomains" in limits
    assert_guarded(dict(answer.headers), about=path)


@pytest.mark.parametrize("path", [path for path in SITES if path != "/healthz"])
def test_a_deployment_redirects_plain_http(deployed: None, path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{path}")
    assert_guarded(dict(answer.headers), about=path)
    assert not answer.cookies


def test_a_health_check_needs_no_proxy(deployed: None) -> None:
    assert Client().get("/healthz").status_code == 200


def test_a_deployments_cookies_are_locked_to_the_host(deployed: None) -> None:
    client = Client()
    client.get("/account/login/", secure=True)
    form = {"login": "sam@example.com", "password": "correct horse battery staple"}
    client.post("/account/login/", form, secure=True)
    assert client.get("/staff/", secure=True).status_code == 200
    assert set(client.cookies) == {"__Host-session", "__Host-csrf", "__Host-device"}
    for cookie in client.cookies.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
