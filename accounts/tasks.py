"""The worker's edges of this app."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from accounts import callwindows, mail, suspending, usage
from accounts.models import OutboundMail

_PER_RUN = 200


@shared_task
def send_due_mails() -> None:
    mail.send_due(at=timezone.now(), limit=_PER_RUN)


@shared_task
def send_mail(pk: int) -> None:
    mail.send_one(pk=pk, at=timezone.now())


@shared_task
def forget_old_calls() -> None:
    now = timezone.now()
    usage.forget_old(at=now)
    suspending.forget_breaches(at=now)
    callwindows.forget_old(at=now)


def nudge(message: OutboundMail) -> None:
    """Have a mail sent right after the commit; if the nudge is lost, the sweep finds the row."""

    def ask() -> None:
        # Not a partial: one that fails has no name that Django's robust hook could log.
        send_mail.delay(message.pk)

    transaction.on_commit(ask, robust=True)
