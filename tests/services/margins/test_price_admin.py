from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ActLog, User
from services.costs import loss_on
from services.models import GroupDiscount, GroupMembership, PriceGroup, Service
from tests.factories import MICROS, service
from tests.services.margins.test_repricing import by_rule, rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


def _rows(**values: str) -> dict[str, str]:
    """The management form of the discounts below a group, and one row of them."""
    counts = {"TOTAL_FORMS": "1", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0"}
    counts |= {"MAX_NUM_FORMS": "1000"}
    return {f"discounts-{name}": value for name, value in counts.items()} | {
        f"discounts-0-{name}": value for name, value in values.items()
    }


def test_a_group_is_typed_in_percents_and_dollars(desk: Client) -> None:
    one = service()
    values = {"name": "Gold", "discount_bp": "7.5", "spend_from_micros": "500"}
    values |= _rows(category=str(one.category_id), discount_bp="10")
    desk.post(reverse("admin:services_pricegroup_add"), values)
    group = PriceGroup.objects.get()
    assert (group.discount_bp, group.spend_from_micros) == (750, 500 * MICROS)
    assert GroupDiscount.objects.get().discount_bp == 1000
    text = desk.get(reverse("admin:services_pricegroup_changelist")).content.decode()
    assert "7.5 %" in text
    assert "$500.00" in text
    assert ActLog.objects.filter(act="add pricegroup").exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"discount_bp": "91"}, "at most 90 %"),
        ({"discount_bp": "-1"}, "Use digits"),
        ({"spend_from_micros": "0"}, "above zero"),
    ],
)
def test_what_is_no_group_is_said(desk: Client, wrong: dict[str, str], words: str) -> None:
    values = {"name": "Gold", "discount_bp": "5", "spend_from_micros": ""} | wrong | _rows()
    answer = desk.post(reverse("admin:services_pricegroup_add"), values)
    assert words in answer.content.decode()
    assert not PriceGroup.objects.exists()


def test_whom_staff_put_into_a_group_belongs_there_by_their_choice(
    desk: Client, alice: User
) -> None:
    group = PriceGroup.objects.create(name="Friends")
    mine = GroupMembership.objects.create(customer=alice, group=group, source="loyalty")
    page = reverse("admin:services_groupmembership_change", args=[mine.pk])
    desk.post(page, {"customer": str(alice.pk), "group": str(group.pk)})
    assert GroupMembership.objects.get().source == "staff"


def test_the_lowest_price_counts_prices_of_groups(alice: User) -> None:
    sold = by_rule(rate_micros=1_050_000)
    assert loss_on(sold) is None
    PriceGroup.objects.create(name="Friends", discount_bp=1000)
    # Its cost in dollars is not kept yet, so nothing stops the discount.
    loss = loss_on(sold)
    assert loss is not None
    assert (loss.price_micros, loss.cost_micros) == (945_000, MICROS)
    Service.objects.filter(pk=sold.pk).update(floor_micros=MICROS)
    assert loss_on(sold) is None


def test_saving_a_service_makes_its_price_at_once(desk: Client) -> None:
    rule(1000)
    sold = by_rule()
    form = desk.get(reverse("admin:services_service_change", args=[sold.pk])).context["adminform"]
    values = {name: form.form[name].value() for name in form.form.fields}
    values = {
        name: value for name, value in values.items() if value is not None and value is not False
    }
    values |= {"rate_micros": "77", "blocked_countries": ""}
    counts = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0"}
    values |= {f"alternatives-{name}": value for name, value in counts.items()}
    desk.post(reverse("admin:services_service_change", args=[sold.pk]), values)
    sold.refresh_from_db()
    assert (sold.rate_micros, sold.floor_micros) == (1_100_000, MICROS)


@pytest.mark.parametrize("label", ["was $5", "-20%", "2 for 1", "was €9"])
def test_a_promotion_claims_no_price_of_before(label: str) -> None:
    sold = service()
    sold.promo_label, sold.promo_until = label, timezone.localdate() + timedelta(days=1)
    with pytest.raises(ValidationError, match="names a promotion"):
        sold.full_clean()


def test_a_promotion_has_an_end() -> None:
    sold = service()
    sold.promo_label = "Autumn"
    with pytest.raises(ValidationError, match="needs the day on which it ends"):
        sold.full_clean()
    sold.promo_until = timezone.localdate()
    sold.full_clean()
