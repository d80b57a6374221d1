"""The outbox: a mail is a row, committed with its cause and sent later (S-26, S-33, S-36).

Claiming a row puts its next attempt off in a short transaction of its own, so that no transaction
is open while the mail server is spoken to and no two workers send one row. A worker that dies in
between leaves a row that is tried again: rarely a mail comes twice, with the same Message-ID, and
none is lost.
"""

import hashlib
import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr
from enum import Enum, auto
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.db import transaction
from django.template import Context, Engine, TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import OutboundMail, OutboundMailQuerySet

logger = logging.getLogger(__name__)

_LONGEST_SUBJECT = 200
# The pause after an attempt is also the lease of its claim: longer than any time-out.
_FIRST_PAUSE = timedelta(minutes=2)
_LONGEST_PAUSE = timedelta(hours=1)
# Errors of one mail; after any other the server is at fault and the rest can wait.
_ONE_MAIL = (SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused)


def enqueue(
    *,
    key: str,
    recipient: str,
    template: str,
    context: Mapping[str, object],
    is_secret: bool = False,
    unsubscribe_url: str = "",
    at: datetime | None = None,
) -> OutboundMail:
    """Write the mail `templates/mail/<template>.{subject.txt,txt}` (and `.html` if there is one).

    One key ("order:17:partial"), one mail: a repeated call returns the first. A mail that holds a
    link as good as a password is secret; its text is erased once sent. One that its reader may
    stop names the address that stops it by a POST (RFC 8058). Raises ValidationError when the
    recipient is not one e-mail address.
    """
    values = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, **context}
    return write(
        key=key,
        recipient=recipient,
        subject=plain(f"mail/{template}.subject.txt", values),
        body=plain(f"mail/{template}.txt", values),
        html=_html(f"mail/{template}.html", values),
        is_secret=is_secret,
        unsubscribe_url=unsubscribe_url,
        at=at,
    )


def write(
    *,
    key: str,
    recipient: str,
    subject: str,
    body: str,
    html: str = "",
    is_secret: bool = False,
    unsubscribe_url: str = "",
    at: datetime | None = None,
) -> OutboundMail:
    """Put a finished text into the outbox, once per key. Raises ValidationError (recipient)."""
    validate_email(recipient)
    at = at or timezone.now()
    mail, _created = OutboundMail.objects.get_or_create(
        key=key,
        defaults={
            "recipient": recipient,
            # One line: a line break would begin another header (S-36).
            "subject": " ".join(subject.split())[:_LONGEST_SUBJECT],
            "body": body.strip() + "\n",
            "html": html,
            "is_secret": is_secret,
            "unsubscribe_url": unsubscribe_url,
            "created_at": at,
            "next_attempt_at": at,
        },
    )
    return mail


def plain(template: str, context: Mapping[str, object]) -> str:
    """Render a template of plain text: nothing in it is HTML, so nothing is escaped."""
    found = Engine.get_default().get_template(template)
    return found.render(Context(dict(context), autoescape=False))


def _html(template: str, context: Mapping[str, object]) -> str:
    try:
        return render_to_string(template, dict(context))
    except TemplateDoesNotExist:
        return ""


def send_due(*, at: datetime, limit: int) -> int:
    """Send up to `limit` due mails, oldest first, and return how many went out."""
    sent = 0
    began = time.monotonic()
    connection: BaseEmailBackend = get_connection()
    try:
        for _turn in range(limit):
            # A slow server must not make a claim old before it is taken.
            now = at + timedelta(seconds=int(time.monotonic() - began))
            mail = _claim(OutboundMail.objects.due(at=now), at=now)
            if mail is None:
                break
            outcome = _send(mail, connection=connection, at=now)
            sent += outcome is _Outcome.SENT
            if outcome is _Outcome.SERVER_FAILED:
                break
    finally:
        connection.close()
    return sent


def send_one(*, pk: int, at: datetime) -> bool:
    """Send one mail, if it is due and nobody else is at it; False when it did not go out."""
    mail = _claim(OutboundMail.objects.due(at=at).filter(pk=pk), at=at)
    if mail is None:
        return False
    connection: BaseEmailBackend = get_connection()
    try:
        return _send(mail, connection=connection, at=at) is _Outcome.SENT
    finally:
        connection.close()


class _Outcome(Enum):
    SENT = auto()
    REFUSED = auto()
    SERVER_FAILED = auto()


def _claim(due: OutboundMailQuerySet, *, at: datetime) -> OutboundMail | None:
    with transaction.atomic():
        mail = due.select_for_update(skip_locked=True).order_by("next_attempt_at", "pk").first()
        if mail is not None:
            mail.next_attempt_at = at + min(
                _FIRST_PAUSE * 2 ** min(mail.attempts, 9), _LONGEST_PAUSE
            )
            mail.attempts += 1
            mail.save(update_fields=["next_attempt_at", "attempts"])
    return mail


def _send(mail: OutboundMail, *, connection: BaseEmailBackend, at: datetime) -> _Outcome:
    try:
        connection.open()
        _message(mail, connection=connection).send()
    except OSError as error:  # every error of smtplib is one, too
        # Only the kind: the server's words may quote the text of the mail.
        mail.last_error = type(error).__name__
        mail.save(update_fields=["last_error"])
        logger.warning("mail %s was not sent: %s", mail.pk, mail.last_error)
        return _Outcome.REFUSED if isinstance(error, _ONE_MAIL) else _Outcome.SERVER_FAILED
    _mark_sent(mail, at=at)
    return _Outcome.SENT


def _mark_sent(mail: OutboundMail, *, at: datetime) -> None:
    mail.sent_at, mail.last_error = at, ""
    if mail.is_secret and not settings.DEMO:
        mail.body = mail.html = ""
    mail.save(update_fields=["sent_at", "last_error", "body", "html"])


def _message(mail: OutboundMail, *, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    message_id = hashlib.sha256(mail.key.encode()).hexdigest()[:32]
    headers = {"Message-ID": f"<{message_id}@{host}>", "Auto-Submitted": "auto-generated"}
    if mail.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        mail.subject,
        mail.body,
        to=[mail.recipient],
        connection=connection,
        headers=headers,
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message
