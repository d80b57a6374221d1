"""Bank transfers: what the customer says he paid, and what staff saw come in (WAL-01).

The customer names his transfer and may send a proof; nothing is credited by that. One person of the
staff says what came and under which number of the bank; from MANUAL_SECOND_PERSON_FROM on another
agrees (wallet.decisions.deciding). A number of the bank is credited once: UNIQUE(gateway, payment).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.acts import log_act
from accounts.models import User
from wallet.currencies import MICROS_PER_CENT
from wallet.decisions.decided import DecisionRefused
from wallet.gateways.base import Payment, PaymentState
from wallet.gateways.manual.gateway import CODE
from wallet.gateways.manual.proofs import FileKind
from wallet.models import Decision, Deposit, Proof
from wallet.money import parse_amount
from wallet.topups import crediting

State = Deposit.State
_DONE = (State.PAID, State.QUARANTINED)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A file whose kind was read from its bytes, and whose name is harmless."""

    name: str
    kind: FileKind
    content: bytes


def tell_of_payment(
    *, deposit_id: int, bank_reference: str, file: ProofFile | None, at: datetime
) -> Deposit:
    """The customer says that he has paid: from now on the top-up waits for the bank.

    A second time replaces what he said before, and the file only by another one. A top-up that
    does not wait for payment any more stays what it is.
    """
    with transaction.atomic():
        deposit = Deposit.objects.select_for_update().get(pk=deposit_id, gateway=CODE)
        if not deposit.is_waiting:
            return deposit
        told: dict[str, object] = {"bank_reference": bank_reference, "given_at": at}
        if file is not None:
            told |= {
                "file_name": file.name,
                "content_type": file.kind.content_type,
                "content": file.content,
            }
        Proof.objects.update_or_create(deposit=deposit, defaults=told)
        _follow(deposit, PaymentState.PROCESSING, at=at)
    return Deposit.objects.get(pk=deposit_id)


def payment_id_of(bank_number: str) -> str:
    """What makes two numbers of the bank the same one: neither blanks nor case, which one statement
    prints and another does not."""
    return "".join(bank_number.split()).upper()


def check_confirmable(deposit: Deposit, *, bank_number: str) -> None:
    """Raises DecisionRefused: the top-up has a payment, or the payment has a top-up."""
    if deposit.state in _DONE:
        raise DecisionRefused(_("This top-up has a payment already."))
    same = Deposit.objects.filter(gateway=CODE, payment_id=payment_id_of(bank_number))
    if same.exists():
        raise DecisionRefused(_taken())


def needs_second(decision: Decision) -> bool:
    """Whether another person has to agree: what one confirmed alone for a customer within a day
    is counted together, so that the limit is not passed in small steps."""
    alone = Decision.objects.filter(
        kind=decision.kind,
        customer_id=decision.customer_id,
        proposed_by=decision.proposed_by,
        needs_second=False,
        proposed_at__gt=decision.proposed_at - DAY,
    )
    before_micros = alone.aggregate(sum=Sum("amount_micros"))["sum"] or 0
    limit_micros = parse_amount(settings.MANUAL_SECOND_PERSON_FROM)
    return before_micros + decision.amount_micros >= limit_micros


def confirm(decision: Decision, at: datetime) -> None:
    """Credits what was seen at the bank: what the decision's amount says, whatever was asked for.

    Raises DecisionRefused.
    """
    deposit_id = int(decision.subject.partition(":")[2])
    bank_number = str(decision.details["bank_number"])
    deposit = Deposit.objects.select_for_update().get(pk=deposit_id, gateway=CODE)
    check_confirmable(deposit, bank_number=bank_number)
    payment = Payment(
        payment_id=payment_id_of(bank_number),
        state=PaymentState.SUCCEEDED,
        received_coins=decision.amount_micros // MICROS_PER_CENT,
        deposit_id=deposit.pk,
        fee_micros=0,
    )
    try:
        credited = crediting.apply(payment, gateway=CODE, at=at)
    except IntegrityError as error:
        raise DecisionRefused(_taken()) from error
    # Another top-up got this number a moment ago: nothing was credited now.
    if credited is None or credited.pk != deposit.pk:
        raise DecisionRefused(_taken())


def _taken() -> str:
    return _("This number of the bank was credited to another top-up.")


def decline(*, deposit_id: int, reason: str, by: User, at: datetime, ip: str | None) -> Deposit:
    """Staff saw no such payment: the top-up fails, and the customer reads why.

    Raises DecisionRefused: it does not wait any more, a colleague has proposed to confirm it, or it
    is the person's own.
    """
    with transaction.atomic():
        deposit = Deposit.objects.select_for_update().get(pk=deposit_id, gateway=CODE)
        if not deposit.is_waiting:
            raise DecisionRefused(_("This top-up does not wait any more."))
        if deposit.customer_id == by.pk:
            raise DecisionRefused(_("This is your own account: colleagues look after it."))
        if Decision.objects.waiting().filter(subject=deposit.reference).exists():
            raise DecisionRefused(_("A colleague has proposed to confirm it: decline that first."))
        _follow(deposit, PaymentState.FAILED, at=at, trouble=reason)
        log_act(actor=by, act="decline bank payment", target=str(deposit), reason=reason, ip=ip)
    return Deposit.objects.get(pk=deposit_id)


def _follow(deposit: Deposit, state: PaymentState, *, at: datetime, trouble: str = "") -> None:
    payment = Payment(payment_id="", state=state, deposit_id=deposit.pk, trouble=trouble)
    crediting.apply(payment, gateway=CODE, at=at)
