from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from pytest_django import Settings

from accounts.http import CustomerRequest, StaffRequest, client_ip, customer_page, staff_page
from accounts.models import User

SPOOFED = "198.51.100.7, 203.0.113.50, 203.0.113.60"


@pytest.mark.parametrize(
    ("proxies", "header", "seen"),
    [
        (0, "", "203.0.113.1"),
        (0, SPOOFED, "203.0.113.1"),
        (1, SPOOFED, "203.0.113.60"),
        (2, SPOOFED, "203.0.113.50"),
        (4, SPOOFED, "203.0.113.1"),
        (1, "unknown", "203.0.113.1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_only_our_own_proxies_are_believed(
    rf: RequestFactory, settings: Settings, proxies: int, header: str, seen: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": header} if header else {}
    assert client_ip(rf.get("/", headers=headers, REMOTE_ADDR="203.0.113.1")) == seen


def test_a_request_through_a_socket_is_of_this_machine(rf: RequestFactory) -> None:
    assert client_ip(rf.get("/", REMOTE_ADDR="")) == "127.0.0.1"


def text(response: HttpResponseBase) -> str:
    assert isinstance(response, HttpResponse)
    return response.content.decode()


@customer_page
def account(request: CustomerRequest, pk: int) -> HttpResponse:
    return HttpResponse(f"{request.user.email} {pk}")


@staff_page("tickets.answer_ticket")
def inbox(request: StaffRequest) -> HttpResponse:
    return HttpResponse(request.user.email)


def test_a_customer_page_sends_strangers_to_the_log_in(rf: RequestFactory, alice: User) -> None:
    request = rf.get("/orders/7/")
    request.user = AnonymousUser()
    assert account(request, pk=7)["Location"] == "/account/login/?next=/orders/7/"
    request.user = alice
    assert text(account(request, pk=7)) == "alice@example.com 7"


def test_a_staff_page_asks_for_the_permission(
    rf: RequestFactory, alice: User, sam: User, olga: User
) -> None:
    request = rf.get("/staff/tickets/")
    request.user = AnonymousUser()
    assert inbox(request).status_code == 302
    request.user = sam
    assert text(inbox(request)) == "sam@example.com"
    for user in (alice, olga):
        request.user = user
        with pytest.raises(PermissionDenied):
            inbox(request)


def test_a_permission_without_being_staff_opens_nothing(rf: RequestFactory, sam: User) -> None:
    sam.is_staff = False
    request = rf.get("/staff/tickets/")
    request.user = sam
    with pytest.raises(PermissionDenied):
        inbox(request)


def test_an_ipv4_address_in_the_clothes_of_ipv6_is_itself(rf: RequestFactory) -> None:
    request = rf.get("/", REMOTE_ADDR="::ffff:203.0.113.7")
    assert client_ip(request) == "203.0.113.7"
