"""Automatic top-ups: when a balance falls below its owner's mark, his kept card pays a fixed sum.

Off until he turns it on, with words that are stored. One payment at a time, never above the month's
limit; a card that declines turns it off with a mail instead of being tried again. Writing the
top-up down comes first, under the row's lock; asking the gateway comes after, under a key that
makes asking again harmless. Source: docs/automatic-top-ups.md.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import mail, sweeps
from wallet.balances import HELD, SPENDABLE, sum_by
from wallet.gateways.base import GatewayRefused, GatewayUnavailable, Payment, PaymentState
from wallet.gateways.stripe import cards as stripe_cards
from wallet.gateways.stripe.client import CODE
from wallet.models import Account, AutoTopUp, Deposit, Dispute, FraudWarning, SavedCard
from wallet.money import display
from wallet.topups import crediting, deposits

# After this a payment without an answer is asked for again, under its key.
ASKED_AGAIN_AFTER = timedelta(minutes=5)
# Stripe remembers a key for a day; later it could pay twice.
KEY_LIVES = timedelta(hours=23)
PER_SWEEP = 100


def consent_words() -> str:
    """What is agreed to when automatic top-up is turned on; stored as it was shown."""
    return _(
        "I let %(site)s charge this card without asking me each time: the sum above, whenever my"
        " balance falls below the mark above, and never more than the limit above in a month."
        " I can turn this off at any time, and what was charged counts as a top-up of mine."
    ) % {"site": settings.SITE_NAME}


def turn_on(
    *,
    customer_id: int,
    card: SavedCard,
    below_micros: int,
    amount_micros: int,
    month_limit_micros: int,
    ip: str | None,
    at: datetime,
) -> None:
    """Turns it on, or changes it, with a consent of now. One of its payments that is under way
    goes on."""
    AutoTopUp.objects.update_or_create(
        customer_id=customer_id,
        defaults={
            "card": card,
            "below_micros": below_micros,
            "amount_micros": amount_micros,
            "month_limit_micros": month_limit_micros,
            "is_on": True,
            "trouble": "",
            "consent_text": consent_words(),
            "consent_at": at,
            "consent_ip": ip,
        },
    )


def turn_off(*, customer_id: int) -> None:
    """Begins no further payment from now on."""
    AutoTopUp.objects.filter(customer_id=customer_id).update(is_on=False, trouble="")


def run_due(*, at: datetime) -> None:
    """Begins what is due, and goes on with what has had no answer."""
    due = _due().order_by("pk").values_list("pk", flat=True)[:PER_SWEEP]
    sweeps.each("automatic top-up", due, lambda one: _begin_and_pay(one, at=at))
    rows = AutoTopUp.objects.exclude(running=None).select_related("running", "card", "customer")
    running = {auto.pk: auto for auto in rows}
    sweeps.each("automatic top-up", running, lambda one: _go_on(running[one], at=at))


def _begin_and_pay(auto_id: int, *, at: datetime) -> None:
    if deposit := begin(auto_id=auto_id, at=at):
        pay(deposit=deposit, at=at)


def begin(*, auto_id: int, at: datetime) -> Deposit | None:
    """Opens the top-up that is due now, if one is; no money moves yet."""
    with transaction.atomic():
        auto = _locked(auto_id)
        if not _due().filter(pk=auto.pk).exists():
            return None
        try:
            _check(auto, at=at)
            deposit = deposits.open_deposit(
                customer_id=auto.customer_id,
                gateway=CODE,
                amount_micros=auto.amount_micros,
                at=at,
            )
        except deposits.DepositRefused as refusal:
            _turn_off(auto, trouble=refusal.message, at=at)
            return None
        deposit.is_automatic = True
        deposit.save(update_fields=["is_automatic"])
        auto.running = deposit
        auto.save(update_fields=["running"])
    return deposit


def pay(*, deposit: Deposit, at: datetime) -> None:
    """Asks the gateway for the payment of an automatic top-up and books what came of it."""
    auto = AutoTopUp.objects.select_related("card").get(running=deposit)
    try:
        payment = stripe_cards.charge(deposit=deposit, method_id=auto.card.method_id)
    except GatewayUnavailable:
        return  # the next sweep asks again, under the same key
    except GatewayRefused:
        trouble = _("The card was not accepted.")
        payment = Payment("", PaymentState.FAILED, deposit_id=deposit.pk, trouble=trouble)
    crediting.apply(payment, gateway=CODE, at=at)
    deposit.refresh_from_db()
    _end(auto_id=auto.pk, deposit=deposit, at=at)


def _locked(auto_id: int) -> AutoTopUp:
    # The row itself and not the customer's: orders hold the cash row and then ask for that one.
    rows = AutoTopUp.objects.select_for_update(of=("self",))
    return rows.select_related("customer", "card").get(pk=auto_id)


def _due() -> QuerySet[AutoTopUp]:
    """Those whose customers have little. Money on hold is theirs and counts; while a payment of
    theirs is questioned, or a debt is open, no card is charged: it would only feed those."""
    has = AutoTopUp.objects.alias(
        balance=sum_by("customer_id", (*SPENDABLE, *HELD)),
        debt=sum_by("customer_id", (Account.Kind.DEBT,)),
    )
    disputes = Dispute.objects.open().filter(deposit__customer_id=OuterRef("customer_id"))
    warnings = FraudWarning.objects.filter(
        deposit__customer_id=OuterRef("customer_id"), is_actionable=True, resolved_at=None
    )
    return has.filter(
        ~Exists(disputes),
        ~Exists(warnings),
        is_on=True,
        running=None,
        customer__is_active=True,
        customer__frozen_at=None,
        debt=0,
        balance__lt=F("below_micros"),
    )


def _check(auto: AutoTopUp, *, at: datetime) -> None:
    """Raises DepositRefused: the card is gone, or the month's limit would be passed."""
    if auto.card.removed_at is not None:
        raise deposits.DepositRefused(_("Its card was removed."))
    paid_micros = paid_this_month(customer_id=auto.customer_id, at=at)
    if paid_micros + auto.amount_micros > auto.month_limit_micros:
        raise deposits.DepositRefused(
            _("Another top-up would pass your limit of %(limit)s a month.")
            % {"limit": display(auto.month_limit_micros)}
        )


