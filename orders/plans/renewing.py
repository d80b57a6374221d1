"""Placing what is repeated: at most one order for each period, never above what was agreed to.

The repeat's row is the mutex, UNIQUE(repeat, number) and the order's own key hold even without it
(SUB-02). What cannot be placed is tried again every day, and as soon as the balance covers it; a
month that went by unpaid is not charged afterwards. Sources: SUB-02 to SUB-07; docs/plans.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.formats import date_format

from accounts import mail, sweeps
from orders.models import Repeat, RepeatPeriod
from orders.placing.placement import place_order
from orders.plans.months import next_on
from orders.plans.repeats import quote_of, request_of
from orders.refusals import OrderRefused, RefusalCode
from services.pricing import Quote
from wallet.balances import spendable_micros
from wallet.money import display

State = Repeat.State
PER_SWEEP = 1000
TRIED_AGAIN_AFTER = timedelta(days=1)
# A higher price is told so long before the period that it would be charged for (SUB-07).
TOLD_BEFORE = timedelta(days=7)
PRICE = "price"
# What passes by itself soon: an order that is still running, a switch, a price of this moment.
_PASSING = (
    RefusalCode.DUPLICATE_LINK,
    RefusalCode.NOT_ACKNOWLEDGED,
    RefusalCode.SWITCHED_OFF,
    RefusalCode.PRICE_CHANGED,
)
_PASSES_AFTER = timedelta(minutes=10)
_UNPAID = (RefusalCode.NOT_ENOUGH_FUNDS, RefusalCode.IN_DEBT)


def renew_due(*, at: datetime) -> None:
    """What beat does: ends what was canceled, places what is due, what was never tried first."""
    over = Repeat.objects.filter(state=State.ENDING, paid_until__lte=at.date())
    over.update(state=State.ENDED, ended_at=at)
    waiting = RepeatPeriod.objects.filter(
        repeat=OuterRef("pk"), order=None, number=OuterRef("period") + 1, tried_at__isnull=False
    )
    due = Repeat.objects.due(at=at).filter(customer__is_active=True, customer__frozen_at=None)
    due = due.annotate(is_waiting=Exists(waiting)).order_by("is_waiting", "next_on")
    numbers = due.values_list("pk", flat=True)[:PER_SWEEP]
    sweeps.each("repeat order", numbers, lambda one: renew(repeat_id=one, at=at))


def renew(*, repeat_id: int, at: datetime) -> RepeatPeriod | None:
    """Places the order of the period that is due, or writes down why it cannot be; None when there
    is nothing to try now."""
    with transaction.atomic():
        repeat = _locked(repeat_id)
        if repeat.next_on is None or repeat.next_on > at.date():
            return None
        period = _period(repeat, at=at)
        if not _is_to_be_tried(repeat, period, at=at):
            return None
        period.tries, period.tried_at = period.tries + 1, at
        try:
            quote = quote_of(repeat.origin)
            if quote.charge_micros > repeat.agreed_charge_micros:
                _wait_for_consent(repeat, period, quote)
            else:
                _place(repeat, period, quote, at=at)
        except OrderRefused as refusal:
            _wait(repeat, period, refusal, at=at)
        period.save()
        repeat.save(update_fields=["state", "period", "next_on", "paid_until"])
    return period


def tell_prices(*, at: datetime) -> None:
    """What beat does every night: asks for consent to a higher price before the period that it
    would be charged for, once."""
    today = at.date()
    soon = Repeat.objects.filter(
        state=State.ACTIVE, next_on__gt=today, next_on__lte=today + TOLD_BEFORE
    )
    for repeat in soon.select_related("origin", "customer").order_by("pk").iterator():
        try:
            quote = quote_of(repeat.origin)
        except OrderRefused:
            continue
        if quote.charge_micros > repeat.agreed_charge_micros:
            _mail_price(repeat, number=repeat.period + 1, charge_micros=quote.charge_micros)


def _locked(repeat_id: int) -> Repeat:
    rows = Repeat.objects.select_related("origin", "customer")
    return rows.select_for_update(of=("self",)).get(pk=repeat_id)


def _period(repeat: Repeat, *, at: datetime) -> RepeatPeriod:
    """The period that is due; one that went by as a whole is left behind, unplaced."""
    due_on = repeat.next_on or at.date()
    following = next_on(after=due_on, anchor_day=repeat.anchor_day)
    while following <= at.date():
        RepeatPeriod.objects.get_or_create(
            repeat=repeat, number=repeat.period + 1, defaults={"due_on": due_on}
        )
        repeat.period, repeat.next_on = repeat.period + 1, following
        due_on, following = following, next_on(after=following, anchor_day=repeat.anchor_day)
    period, _is_new = RepeatPeriod.objects.get_or_create(
        repeat=repeat, number=repeat.period + 1, defaults={"due_on": due_on}
    )
    return period


def _is_to_be_tried(repeat: Repeat, period: RepeatPeriod, *, at: datetime) -> bool:
    if period.tried_at is None:
        return True
    if period.trouble in _UNPAID:
        # At once after a top-up, whichever way it came (SUB-05).
        balance = spendable_micros(customer_id=repeat.customer_id)
        if balance >= repeat.agreed_charge_micros:
            return True
    pause = _PASSES_AFTER if period.trouble in _PASSING else TRIED_AGAIN_AFTER
    return period.tried_at + pause <= at


def _place(repeat: Repeat, period: RepeatPeriod, quote: Quote, *, at: datetime) -> None:
    request = request_of(repeat, number=period.number, charge_micros=quote.charge_micros)
    placed = place_order(customer_id=repeat.customer_id, request=request, at=at)
    period.order_id, period.trouble = placed.order_id, ""
    repeat.period = period.number
    repeat.next_on = next_on(after=period.due_on, anchor_day=repeat.anchor_day)
    repeat.paid_until = repeat.next_on
    repeat.state = State.ACTIVE


def _wait(repeat: Repeat, period: RepeatPeriod, refusal: OrderRefused, *, at: datetime) -> None:
    period.trouble = refusal.code
    if refusal.code in _PASSING:
        return
    if refusal.code in _UNPAID:
        repeat.state = State.PAST_DUE
        _mail(
            repeat,
            period.number,
            "repeat_past_due",
            amount=display(repeat.agreed_charge_micros),
            top_up_url=_site() + reverse("wallet:top_up"),
            automatic_url=_site() + reverse("wallet:automatic"),
        )
    else:
        _mail(repeat, period.number, "repeat_waits", why=str(refusal.message))


def _wait_for_consent(repeat: Repeat, period: RepeatPeriod, quote: Quote) -> None:
    period.trouble = PRICE
    _mail_price(repeat, number=period.number, charge_micros=quote.charge_micros)


def _mail_price(repeat: Repeat, *, number: int, charge_micros: int) -> None:
    _mail(
        repeat,
        number,
        "repeat_price",
        old=display(repeat.agreed_charge_micros),
        new=display(charge_micros),
        day=date_format(repeat.next_on, "DATE_FORMAT") if repeat.next_on else "",
    )


def _mail(repeat: Repeat, number: int, template: str, **facts: str) -> None:
    """One mail of a kind for each period."""
    mail.enqueue(
        key=f"repeat:{repeat.pk}:{number}:{template}",
        recipient=repeat.customer.email,
        template=template,
        context={
            "service": repeat.origin.snapshot.get("name", ""),
            "link": repeat.link,
            "plans_url": _site() + reverse("orders:plan_list"),
            **facts,
        },
    )


def _site() -> str:
    return str(settings.SITE_URL).rstrip("/")
