"""Asking for money back is a conversation: one request is one ticket with a fixed subject (WDR-10).

The money is `wallet.payouts.requesting`'s; what becomes of it stands in the ticket, read from the
request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import sweeps
from accounts.models import User
from legal.terms import account_policy
from tickets.models import Message, Ticket
from wallet.models import Withdrawal
from wallet.money import display
from wallet.payouts import requesting
from wallet.payouts.payable import method_of

# Printed in the terms, so it is the same in every language.
SUBJECT = "Refund Request"


@transaction.atomic
def ask(
    *, customer: User, amounts: Mapping[int, int], note: str, idempotency_key: str, at: datetime
) -> Ticket:
    """Puts the money on hold and opens the ticket about it, both or neither; the same press again
    returns the first ticket. Raises WithdrawalRefused, NotForThisAccount."""
    withdrawal = requesting.request(
        customer=customer, amounts=amounts, note=note, idempotency_key=idempotency_key, at=at
    )
    ticket, is_new = Ticket.objects.get_or_create(
        withdrawal=withdrawal,
        defaults={
            "customer": customer,
            "topic": Ticket.Topic.PAYMENT,
            "subject": SUBJECT,
            "created_at": at,
            "waiting_since": at,
        },
    )
    if is_new:
        text = "\n\n".join(filter(None, [_in_words(withdrawal), note.strip()]))
        ticket.messages.create(author=customer, is_from_staff=False, text=text, created_at=at)
    return ticket


def asked_before(*, customer: User, idempotency_key: str) -> Ticket | None:
    """What this press of the button has made already."""
    mine = Ticket.objects.visible_to(customer.pk)
    return mine.filter(withdrawal__idempotency_key=idempotency_key).first()


def is_asked_for(*, customer: User, subject: str) -> bool:
    """Whether a free ticket with this subject has to become the form: it says the fixed words, and
    the form would take him."""
    if " ".join(subject.split()).casefold() != SUBJECT.casefold():
        return False
    try:
        requesting.check_account(customer=customer, at=timezone.now())
    except requesting.NotForThisAccount:
        return False
    return True


def bank_time(ticket: Ticket) -> str:
    """How long the bank takes, in the words of the terms that the customer accepted (WDR-12)."""
    if ticket.withdrawal is None:
        return ""
    asked_at = ticket.withdrawal.created_at
    return account_policy(user_id=ticket.customer_id, at=asked_at).withdraw_payout_text


def answer_decided(*, at: datetime) -> int:
    """Takes tickets off support's inbox whose only question was answered by staff who decided the
    request; returns how many. What the customer writes afterwards waits as ever (TCK-03)."""
    decided = Ticket.objects.filter(
        state=Ticket.State.WAITING_FOR_STAFF,
        withdrawal__decided_at__lte=at,
        waiting_since__lte=F("withdrawal__decided_at"),
    )
    unheard = Message.objects.filter(
        ticket=OuterRef("pk"),
        is_from_staff=False,
        created_at__gt=OuterRef("withdrawal__decided_at"),
    )
    numbers = list(decided.exclude(Exists(unheard)).values_list("pk", flat=True))
    return sweeps.each("ticket", numbers, _answer)


@transaction.atomic
def _answer(ticket_id: int) -> None:
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket_id)
    newest = ticket.messages.order_by("-pk").first()
    decided_at = ticket.withdrawal.decided_at if ticket.withdrawal else None
    if newest is None or decided_at is None or newest.created_at > decided_at:
        return
    ticket.follow_staff()
    ticket.save(update_fields=["state", "waiting_since", "closed_at"])


def _in_words(withdrawal: Withdrawal) -> str:
    payouts = withdrawal.payouts.select_related("deposit").order_by("pk")
    return "\n".join(
        _("Please pay back %(amount)s of top-up %(number)s to %(method)s.")
        % {
            "amount": display(payout.amount_micros),
            "number": payout.deposit_id,
            "method": method_of(payout.deposit),
        }
        for payout in payouts
    )
