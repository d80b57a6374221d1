from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from smtplib import SMTPConnectError, SMTPDataError
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.exceptions import ValidationError
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction
from pytest_django import Settings

from accounts import mail, tasks
from accounts.models import OutboundMail
from tests.databases import TestDatabase
from tests.races import Gate, at_once

TIRED = "tests.accounts.test_mail.TiredServer"


class TiredServer(EmailBackend):
    """A mail server that raises what the test has put down here."""

    error: Exception | None = None

    def send_messages(self, messages: Any) -> int:
        if self.error is not None:
            raise self.error
        return super().send_messages(messages)


def write(at: datetime, *, key: str = "order:1:partial", **fields: Any) -> OutboundMail:
    message = {"recipient": "alice@example.com", "subject": "Your order", "body": "It is done."}
    return mail.write(key=key, at=at, **message | fields)


@pytest.fixture
def templates(tmp_path: Path, settings: Settings) -> Path:
    """A directory of templates in front of the panel's own."""
    folder = tmp_path / "mail"
    folder.mkdir()
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [tmp_path, *engine["DIRS"]]}]
    return folder


def test_a_mail_is_written_from_its_templates(db: None, templates: Path, now: datetime) -> None:
    (templates / "done.subject.txt").write_text("Order {{ number }} is done\n")
    (templates / "done.txt").write_text("{{ link }} at {{ site_name }}")
    (templates / "done.html").write_text("<p>{{ link }}</p>")
    link = "https://example.com/?a=1&b=2"
    sent = mail.enqueue(
        key="order:7:done",
        recipient="alice@example.com",
        template="done",
        context={"number": 7, "link": link},
        at=now,
    )
    assert sent.subject == "Order 7 is done"
    assert sent.body == f"{link} at Panel\n"
    assert sent.html == "<p>https://example.com/?a=1&amp;b=2</p>"


def test_one_key_makes_one_mail(db: None, now: datetime) -> None:
    first, second = write(now), write(now, subject="Something else")
    assert first.pk == second.pk
    assert second.subject == "Your order"


def test_twenty_writers_of_one_key_make_one_mail(fresh_db: TestDatabase, now: datetime) -> None:
    written = at_once(20, lambda: write(now).pk)
    assert len(set(written)) == OutboundMail.objects.count() == 1


def test_look_and_insert_instead_would_fail(fresh_db: TestDatabase, now: datetime) -> None:
    look = Gate(20).after(OutboundMail.objects.filter(key="k").exists)

    def naive() -> None:
        fields = {"key": "k", "recipient": "alice@example.com", "subject": "", "body": ""}
        if not look():
            OutboundMail.objects.create(**fields)

    with pytest.raises(IntegrityError):
        at_once(20, naive)


@pytest.mark.parametrize(
    "bad", ["a@example.com\r\nBcc: b@example.com", "no address", "", "a b@c.d"]
)
def test_what_is_no_address_is_refused(db: None, now: datetime, bad: str) -> None:
    with pytest.raises(ValidationError):
        write(now, recipient=bad)


def test_a_subject_cannot_begin_a_header(db: None, now: datetime) -> None:
    write(now, subject="Your ticket\r\nBcc: eve@example.com\u2028X: y")
    mail.send_due(at=now, limit=1)
    (message,) = django_mail.outbox
    assert message.subject == "Your ticket Bcc: eve@example.com X: y"
    assert message.message()["Bcc"] is None


def test_due_mails_go_out_oldest_first_up_to_the_limit(db: None, now: datetime) -> None:
    for minutes in (3, 1, 2):
        write(now - timedelta(minutes=minutes), key=str(minutes), subject=str(minutes))
    assert mail.send_due(at=now, limit=2) == 2
    assert [message.subject for message in django_mail.outbox] == ["3", "2"]


def test_a_mail_is_sent_once_and_not_before_its_time(db: None, now: datetime) -> None:
    write(now + timedelta(minutes=1))
    assert mail.send_due(at=now, limit=9) == 0
    assert mail.send_due(at=now + timedelta(minutes=1), limit=9) == 1
    assert mail.send_due(at=now + timedelta(days=1), limit=9) == 0
    assert len(django_mail.outbox) == 1


def test_ten_workers_send_a_mail_once(fresh_db: TestDatabase, now: datetime) -> None:
    pk = write(now).pk
    sent = at_once(10, lambda: mail.send_one(pk=pk, at=now))
    assert sum(sent) == len(django_mail.outbox) == 1


