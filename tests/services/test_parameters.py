"""What orders of each type need besides their link: every name, every way to write it."""

from __future__ import annotations

import pytest

from orders.refusals import RefusalCode
from services.types import Parameter, ServiceType, Shape
from tests.services.typed import NEEDED, ORDERS, checked, refused, sold


@pytest.mark.parametrize(("type_", "parameter"), NEEDED)
class TestAParameter:
    def without(self, type_: ServiceType, name: str) -> dict[str, str]:
        return {key: text for key, text in ORDERS[type_][0].items() if key != name}

    def test_that_is_missing_is_named(self, type_: ServiceType, parameter: Parameter) -> None:
        texts = self.without(type_, parameter.name)
        if parameter.is_required:
            refusal = refused(type_, texts=texts)
            assert refusal.code == RefusalCode.INVALID_PARAMETER
            assert list(refusal.problems) == [parameter.name]
        else:
            assert parameter.name not in checked(type_, texts=texts).values

    def test_of_blanks_alone_is_missing(self, type_: ServiceType, parameter: Parameter) -> None:
        if parameter.is_required:
            texts = self.without(type_, parameter.name) | {parameter.name: " \r\n\t "}
            assert list(refused(type_, texts=texts).problems) == [parameter.name]

    @pytest.mark.parametrize("text", ["a\x00b", "\x1b[31m", "half \ud800 of one"])
    def test_of_no_text_is_refused(
        self, type_: ServiceType, parameter: Parameter, text: str
    ) -> None:
        texts = ORDERS[type_][0] | {parameter.name: text}
        assert parameter.name in refused(type_, texts=texts).problems

    @pytest.mark.parametrize(
        "text",
        [
            "my password: hunter2",
            "Passwort = geheim",
            "someone@example.com:hunter2",
            "пароль: 12345",
            "https://someone:hunter2@example.com/",
        ],
    )
    def test_never_takes_a_password(
        self, type_: ServiceType, parameter: Parameter, text: str
    ) -> None:
        texts = ORDERS[type_][0] | {parameter.name: text}
        assert parameter.name in refused(type_, texts=texts).problems

    def test_is_taken_under_its_other_names(self, type_: ServiceType, parameter: Parameter) -> None:
        for alias in parameter.aliases:
            texts = self.without(type_, parameter.name) | {alias: ORDERS[type_][0][parameter.name]}
            assert checked(type_, texts=texts).values == checked(type_).values


LINES = [(type_, parameter) for type_, parameter in NEEDED if parameter.shape == Shape.LINES]


@pytest.mark.parametrize(("type_", "parameter"), LINES)
@pytest.mark.parametrize(
    "text",
    ["a\nb\nc", "a\r\nb\r\nc", "a\rb\rc", r"a\nb\nc", r"a\r\nb\r\nc", "a | b | c", "\na\n\nb\nc\n"],
)
def test_a_list_is_read_however_clients_write_it(
    type_: ServiceType, parameter: Parameter, text: str
) -> None:
    texts = ORDERS[type_][0] | {parameter.name: text}
    assert checked(type_, texts=texts).values[parameter.name] == ["a", "b", "c"]


def test_a_list_of_real_lines_keeps_what_only_looks_like_a_break() -> None:
    texts = {"comments": "a | b\nc\\nd"}
    wanted = checked(ServiceType.CUSTOM_COMMENTS, texts=texts)
    assert wanted.values["comments"] == ["a | b", "c\\nd"]


@pytest.mark.parametrize(("type_", "parameter"), LINES)
def test_a_list_has_a_largest_length_and_a_longest_line(
    type_: ServiceType, parameter: Parameter
) -> None:
    for text in ("\n".join(["x"] * 10_001), "x" * 501, "x\n" + "y" * 200_001):
        texts = ORDERS[type_][0] | {parameter.name: text}
        assert parameter.name in refused(type_, texts=texts).problems
    texts = ORDERS[type_][0] | {parameter.name: "\n".join(["x" * 500] * 20)}
    assert checked(type_, texts=texts).values[parameter.name] == ["x" * 500] * 20


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "1e3", "٣", "1001", "two", "1_0", " 1 2"])
def test_the_answer_of_a_poll_is_a_plain_number(text: str) -> None:
    refusal = refused(ServiceType.POLL, texts={"answer_number": text})
    assert list(refusal.problems) == ["answer_number"]


class TestWebTraffic:
    type_ = ServiceType.WEB_TRAFFIC

    def texts(self, **more: str) -> dict[str, str]:
        return {"country": "DE", "device": "1", **more}

    def test_needs_the_words_or_the_page_that_its_source_asks_for(self) -> None:
        for source, name in (("1", "google_keyword"), ("2", "referring_url")):
            refusal = refused(self.type_, texts=self.texts(type_of_traffic=source))
            assert list(refusal.problems) == [name]

    def test_leaves_out_what_its_source_does_not_ask_for(self) -> None:
        both = {"google_keyword": "a word", "referring_url": "https://example.com/from"}
        kept = {"1": {"google_keyword"}, "2": {"referring_url"}, "3": set()}
        for source, names in kept.items():
            values = checked(self.type_, texts=self.texts(type_of_traffic=source, **both)).values
            assert set(values) & set(both) == names

    @pytest.mark.parametrize(("name", "text"), [("device", "6"), ("type_of_traffic", "0")])
    def test_takes_the_known_codes_alone(self, name: str, text: str) -> None:
        texts = self.texts(type_of_traffic="3") | {name: text}
        assert name in refused(self.type_, texts=texts).problems


def test_everything_that_is_wrong_is_named_at_once() -> None:
    refusal = refused(
        ServiceType.WEB_TRAFFIC,
        sold(ServiceType.WEB_TRAFFIC),
        link="nothing",
        quantity=None,
        texts={"device": "9"},
        runs=3,
    )
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_LINK, "link")
    assert set(refusal.problems) == {
        "link", "quantity", "country", "device", "type_of_traffic", "runs",
    }  # fmt: skip
