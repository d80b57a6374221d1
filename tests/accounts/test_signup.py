"""Registering: what is asked, what is recorded, what is refused (ACC-01, ACC-05, LEG-06)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import registration, switches
from accounts.models import KillSwitch, OutboundMail, User
from legal import acceptance, publishing
from legal.models import Acceptance, DocumentVersion, Publication
from tests.accounts.door import is_in, last_mail, link_in, page, sign_up_form
from tests.databases import TestDatabase
from tests.races import at_once

NEW = "new@example.com"
pytestmark = pytest.mark.usefixtures("terms")


def required_now() -> list[DocumentVersion]:
    return acceptance.required_documents(publication=Publication.objects.current())


def publish_other_terms() -> Publication:
    version = required_now()[0]
    draft = DocumentVersion.objects.create(
        document=version.document, title=version.title, body="# Other terms\n\nAll is new."
    )
    return publishing.publish(
        policy=Publication.objects.current().get_policy(),
        versions=[draft],
        published_by=None,
        at=timezone.now(),
    )


def sign_up(client: Client, **fields: str) -> int:
    return client.post("/account/signup/", sign_up_form(client, NEW, **fields)).status_code


def test_the_way_from_sign_up_to_being_logged_in(client: Client) -> None:
    assert sign_up(client) == 302
    assert not is_in(client)
    address = link_in(last_mail()).removeprefix("http://127.0.0.1:8000")
    client.get(address)
    assert not is_in(client)
    assert client.post(address)["Location"] == "/dashboard/"
    assert is_in(client)
    assert EmailAddress.objects.get(email=NEW).verified


def test_a_link_opened_elsewhere_confirms_but_logs_nobody_in(client: Client) -> None:
    sign_up(client)
    other = Client()
    other.post(link_in(last_mail()).removeprefix("http://127.0.0.1:8000"))
    assert EmailAddress.objects.get(email=NEW).verified
    assert not is_in(other)


def test_every_required_document_is_named_linked_and_accepted(client: Client) -> None:
    shown = page(client, "/account/signup/")
    versions = required_now()
    assert len(versions) >= 3
    for version in versions:
        assert (
            f'<a href="{version.get_absolute_url()}" target="_blank">{version.title}</a>' in shown
        )
    client.post(
        "/account/signup/",
        sign_up_form(client, NEW),
        headers={"User-Agent": "Browser/1"},
        REMOTE_ADDR="203.0.113.9",
    )
    rows = Acceptance.objects.filter(user__email=NEW)
    assert {row.version_id for row in rows} == {version.pk for version in versions}
    assert {(row.point, row.channel, row.ip, row.user_agent) for row in rows} == {
        ("registration", "web", "203.0.113.9", "Browser/1")
    }


def test_the_form_asks_four_things_and_ticks_nothing_itself(client: Client) -> None:
    shown = page(client, "/account/signup/")
    form = shown[shown.index('action="/account/signup/"') :].partition("</form>")[0]
    names = re.findall(r'<input type="(?!hidden)[^>]*name="(\w+)"', form)
    assert names == ["email", "password1", "accepts", "is_of_age"]
    assert "checked" not in form
    assert "I am at least 16 years old" in form
    assert 'autocomplete="email"' in form
    assert 'autocomplete="new-password"' in form


@pytest.mark.parametrize(
    "fields",
    [
        {"accepts": ""},
        {"is_of_age": ""},
        {"shown_versions": ""},
        {"shown_versions": "1-2"},
        {"email": "no address"},
        {"email": ""},
        {"password1": "password1"},
        {"password1": "short"},
        {"password1": "new@example.com"},
    ],
)
def test_what_is_missing_is_said_and_nothing_is_made(
    client: Client, fields: dict[str, str]
) -> None:
    answer = client.post("/account/signup/", sign_up_form(client, NEW, **fields))
    assert answer.status_code == 422
    assert "aria-invalid" in answer.content.decode()
    assert not User.objects.exists()
    assert not OutboundMail.objects.exists()


def test_a_long_passphrase_is_taken_unaltered(client: Client) -> None:
    phrase = "  seven horses 🐴 and one staple, in the rain; at noon, on a hill far away  "
    assert sign_up(client, password1=phrase) == 302
    assert User.objects.get().check_password(phrase)


def test_fields_that_nobody_asked_for_are_ignored(client: Client) -> None:
    more = {"is_staff": "on", "is_superuser": "on", "standing": "terminated", "balance": "9"}
    assert sign_up(client, groups="1", user_permissions="1", **more) == 302
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.standing) == (False, False, "active")
    assert not user.groups.exists()


def test_pages_that_changed_meanwhile_are_asked_about_again(client: Client) -> None:
    form = sign_up_form(client, NEW)
    publish_other_terms()
    answer = client.post("/account/signup/", form)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "have just changed" in text
    shown = re.search(r'name="shown_versions" value="([^"]*)"', text)
    assert shown
    assert client.post("/account/signup/", {**form, "shown_versions": shown[1]}).status_code == 302


def test_terms_published_between_the_check_and_the_record_are_not_accepted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Publication.objects.current()
    record = acceptance.record

    def record_late(**fields: Any) -> list[Acceptance]:
        publish_other_terms()
        return record(**fields)

    monkeypatch.setattr(acceptance, "record", record_late)
    assert sign_up(client) == 302
    assert Publication.objects.current() != shown
    rows = Acceptance.objects.filter(user__email=NEW)
    assert {row.publication_id for row in rows} == {shown.pk}


def test_a_person_without_an_acceptance_is_never_made(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_fields: object) -> None:
        raise IntegrityError

    form = sign_up_form(client, NEW)
    monkeypatch.setattr(acceptance, "record", fail)
    with pytest.raises(IntegrityError):
        client.post("/account/signup/", form)
    assert not User.objects.exists()


def test_the_operator_can_close_the_door(
    client: Client, olga: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    form = sign_up_form(client, NEW)
    with django_capture_on_commit_callbacks(execute=True):
        switches.switch_off(part=KillSwitch.Part.SIGN_UP, reason="Back on Monday.", actor=olga)
    for answer in (client.get("/account/signup/"), client.post("/account/signup/", form)):
        assert answer.status_code == 503
        assert "Back on Monday." in answer.content.decode()
    assert not User.objects.filter(email=NEW).exists()


def register() -> bool:
    try:
        registration.register(
            email=NEW,
            password="x",
            publication=Publication.objects.current(),
            at=timezone.now(),
            ip="203.0.113.1",
            user_agent="",
        )
    except registration.EmailTaken:
        return False
    return True


def test_ten_registrations_of_one_email_make_one_person(
    fresh_db: TestDatabase, terms: None
) -> None:
    made = at_once(10, register)
    assert sum(made) == User.objects.count() == EmailAddress.objects.count() == 1


def test_the_slower_of_two_is_answered_like_anybody(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(**_fields: object) -> None:
        raise registration.EmailTaken

    monkeypatch.setattr(registration, "register", taken)
    answer = client.post("/account/signup/", sign_up_form(client, NEW))
    assert answer["Location"] == "/account/confirm-email/"
    assert last_mail().subject == "You have an account at Panel already"
