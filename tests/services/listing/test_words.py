"""What is delivered is said before anybody pays, at every door; times are estimates and nothing is
guaranteed (CAT-04, CAT-06, CAT-08, CAT-12, SLA-05)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from orders.models import Order
from services import listing
from services.models import QualityLabel, Service
from tests.factories import fund, service
from tests.orders.api.program import program
from tests.orders.pages import LINK, text_of, wanted
from tests.orders.placing.asking import place

NEW, MASS = reverse("orders:order_new"), reverse("orders:order_mass")
ESTIMATE = "an estimate, not a promise"
# The one sentence with the word: that nothing is.
_PROMISE = re.compile(r"(?<!do not )guarantee", re.IGNORECASE)
_TEXTS = ("templates/**/*.html", "templates/**/*.txt", "legal/documents/*.md")


@pytest.fixture
def shown(client: Client, alice: User, terms: None) -> Service:
    """Open for a customer with money, who reads pages with `client`."""
    fund(alice)
    client.force_login(alice)
    high = QualityLabel.objects.create(name="High", meaning="Accounts with a picture.")
    return service(delivery="automated", quality=high, tier="standard", average_minutes=45)


def pages_before(client: Client, sold: Service) -> dict[str, str]:
    """The words of every page from which the service can be ordered."""
    form = {"service": sold.pk, "link": LINK, "quantity": 1000}
    lines = {"lines": f"{sold.pk} | {LINK} | 1000", "act": "check"}
    answers = {
        "service": client.get(f"/services/{sold.pk}/"),
        "form": client.get(NEW, {"service": sold.pk}),
        "review": client.post(NEW, form),
        "list": client.get("/services/"),
        "mass order": client.post(MASS, lines),
    }
    return {name: text_of(answer) for name, answer in answers.items()}


def test_what_is_delivered_is_said_wherever_it_can_be_ordered(
    client: Client, alice: User, shown: Service
) -> None:
    for kind in Service.Delivery:
        Service.objects.update(delivery=kind)
        sentence, words = listing.disclosure(kind), str(kind.label)
        pages = pages_before(client, shown)
        assert {name for name in ("service", "form", "review") if sentence not in pages[name]} == (
            set()
        )
        assert {name for name in ("list", "mass order") if words not in pages[name]} == set()
        assert program(alice).ask(action="services")[0]["desc"].startswith(words)


def test_every_kind_of_delivery_has_a_sentence_that_says_what_it_is_not() -> None:
    assert set(listing.DISCLOSURES) == set(Service.Delivery)
    assert all("no genuine interest" in listing.disclosure(kind) for kind in Service.Delivery)


def test_label_tier_and_what_cannot_be_done_are_said_before_it_is_ordered(
    client: Client, shown: Service
) -> None:
    pages = pages_before(client, shown)
    for name in ("service", "form", "review"):
        assert "Accounts with a picture." in pages[name], name
        assert "Standard: 24 to 72 hours after the order" in pages[name], name
    assert "Once it has begun it cannot be canceled." in pages["review"]
    assert "What drops later is not refilled." in pages["review"]
    assert "no cancel once started · no refill" in pages["mass order"]


def test_an_order_shows_what_was_said_of_it_then(
    client: Client, alice: User, shown: Service
) -> None:
    order = place(alice, shown)
    QualityLabel.objects.update(name="Low", meaning="Anything.")
    Service.objects.update(delivery="mixed", name="Other", tier="premium", average_minutes=1)
    page = text_of(client.get(order.get_absolute_url()))
    for words in (shown.name, listing.disclosure("automated"), "High Accounts with a picture."):
        assert words in page
    assert "24 to 72 hours after the order" in page
    assert "Anything." not in page


def test_the_risk_is_told_at_every_door(client: Client, alice: User, shown: Service) -> None:
    pages = pages_before(client, shown)
    assert "Nobody can rule that out." in pages["review"]
    for name in ("service", "form"):
        assert "the platform may act against what it does not allow" in pages[name]
    assert "Nobody can rule that out." in pages["mass order"]
    answer = program(alice).send(action="services")
    assert 'rel="terms-of-service"' in answer.headers["Link"]
    assert Order.objects.count() == 0


def test_every_time_is_called_an_estimate(client: Client, shown: Service) -> None:
    pages = pages_before(client, shown)
    for name in ("service", "form", "review"):
        assert ESTIMATE in pages[name], name
    assert "times are estimates" in pages["list"]
    assert "an estimate in minutes, no promise" in text_of(client.get("/api/docs/"))


def test_no_page_mail_or_document_guarantees_anything(client: Client, shown: Service) -> None:
    root = Path(settings.BASE_DIR)
    written = {str(path): path.read_text("utf-8") for glob in _TEXTS for path in root.glob(glob)}
    assert len(written) > 100
    read = pages_before(client, shown) | {"glossary": text_of(client.get("/services/glossary/"))}
    assert [name for name, text in (written | read).items() if _PROMISE.search(text)] == []
    assert _PROMISE.search("Delivery within an hour, guaranteed")


def test_a_form_that_was_not_shown_places_nothing(client: Client, shown: Service) -> None:
    """Nobody skips the page that says all this (CAT-13)."""
    assert client.post(NEW, wanted(shown)).status_code == 200
    assert not Order.objects.exists()
