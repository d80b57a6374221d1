"""Numbers, texts and bodies that break careless programs: no 5xx and no charge (S-23 to 25)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.base import ContentFile
from django.test.client import BOUNDARY

from accounts.models import User
from orders.models import Order
from services.models import Service
from tests.factories import MICROS
from tests.orders.api.program import FORM, LINK, TRANSPORTS, URL, Answer, Program, Transport
from wallet.balances import spendable_micros

pytestmark = pytest.mark.django_db

JSON = "application/json"
NUMBERS = [
    *("NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1E+9999999", "1e2", "-0", "0", "-1"),
    *("0.001", "12.345", "100.0", "5.", "1" + "0" * 20, "9" * 5000, "2147483648", "4294967306"),
    *("1_000", "1,000", "1 000", "٣", "１２", "²", "+5", "0x10", "0b1", " 12 ", "12\n", "true"),
    *("[1]", '{"a":1}', "1000;1", "1000--", "' OR 1=1", "None", "null"),
]
NOT_NUMBERS = [True, False, 100.0, 1e2, 100.5, [1], [100], {"a": 1}, [], {}]
TEXTS = [
    *("\x00", "https://example.com/\x00", "https://example.com/\ud800", "https://\udfff.com/"),
    *("https://example.com/\u202egnp", "https://example.com/a\u200bb", "https://example.com/ a"),
    *("https://example.com/\r\nX: 1", "https://example.com/\ufffd", "https://exa\u0301mple.com:x/"),
    *("javascript:alert(1)", "https://user:pass@example.com/", "https://[::1", "https://"),
    *("https://example.com/" + "a" * 500_000, "https://" + "e\u0301" * 3000 + ".com/"),
]


def assert_refused(answer: Answer, *, user: User) -> None:
    assert answer.status_code in (200, 400, 413), answer.status_code
    if answer.status_code == 200:
        assert json.loads(answer.content)["error"]
    assert not Order.objects.exists()
    assert spendable_micros(customer_id=user.pk) == 100 * MICROS


def post_json(script: Program, **fields: Any) -> Answer:
    body = json.dumps({"key": script.key, "action": "add"} | fields)
    return script.client.post(URL, body, content_type=JSON)


class TestNumbers:
    @pytest.mark.parametrize("number", NUMBERS, ids=lambda text: repr(text[:20]))
    @pytest.mark.parametrize("name", ["quantity", "service"])
    def test_that_are_not_plain_digits_within_the_limits_order_nothing(
        self, script: Program, alice: User, shop: Service, name: str, number: str
    ) -> None:
        fields = {"service": shop.pk, "link": LINK, "quantity": 1000} | {name: number}
        for transport in ("query", "form", "json"):
            answer = script.send(TRANSPORTS[transport], action="add", **fields)
            assert_refused(answer, user=alice)

    @pytest.mark.parametrize("value", NOT_NUMBERS, ids=repr)
    @pytest.mark.parametrize("name", ["quantity", "service", "order"])
    def test_that_json_does_not_call_whole_order_nothing(
        self, script: Program, alice: User, shop: Service, name: str, value: object
    ) -> None:
        fields = {"service": shop.pk, "link": LINK, "quantity": 1000} | {name: value}
        fields["action"] = "status" if name == "order" else "add"
        answer = post_json(script, **fields)
        assert_refused(answer, user=alice)
        assert answer.json()["error"] == "Incorrect request"

    @pytest.mark.parametrize(
        "body",
        [
            b'{"quantity": NaN',
            b'{"quantity": 1e999',
            b'{"quantity": -Infinity',
            b'{"quantity": ' + b"9" * 5000,
            b'{"quantity": 100, "quantity": 999',
        ],
        ids=["NaN", "1e999", "-Infinity", "5000 digits", "twice"],
    )
    def test_that_only_json_can_write(
        self, script: Program, alice: User, shop: Service, body: bytes
    ) -> None:
        rest = {"key": script.key, "action": "add", "service": shop.pk, "link": LINK}
        body += b", " + json.dumps(rest).encode()[1:]
        assert_refused(script.client.post(URL, body, content_type=JSON), user=alice)

    @pytest.mark.parametrize("spelling", [1000, "1000"])
    def test_that_are_plain_are_taken_as_a_number_and_as_a_text(
        self, script: Program, shop: Service, spelling: object
    ) -> None:
        answer = post_json(script, service=shop.pk, link=LINK, quantity=spelling)
        assert answer.json() == {"order": Order.objects.get().pk}


class TestParametersThatComeTwice:
    @pytest.mark.parametrize(
        ("query", "body"),
        [
            ("", "quantity=1000&quantity=999"),
            ("quantity=1000", "quantity=999"),
            ("quantity=1000&quantity=999", ""),
            ("link=https://example.com/2", "quantity=1000"),
            ("", "quantity=1000&url=https://example.com/2"),
        ],
    )
    def test_with_different_values_are_refused(
        self, script: Program, alice: User, shop: Service, query: str, body: str
    ) -> None:
        body += f"&key={script.key}&action=add&service={shop.pk}&link={LINK}"
        answer = script.client.post(f"{URL}?{query}", body, content_type=FORM)
        assert_refused(answer, user=alice)
        assert answer.json()["error"] == "Incorrect request"

    def test_with_one_value_or_an_empty_one_say_nothing_new(
        self, script: Program, shop: Service
    ) -> None:
        body = f"key={script.key}&action=add&service={shop.pk}&url={LINK}&quantity=1000"
        answer = script.client.post(
            f"{URL}?key={script.key}&quantity=", f"{body}&link={LINK}", content_type=FORM
        )
        assert answer.json() == {"order": Order.objects.get().pk}


class TestTexts:
    @pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:30]))
    def test_that_are_no_link_order_nothing(
        self, script: Program, alice: User, shop: Service, text: str
    ) -> None:
        assert_refused(post_json(script, service=shop.pk, quantity=1000, link=text), user=alice)

    @pytest.mark.parametrize(
        "link", [b"https://example.com/%00", b"https://example.com/%c0%af", b"%ed%a0%80.com/x"]
    )
    def test_of_bytes_that_are_no_text_order_nothing(
        self, script: Program, alice: User, shop: Service, link: bytes
    ) -> None:
        rest = f"key={script.key}&action=add&service={shop.pk}&quantity=1000&link=".encode()
        assert_refused(script.client.post(URL, rest + link, content_type=FORM), user=alice)
        asked = script.client.get(f"{URL}?{(rest + link).decode()}")
        assert_refused(asked, user=alice)

    @pytest.mark.parametrize("name", ["key", "action", "order", "orders", "request_id"])
    @pytest.mark.parametrize("text", ["\x00", "\ud800", "x" * 1000, "\u202e", "😀"], ids=ascii)
    def test_never_break_another_parameter(
        self, script: Program, alice: User, shop: Service, name: str, text: str
    ) -> None:
        fields = {"service": shop.pk, "link": LINK, "quantity": 1}
        for action in ("add", "status"):
            answer = post_json(script, **fields | {"action": action} | {name: text})
            assert_refused(answer, user=alice) if name != "orders" else None
            assert answer.status_code == 200

    def test_with_rare_letters_are_stored_exactly(self, script: Program, shop: Service) -> None:
        link = "https://example.com/😀/ü/%D9%A3"
        script.add(shop, link=link)
        assert Order.objects.get().link == link


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b'"text"',
            b"1",
            b"null",
            b"\xff\xfe{}",
            b"[" * 10_000,
            b'{"a":' * 10_000,
            b"[" * 10_000 + b"]" * 10_000,
            b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        ],
        ids=lambda body: repr(body[:12]),
    )
    def test_that_are_no_json_object_are_refused(self, script: Program, body: bytes) -> None:
        answer = script.client.post(URL, body, content_type=JSON)
        assert answer.json()["error"] == ("Incorrect request" if body else "Invalid API key")
        assert answer.status_code == (400 if body else 200)

    def test_that_are_oversized_are_refused_unread(self, script: Program, alice: User) -> None:
        for body in (b" " * 1_100_000, b'{"a": [' + b"{}," * 10_000 + b"{}]}"):
            answer = script.client.post(URL, body, content_type=JSON)
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        for transport in ("form", "multipart"):
            answer = script.send(TRANSPORTS[transport], action="add", link="x" * 1_100_000)
            assert_refused(answer, user=alice)
            assert answer.status_code >= 400

    @pytest.mark.parametrize("length", ["abc", "-1", "1e9", "１２", "9" * 5000])
    def test_of_a_length_that_is_no_number_are_refused_unread(
        self, script: Program, length: str
    ) -> None:
        fields = {"key": script.key, "action": "balance"}
        for content_type in (FORM, JSON):
            answer = script.client.generic(
                "POST", URL, urlencode(fields), content_type=content_type, CONTENT_LENGTH=length
            )
            assert (answer.status_code, answer.json()["code"]) == (400, "incorrect_request")

    def test_of_a_hundred_thousand_fields_are_refused(self, script: Program, alice: User) -> None:
        body = "&".join(f"a{number}=" for number in range(100_000))
        answers = [
            script.client.post(URL, body, content_type=FORM),
            script.client.post(URL, json.dumps({"orders": [0] * 100_000}), content_type=JSON),
            script.client.post(f"{URL}?{body}"),
        ]
        for answer in answers:
            assert_refused(answer, user=alice)

    @pytest.mark.parametrize(
        "content_type",
        [
            "multipart/form-data",
            f"multipart/form-data; boundary={BOUNDARY}; charset=utf-7",
            f"multipart/form-data; boundary={BOUNDARY}; charset=rot13",
            f"{FORM}; charset=rot13",
            f"{FORM}; charset=utf-16",
            "application/json; charset=rot13",
            "text/html",
            "\x7f",
        ],
    )
    def test_whose_type_is_a_lie_are_refused(
        self, script: Program, alice: User, content_type: str
    ) -> None:
        answer = script.client.generic("POST", URL, b"action=add", content_type)
        assert_refused(answer, user=alice)

    def test_with_a_file_for_a_number_order_nothing(
        self, script: Program, alice: User, shop: Service
    ) -> None:
        fields = {"service": shop.pk, "link": LINK, "quantity": ContentFile(b"1000", name="a.txt")}
        answer = script.send(TRANSPORTS["multipart"], action="add", **fields)
        assert_refused(answer, user=alice)


def test_unknown_names_may_hold_anything(script: Program, transport: Transport) -> None:
    answer = script.send(transport, action="balance", user="bob", balance="9" * 50, is_staff="1")
    assert answer.json() == {"balance": "100", "currency": "USD"}
    answer = post_json(script, action="balance", extra={"a": [1.5, None, {"b": True}]})
    assert answer.json() == {"balance": "100", "currency": "USD"}