def paid_this_month(*, customer_id: int, at: datetime) -> int:
    """Micros that automatic top-ups of this month (UTC) have paid in, or are about to."""
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    mine = Deposit.objects.filter(customer_id=customer_id, is_automatic=True)
    live = mine.filter(state__in=(*Deposit.WAITING, Deposit.State.PAID), created_at__gte=first)
    return live.aggregate(sum=Sum("amount_micros"))["sum"] or 0


def _go_on(auto: AutoTopUp, *, at: datetime) -> None:
    """A payment that is over frees the way. One without an answer is looked for, and only if the
    gateway knows of none and the customer still wants it is it asked for again."""
    deposit = auto.running
    if deposit is None:
        return
    if deposit.is_waiting and deposit.payment_id is None:
        if at - deposit.created_at < ASKED_AGAIN_AFTER:
            return
        try:
            payment = stripe_cards.find_charge(deposit=deposit)
        except (GatewayUnavailable, GatewayRefused):
            return
        if payment is None and _is_still_wanted(auto, deposit, at=at):
            pay(deposit=deposit, at=at)
            return
        given_up = Payment("", PaymentState.EXPIRED, deposit_id=deposit.pk)
        crediting.apply(payment or given_up, gateway=CODE, at=at)
        deposit.refresh_from_db()
    _end(auto_id=auto.pk, deposit=deposit, at=at)


def _is_still_wanted(auto: AutoTopUp, deposit: Deposit, *, at: datetime) -> bool:
    """Whether the card may still be charged for this top-up, under the key of its first attempt."""
    has_changed = auto.consent_at is None or auto.consent_at > deposit.created_at
    customer = auto.customer
    may_pay = customer.is_active and customer.frozen_at is None
    is_wanted = auto.is_on and auto.card.removed_at is None and may_pay
    return is_wanted and not has_changed and at - deposit.created_at < KEY_LIVES


def _end(*, auto_id: int, deposit: Deposit, at: datetime) -> None:
    """Frees the way for the next one; a payment that failed turns it off."""
    if deposit.is_waiting:
        return
    with transaction.atomic():
        auto = _locked(auto_id)
        if auto.running_id != deposit.pk:
            return
        auto.running = None
        auto.save(update_fields=["running"])
        if deposit.state == Deposit.State.FAILED:
            _turn_off(auto, trouble=deposit.trouble or _("The payment failed."), at=at)


def _turn_off(auto: AutoTopUp, *, trouble: str, at: datetime) -> None:
    auto.is_on = False
    auto.trouble = trouble[:200]
    auto.save(update_fields=["is_on", "trouble"])
    site = settings.SITE_URL.rstrip("/")
    mail.enqueue(
        key=f"auto-top-up:{auto.pk}:{at.isoformat()}",
        recipient=auto.customer.email,
        template="auto_top_up_off",
        context={
            "trouble": auto.trouble,
            "amount": display(auto.amount_micros),
            "top_up_url": site + reverse("wallet:top_up"),
            "automatic_url": site + reverse("wallet:automatic"),
        },
        at=at,
    )
