"""What changed in the catalogue: written down by the tables, read by day, told by mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from accounts import mail
from accounts.models import OutboundMail, User
from services.models import CatalogueUpdate, Category, Favourite, Platform, Service, UpdateMail
from services.updates import mailing, reading
from tests.factories import MICROS, service

pytestmark = pytest.mark.django_db

Kind = CatalogueUpdate.Kind
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def views_service() -> Service:
    return service(name="Views", rate_micros=2 * MICROS)


def change(chosen: Service, **fields: object) -> None:
    Service.objects.filter(pk=chosen.pk).update(**fields)


def kinds(chosen: Service) -> list[str]:
    return list(chosen.updates.order_by("id").values_list("kind", flat=True))


class TestWhatIsWrittenDown:
    def test_every_change_that_customers_are_told_of(self, views_service: Service) -> None:
        for fields in (
            {"rate_micros": 3 * MICROS},
            {"rate_micros": MICROS},
            {"is_active": False},
            {"is_active": True},
        ):
            change(views_service, **fields)
        assert kinds(views_service) == ["new", "price_up", "price_down", "off", "back"]

    def test_what_is_not_on_sale_is_no_news_until_it_is(self) -> None:
        draft = service(is_active=False, rate_micros=MICROS)
        change(draft, rate_micros=2 * MICROS)
        assert kinds(draft) == []
        change(draft, is_active=True)
        assert kinds(draft) == ["new"]

    def test_back_on_sale_tells_the_price_from_before(self, views_service: Service) -> None:
        change(views_service, is_active=False)
        change(views_service, rate_micros=5 * MICROS)
        change(views_service, is_active=True)
        back = views_service.updates.latest("id")
        assert (back.old_rate_micros, back.new_rate_micros) == (2 * MICROS, 5 * MICROS)

    def test_other_columns_are_no_news(self, views_service: Service) -> None:
        change(views_service, description="More words", position=7)
        assert kinds(views_service) == ["new"]


class TestThePage:
    def test_anybody_reads_old_and_new_price(self, client: Client, views_service: Service) -> None:
        change(views_service, rate_micros=3 * MICROS)
        page = client.get("/services/updates/").text
        assert "Price up" in page
        assert "2.00" in page
        assert "3.00" in page

    def test_of_an_import_the_newest_are_named_and_the_others_counted(self, client: Client) -> None:
        for number in range(8):
            service(name=f"Imported {number}")
        page = client.get("/services/updates/").text
        assert page.count("Imported") == 5
        assert "3 more like these" in page

    def test_tabs_narrow_it_down(self, client: Client, views_service: Service) -> None:
        change(views_service, is_active=False)
        assert "No longer on sale</span>" in client.get("/services/updates/?tab=off").text
        assert "Nothing has changed" in client.get("/services/updates/?tab=prices").text
        assert client.get("/services/updates/?tab=nonsense&before=nonsense").status_code == 200

    def test_favourites_are_marked_and_can_be_read_alone(
        self, client: Client, alice: User, views_service: Service
    ) -> None:
        service(name="Another")
        Favourite.objects.create(customer=alice, service=views_service)
        client.force_login(alice)
        assert client.get("/services/updates/").text.count("one of your favourites") == 1
        mine = client.get("/services/updates/?mine=1").text
        assert "Another" not in mine
        assert "Views" in mine

    def test_what_is_not_sold_where_i_am_billed_is_not_told(
        self, client: Client, alice: User, views_service: Service
    ) -> None:
        change(views_service, blocked_countries=["DE"])
        User.objects.filter(pk=alice.pk).update(country="DE")
        client.force_login(alice)
        assert "Nothing has changed" in client.get("/services/updates/").text

    def test_older_weeks_are_a_click_away(self, client: Client, views_service: Service) -> None:
        old = timezone.now() - timedelta(days=30)
        CatalogueUpdate.objects.filter(service=views_service).update(at=old)
        service(name="Fresh")
        first = client.get("/services/updates/")
        assert "Older changes" in first.text
        assert f"services/{views_service.pk}/" not in first.text
        before = first.context["week"].older_before
        older = client.get(f"/services/updates/?before={before}").text
        assert f"services/{views_service.pk}/" in older

    def test_a_day_on_which_everything_changed_is_a_page_of_its_own(
        self, client: Client, views_service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        yesterday = timezone.now() - timedelta(days=1)
        CatalogueUpdate.objects.update(at=yesterday)
        for number in range(4):
            service(name=f"Fresh {number}")
        monkeypatch.setattr(reading, "MOST_CHANGES", 4)
        week = client.get("/services/updates/").context["week"]
        assert [group.count for group in week.groups] == [4]
        assert week.older_before is not None

    def test_its_queries_do_not_grow_with_the_catalogue(
        self, client: Client, django_assert_max_num_queries: object
    ) -> None:
        platform = Platform.objects.create(name="Platform Z")
        for number in range(12):
            kind = Category.objects.create(platform=platform, name=f"Kind {number}")
            service(category=kind)
        with django_assert_max_num_queries(7):  # type: ignore[operator]
            client.get("/services/updates/")


class TestTheFeed:
    def test_it_is_a_feed_of_groups(self, client: Client, views_service: Service) -> None:
        change(views_service, rate_micros=3 * MICROS)
        answer = client.get("/services/updates/feed/")
        assert answer.headers["Content-Type"].startswith("application/atom+xml")
        feed = ElementTree.fromstring(answer.content)
        titles = [each.findtext(f"{ATOM}title") for each in feed.iter(f"{ATOM}entry")]
        assert sorted(str(title).partition(":")[0] for title in titles) == ["New", "Price up"]

    def test_a_name_that_xml_cannot_hold_does_no_harm(self, client: Client) -> None:
        service(name="Ring \x07 <b>&amp; ✓")
        feed = ElementTree.fromstring(client.get("/services/updates/feed/").content)
        assert "<b>&amp; ✓" in "".join(feed.itertext())

    def test_an_empty_catalogue_has_a_feed_too(self, client: Client) -> None:
        assert client.get("/services/updates/feed/").status_code == 200


LATER = timedelta(hours=1)


@pytest.fixture
def told(alice: User, views_service: Service) -> datetime:
    """Alice follows the views and asked for mails; returns when the sweep looks next."""
    now = timezone.now()
    long_ago = now - timedelta(days=1)
    Favourite.objects.create(customer=alice, service=views_service, since=long_ago)
    CatalogueUpdate.objects.update(at=long_ago - LATER)
    mailing.subscribe(customer_id=alice.pk, at=long_ago)
    return now + LATER


def sent() -> list[str]:
    rows = OutboundMail.objects.filter(key__startswith="favourites:")
    return list(rows.order_by("id").values_list("body", flat=True))


class TestTheMail:
    def test_one_mail_says_what_became_of_each_favourite(
        self, told: datetime, views_service: Service
    ) -> None:
        change(views_service, rate_micros=3 * MICROS)
        change(views_service, rate_micros=4 * MICROS)
        assert mailing.send_due(at=told) == 1
        assert mailing.send_due(at=told + LATER) == 0
        (body,) = sent()
        assert "$2.00 → $4.00" in body

    def test_up_and_down_again_is_no_news(self, told: datetime, views_service: Service) -> None:
        change(views_service, rate_micros=3 * MICROS)
        change(views_service, rate_micros=2 * MICROS)
        assert mailing.send_due(at=told) == 0
        assert sent() == []

    @pytest.mark.parametrize(
        ("acts", "words"),
        [
            ([{"is_active": False}], "no longer on sale"),
            ([{"is_active": False}, {"is_active": True}], None),
            ([{"is_active": False}, {"rate_micros": 9}, {"is_active": True}], "$2.00 → $0.000009"),
        ],
    )
    def test_leaving_and_coming_back(
        self, told: datetime, views_service: Service, acts: list[dict[str, object]], words: str
    ) -> None:
        for fields in acts:
            change(views_service, **fields)
        mailing.send_due(at=told)
        assert [words in body for body in sent()] == ([True] if words else [])

    def test_nobody_is_told_who_did_not_ask(
        self, told: datetime, views_service: Service, bob: User
    ) -> None:
        Favourite.objects.create(customer=bob, service=views_service, since=told - 2 * LATER)
        change(views_service, is_active=False)
        mailing.send_due(at=told)
        assert OutboundMail.objects.get(key__startswith="favourites:").recipient != bob.email

    def test_what_changed_before_it_was_a_favourite_is_not_told(
        self, told: datetime, views_service: Service
    ) -> None:
        change(views_service, is_active=False)
        Favourite.objects.update(since=timezone.now())
        assert mailing.send_due(at=told) == 0

    def test_a_change_of_this_minute_waits_for_the_next_mail(
        self, told: datetime, views_service: Service
    ) -> None:
        change(views_service, is_active=False)
        assert mailing.send_due(at=timezone.now()) == 0
        assert mailing.send_due(at=told) == 1


class TestStopping:
    def test_the_button_turns_it_on_and_off(self, client: Client, alice: User) -> None:
        client.force_login(alice)
        client.post("/services/updates/mail/", {"wanted": "1"})
        assert "Stop the mails" in client.get("/services/updates/").text
        client.post("/services/updates/mail/", {"wanted": "0"})
        assert not UpdateMail.objects.exists()

    def test_a_mail_program_stops_it_with_one_post(
        self,
        client: Client,
        told: datetime,
        views_service: Service,
        mailoutbox: list[EmailMessage],
    ) -> None:
        change(views_service, is_active=False)
        mailing.send_due(at=told)
        mail.send_due(at=told, limit=5)
        headers = mailoutbox[-1].extra_headers
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address = headers["List-Unsubscribe"].strip("<>").partition("/services/")[2]
        stranger = Client(enforce_csrf_checks=True)
        assert stranger.get(f"/services/{address}").status_code == 200
        assert UpdateMail.objects.exists()
        stopped = stranger.post(f"/services/{address}", {"List-Unsubscribe": "One-Click"})
        assert stopped.status_code == 200
        assert not UpdateMail.objects.exists()

    def test_another_customers_link_cannot_be_guessed(self, client: Client, told: datetime) -> None:
        for token in ("1", "MQ:1uX:abc", mailing.stop_link(1).rstrip("/")[-20:]):
            assert client.post(f"/services/updates/stop/{token}/").status_code == 404
        assert UpdateMail.objects.exists()


def test_whoever_puts_it_on_sale_ends_the_panels_reason(views_service: Service) -> None:
    """So that what a person takes off sale later stays off, whatever its cost does."""
    change(views_service, is_active=False, off_reason="cost")
    change(views_service, is_active=True)
    change(views_service, is_active=False)
    views_service.refresh_from_db()
    assert views_service.off_reason == ""