def test_without_a_claim_they_would_send_it_ten_times(
    fresh_db: TestDatabase, now: datetime
) -> None:
    pk = write(now).pk
    look = Gate(10).after(OutboundMail.objects.due(at=now).filter(pk=pk).first)

    def naive() -> None:
        if (message := look()) is not None:
            django_mail.send_mail(message.subject, message.body, None, [message.recipient])
            OutboundMail.objects.filter(pk=pk).update(sent_at=now)

    at_once(10, naive)
    assert len(django_mail.outbox) == 10


def test_a_locked_mail_is_left_to_the_worker_that_has_it(
    fresh_db: TestDatabase, now: datetime
) -> None:
    pk = write(now).pk
    with transaction.atomic():
        OutboundMail.objects.select_for_update().get(pk=pk)
        assert at_once(1, lambda: mail.send_one(pk=pk, at=now)) == [False]


def test_a_dead_server_costs_one_try_and_loses_nothing(
    db: None, now: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND = TIRED
    monkeypatch.setattr(TiredServer, "error", SMTPConnectError(421, "busy"))
    first, second = write(now, key="1"), write(now, key="2")
    assert mail.send_due(at=now, limit=9) == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.attempts, second.attempts) == (1, 0)
    assert first.last_error == "SMTPConnectError"
    monkeypatch.setattr(TiredServer, "error", None)
    assert mail.send_due(at=now + timedelta(minutes=2), limit=9) == 2


def test_a_refused_mail_does_not_hold_up_the_next(
    db: None, now: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND = TIRED
    monkeypatch.setattr(TiredServer, "error", SMTPDataError(554, "no"))
    first, second = write(now, key="1"), write(now, key="2")
    mail.send_due(at=now, limit=9)
    assert [m.attempts for m in OutboundMail.objects.filter(pk__in=[first.pk, second.pk])] == [1, 1]


def test_pauses_grow_to_an_hour_and_trying_ends_after_five_days(
    db: None, now: datetime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND = TIRED
    monkeypatch.setattr(TiredServer, "error", ConnectionRefusedError())
    message, at, pauses = write(now), now, []
    while OutboundMail.objects.due(at=at).exists():
        mail.send_due(at=at, limit=1)
        message.refresh_from_db()
        pauses.append((message.next_attempt_at - at).total_seconds() / 60)
        at = message.next_attempt_at
    assert pauses[:6] == [2, 4, 8, 16, 32, 60]
    assert now + timedelta(days=5) <= at <= now + timedelta(days=5, hours=1)


@pytest.mark.parametrize(("is_demo", "kept"), [(False, ""), (True, "the link\n")])
def test_a_secret_text_is_erased_once_sent(
    db: None, now: datetime, settings: Settings, is_demo: bool, kept: str
) -> None:
    settings.DEMO = is_demo
    message = write(now, body="the link", html="<p>the link</p>", is_secret=True)
    mail.send_due(at=now, limit=1)
    message.refresh_from_db()
    assert message.body == kept
    assert bool(message.html) == is_demo
    assert "the link" in str(django_mail.outbox[0].body)


def test_a_mail_that_is_sent_again_has_the_same_message_id(db: None, now: datetime) -> None:
    message = write(now)
    for _time in range(2):
        mail.send_one(pk=message.pk, at=now)
        OutboundMail.objects.update(sent_at=None, next_attempt_at=now)
    ids = {sent.extra_headers["Message-ID"] for sent in django_mail.outbox}
    assert len(django_mail.outbox) == 2
    assert len(ids) == 1


def test_the_sweep_sends_what_a_lost_nudge_left(db: None, now: datetime) -> None:
    write(now - timedelta(seconds=1))
    tasks.send_due_mails()
    assert len(django_mail.outbox) == 1


def test_a_nudge_waits_for_the_commit_and_survives_a_dead_broker(
    fresh_db: TestDatabase, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def dead(pk: int) -> None:
        asked.append(pk)
        raise ConnectionError

    monkeypatch.setattr(tasks.send_mail, "delay", dead)
    with transaction.atomic():
        message = write(now)
        tasks.nudge(message)
        assert asked == []
    assert asked == [message.pk]
    assert OutboundMail.objects.filter(pk=message.pk).exists()
