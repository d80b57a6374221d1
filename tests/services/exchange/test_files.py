"""Services and prices as files: looked at before anything is written, written as it was shown."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import ActLog, User
from services.exchange import applying
from services.exchange.constraints import broken
from services.models import CustomPrice, PriceRule, QualityLabel, Service
from tests.factories import MICROS, category, service
from wallet.money import plain

pytestmark = pytest.mark.django_db
URL = "/staff/catalogue/files/"


@pytest.fixture
def shop() -> Service:
    return service(name="Views, slow", rate_micros=2 * MICROS, below_cost="allow")


@pytest.fixture
def desk(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def exported(kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(applying.export(kind)))))


def read(kind: str, text: str) -> applying.Reading:
    return applying.read(kind, text, at=timezone.now())


def written(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def upload(desk: Client, kind: str, text: str | bytes) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return desk.post(f"{URL}{kind}/check/", {"file": SimpleUploadedFile("f.csv", content)})


def confirm(desk: Client, kind: str, shown: Any) -> Any:
    sent = {"token": shown.context["token"], "digest": shown.context["reading"].digest}
    return desk.post(f"{URL}{kind}/apply/", sent, follow=True)


class TestThereAndBack:
    @pytest.mark.parametrize("kind", list(applying.FILES))
    def test_what_was_taken_away_changes_nothing_when_it_is_brought_back(
        self, kind: str, shop: Service, alice: User
    ) -> None:
        service(name="=HYPERLINK(1)", category=category("-Likes"), description="two\nlines")
        CustomPrice.objects.create(customer=alice, service=shop, rate_micros=1)
        reading = read(kind, "".join(applying.export(kind)))
        assert (reading.problems, reading.changes) == ([], [])
        assert reading.rows > 0

    def test_a_cell_never_begins_like_a_formula(self) -> None:
        service(name="=HYPERLINK(1)")
        assert exported("services")[0]["name"] == "'=HYPERLINK(1)"

    def test_it_comes_as_a_download(self, desk: Client, shop: Service) -> None:
        answer = desk.get(f"{URL}prices/")
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="prices-')
        assert f'{shop.pk},"Views, slow",2' in answer.getvalue().decode()


class TestChanging:
    def test_a_price_is_shown_old_and_new_and_then_written(
        self, desk: Client, shop: Service, olga: User
    ) -> None:
        shown = upload(desk, "prices", f"service,rate\n{shop.pk},3.5\n")
        assert "<b>3.5</b>" in shown.text
        shop.refresh_from_db()
        assert shop.rate_micros == 2 * MICROS
        assert "1 row was changed" in confirm(desk, "prices", shown).text
        shop.refresh_from_db()
        assert (shop.rate_micros, shop.name) == (3_500_000, "Views, slow")
        entry = ActLog.objects.get(act="import prices")
        rows = {str(shop): {"rate": ["2", "3.5"]}}
        assert (entry.actor, entry.changes) == (olga, {"update": 1, "rows": rows})

    def test_columns_that_are_left_out_stay(self, desk: Client, shop: Service) -> None:
        shown = upload(desk, "services", f"service,name,on_sale\n{shop.pk},Plays,no\n")
        confirm(desk, "services", shown)
        shop.refresh_from_db()
        assert (shop.name, shop.is_active, shop.rate_micros) == ("Plays", False, 2 * MICROS)

    def test_every_column_can_be_changed(self, shop: Service, olga: User) -> None:
        QualityLabel.objects.create(name="High", meaning="Accounts with a picture")
        category("Likes")
        (row,) = exported("services")
        row |= {
            "category": row["category"].replace("Views", "Likes"), "name": "Likes",
            "description": "What it is", "quality": "High", "tier": "premium",
            "rate": "4", "min": "20", "max": "500", "not_sold_in": "fr de", "label": "New",
            "label_until": "2126-11-30",
            "position": "3", "delivery": "mixed",
        }  # fmt: skip
        text = written([row])
        reading = read("services", text)
        assert reading.problems == []
        applying.apply(
            "services", text, digest=reading.digest, actor=olga, at=timezone.now(), ip=None
        )
        (now,) = exported("services")
        assert now == row | {"not_sold_in": "DE FR"}

    def test_own_prices_come_change_and_go(self, shop: Service, alice: User, olga: User) -> None:
        for rate, left in (("1.5", [1_500_000]), ("1.25", [1_250_000]), ("", [])):
            text = f"customer,service,rate\n{alice.email},{shop.pk},{rate}\n"
            digest = read("custom-prices", text).digest
            applying.apply(
                "custom-prices", text, digest=digest, actor=olga, at=timezone.now(), ip=None
            )
            assert list(CustomPrice.objects.values_list("rate_micros", flat=True)) == left

    @pytest.mark.parametrize("delimiter", [";", "\t"])
    def test_a_spreadsheet_may_write_its_own_delimiter(self, delimiter: str, shop: Service) -> None:
        text = f"service{delimiter}rate\r\n{shop.pk}{delimiter}7\r\n"
        assert len(read("prices", text).changes) == 1

    def test_a_price_that_the_rules_make_is_not_written_over(self, shop: Service) -> None:
        Service.objects.filter(pk=shop.pk).update(priced_by="rule")
        (problem,) = read("prices", f"service,rate\n{shop.pk},3\n").problems
        assert "The rules make this price" in problem.message
        text = f"service,rate,priced_by\n{shop.pk},3,hand\n"
        assert read("services", text).problems == []

    def test_a_price_that_the_rules_will_make_is_shown_and_then_made(
        self, shop: Service, olga: User
    ) -> None:
        PriceRule.objects.create(category=shop.category, percent_bp=20_000)
        text = f"service,priced_by\n{shop.pk},rule\n"
        reading = read("services", text)
        (change,) = reading.changes
        shop.refresh_from_db()
        assert (shop.rate_micros, shop.priced_by) == (2 * MICROS, "hand")
        applying.apply(
            "services", text, digest=reading.digest, actor=olga, at=timezone.now(), ip=None
        )
        shop.refresh_from_db()
        assert change.columns["rate"] == ("2", plain(shop.rate_micros))
        assert shop.rate_micros != 2 * MICROS


BAD_ROWS = {
    "no number": (",3", "needs the number of its service"),
    "an unknown number": ("999999,3", "no service 999999"),
    "a number in words": ("one,3", "no service one"),
    "no price": ("{pk},", "amount in dollars"),
    "a negative price": ("{pk},-1", "amount in dollars"),
    "nan": ("{pk},NaN", "amount in dollars"),
    "infinity": ("{pk},1e400", "amount in dollars"),
    "zero": ("{pk},0", "above zero"),
    "more than money": ("{pk},99999999999999999999", "amount in dollars"),
    "other digits": ("{pk},٣", "amount in dollars"),
    "twice": ("{pk},3\n{pk},4", "there twice"),
}


class TestRefusing:
    @pytest.mark.parametrize("case", BAD_ROWS)
    def test_one_bad_row_and_nothing_can_be_applied(
        self, desk: Client, shop: Service, case: str
    ) -> None:
        row, message = BAD_ROWS[case]
        other = service(name="Another")
        text = f"service,rate\n{other.pk},9\n{row.format(pk=shop.pk)}\n"
        shown = upload(desk, "prices", text)
        assert shown.status_code == 422
        assert message in shown.text
        confirm(desk, "prices", shown)
        assert set(Service.objects.values_list("rate_micros", flat=True)) == {
            2 * MICROS,
            other.rate_micros,
        }

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "“service” is missing"),
            ("service,rate\n", "1 to 20,000 rows"),
            ("service,price\n1,2\n", "no column “price”"),
            ("rate\n2\n", "“service” is missing"),
            ("service,rate,rate\n1,2,3\n", "same name"),
            (b"\xff\xfe\x00s", "no text file"),
            ('service,rate\n"1,2\n3', "Line 1"),
            ("service,rate\n1,2,3,4\n", "no table"),
            ("<!doctype html><p>", "no column"),
        ],
    )
    def test_what_is_no_such_table_is_said(
        self, desk: Client, text: str | bytes, message: str
    ) -> None:
        answer = upload(desk, "prices", text)
        assert answer.status_code == 422
        assert message in answer.text

    def test_too_large_a_file_is_not_read(self, desk: Client) -> None:
        answer = upload(desk, "prices", b"x" * (8 * 1024 * 1024 + 1))
        assert answer.status_code == 422
        assert "too large" in answer.text

    @pytest.mark.parametrize(
        ("column", "value", "message"),
        [
            ("category", "Nowhere", "no category"),
            ("provider", "Nobody · 1", "No provider offers"),
            ("quality", "Superb", "not in the glossary"),
            ("delivery", "genuine", "Write one of"),
            ("not_sold_in", "XX", "No country has this code"),
            ("on_sale", "perhaps", "Write yes or no"),
            ("label_until", "30.11.2126", "Write a day such as"),
            ("min", "0", "minimum is at least 1"),
            ("max", "1", "maximum not below"),
        ],
    )
    def test_each_column_says_what_it_needs(
        self, shop: Service, column: str, value: str, message: str
    ) -> None:
        reading = read("services", f"service,{column}\n{shop.pk},{value}\n")
        assert [message in each.message for each in reading.problems] == [True]

    def test_an_unknown_customer_is_named(self, shop: Service) -> None:
        text = f"customer,service,rate\nnobody@example.com,{shop.pk},1\n"
        (problem,) = read("custom-prices", text).problems
        assert "nobody@example.com" in problem.message


class TestBetweenLookingAndApplying:
    def test_what_changed_meanwhile_is_shown_again(self, desk: Client, shop: Service) -> None:
        shown = upload(desk, "prices", f"service,rate\n{shop.pk},3\n")
        Service.objects.filter(pk=shop.pk).update(rate_micros=5 * MICROS)
        again = confirm(desk, "prices", shown)
        assert again.status_code == 422
        assert "Nothing was changed" in again.text
        shop.refresh_from_db()
        assert shop.rate_micros == 5 * MICROS
        assert "1 row was changed" in confirm(desk, "prices", again).text

    def test_the_button_works_once(self, desk: Client, shop: Service) -> None:
        shown = upload(desk, "prices", f"service,rate\n{shop.pk},3\n")
        confirm(desk, "prices", shown)
        assert "no longer here" in confirm(desk, "prices", shown).text
        assert ActLog.objects.filter(act="import prices").count() == 1

    def test_nobody_applies_what_another_has_brought(
        self, desk: Client, shop: Service, admin_user: User
    ) -> None:
        shown = upload(desk, "prices", f"service,rate\n{shop.pk},3\n")
        other = Client()
        other.force_login(admin_user)
        assert "no longer here" in confirm(other, "prices", shown).text


def test_a_price_below_the_cost_is_named(shop: Service) -> None:
    Service.objects.filter(pk=shop.pk).update(floor_micros=2 * MICROS, below_cost="refuse")
    (problem,) = read("prices", f"service,rate\n{shop.pk},1.99\n").problems
    assert "below its cost of $2.00" in problem.message


def test_the_checks_of_a_row_are_the_tables_own(shop: Service) -> None:
    """What is found without the database is what Django asks the database for."""
    cases: list[dict[str, Any]] = [
        {}, {"min_quantity": 0}, {"max_quantity": 1}, {"rate_micros": 0}, {"is_free": True},
        {"rate_micros": 0, "is_free": True}, {"provider_service_id": None},
        {"provider_service_id": None, "is_active": False}, {"promo_label": "New"},
        {"promo_label": "New", "promo_until": date(2126, 1, 1)},
    ]  # fmt: skip
    for fields in cases:
        row = Service.objects.get(pk=shop.pk)
        for name, value in fields.items():
            setattr(row, name, value)
        try:
            row.validate_constraints()
            asked = 0
        except ValidationError as error:
            asked = len(error.messages)
        assert len(list(broken(row))) == asked, fields


def test_a_file_of_many_costs_few_queries(
    shop: Service, django_assert_max_num_queries: Any
) -> None:
    rows = [service(name=f"Views {number}") for number in range(30)]
    text = "service,name\n" + "".join(f"{row.pk},{row.name}\n" for row in rows)
    with django_assert_max_num_queries(4):
        assert read("services", text).changes == []
    with django_assert_max_num_queries(4):
        assert len(read("services", text.replace("Views", "Plays")).changes) == len(rows)
