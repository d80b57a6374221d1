"""How long it takes to show and to make ten thousand new prices, page included."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bench.books import Measured
from bench.report import Section, table
from services.margins import levels, repricing, sweeping
from services.models import PriceEdit, PriceGroup, PriceRule, ProviderService, Service

PREVIEW_SECONDS, APPLY_SECONDS, REPRICE_SECONDS = 3.0, 5.0, 2.0
RAISED = {"act": "percent_up", "value": "7", "step": "0.0001"}
RULE = {"percent": "60", "fixed": "0", "step": "0.0001"}
_DIGEST = re.compile(r'name="digest" value="([0-9a-f]{64})"')


class _Answer(Protocol):
    status_code: int
    content: bytes


def measure() -> list[Measured]:
    """On the catalogue of `bench.shop`, with a cost for every service."""
    desk, kept = _desk(), PriceRule.objects.create(percent_bp=5000)
    ProviderService.objects.update(cost_micros=10_000)
    Service.objects.update(priced_by=Service.PricedBy.RULE)
    edit = reverse("staff_services:price_edit")
    rule = reverse("staff_services:price_rule", args=[kept.pk])
    return [
        Measured("made again of costs and rules", _once(_reprice), REPRICE_SECONDS),
        Measured("looked at by the sweep, nothing new", _once(_sweep)),
        *_shown_and_applied(
            "a rule for all",
            lambda: desk.post(rule, RULE),
            lambda digest: desk.post(rule, {**RULE, "act": "do", "digest": digest}),
        ),
        *_shown_and_applied(
            "7 % for all",
            lambda: desk.get(edit, RAISED),
            lambda digest: desk.post(edit, {**RAISED, "digest": digest}),
        ),
        Measured("taken back", _once(lambda: _undo(desk)), APPLY_SECONDS),
        Measured("levels of all customers, by the books", _once(_levels)),
    ]


def section(found: list[Measured]) -> Section:
    return Section(
        "Prices",
        f"{Service.objects.count():,} services, from the request to the end of the page, on the"
        " orders and the books above;\napplied and taken back in one transaction each.",
        table(found),
    )


def _shown_and_applied(
    name: str, show: Callable[[], _Answer], apply: Callable[[str], _Answer]
) -> list[Measured]:
    """`apply` takes the digest of what `show` has shown."""
    digests: list[str] = []

    def look() -> None:
        answer = show()
        _expect(answer, HTTPStatus.OK)
        digests.extend(_DIGEST.findall(answer.content.decode()))

    def press() -> None:
        _expect(apply(digests[0]), HTTPStatus.FOUND)

    return [
        Measured(f"{name}, shown", _once(look), PREVIEW_SECONDS),
        Measured(f"{name}, applied", _once(press), APPLY_SECONDS),
    ]


def _reprice() -> None:
    numbers = list(Service.objects.values_list("pk", flat=True))
    repricing.reprice(service_ids=numbers, at=timezone.now())


def _sweep() -> None:
    sweeping.sweep(at=timezone.now())


def _undo(desk: Client) -> None:
    page = reverse("staff_services:price_edit_undo", args=[PriceEdit.objects.latest("pk").pk])
    _expect(desk.post(page), HTTPStatus.FOUND)
    if not PriceEdit.objects.filter(undone_at__isnull=False).exists():
        raise SystemExit("nothing was taken back")


def _levels() -> None:
    PriceGroup.objects.create(name="Level A", discount_bp=500, spend_from_micros=1)
    levels.raise_levels(at=timezone.now())


def _desk() -> Client:
    person = User.objects.create(email="prices@example.com", password="!", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="services"))
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person)
    return client


def _expect(answer: _Answer, wanted: HTTPStatus) -> None:
    if answer.status_code != wanted:
        raise SystemExit(f"prices: {answer.status_code}")


def _once(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
