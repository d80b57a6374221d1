"""Bonuses on top-ups: what is offered, kept, given and let go (BON-01, BON-02).

What was shown before paying is what is given after. So a use of a promotion is kept for its top-up
when that is opened, and the figures of a promotion that was used do not change (wallet.admin). The
row of the promotion is the mutex of its limits: whoever counts uses has locked it, so that twenty
people with one single-use code get one bonus. Lock order: the top-up, the cash row, promotions by
their ids.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts import cases
from accounts.models import Case
from wallet import ledger
from wallet.lots.expiry import months_after
from wallet.models import BonusGrant, Deposit, Promotion, Redemption
from wallet.money import display, share_of

logger = logging.getLogger(__name__)

State = Redemption.State
# Uses that count against the limits.
_TAKEN = (State.RESERVED, State.GRANTED)
WHOLE_HUNDREDTHS = 100 * 100


class CodeRefused(Exception):
    """A promotion code that gives nothing here; `message` tells the customer why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Offer:
    """What a promotion adds to a top-up, in micros."""

    promotion: Promotion
    bonus_micros: int

    @property
    def name(self) -> str:
        return self.promotion.name


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a top-up's promotion: a bonus, or in words why none."""

    micros: int
    trouble: str

    @property
    def amount(self) -> str:
        return display(self.micros) if self.micros else ""


def clean_code(text: str) -> str:
    """A code as it is stored: people type it in any case and with blanks around it."""
    return text.strip().upper()


def offer_for(*, customer_id: int, amount_micros: int, code: str, at: datetime) -> Offer | None:
    """The best bonus that this customer gets on a top-up of this amount now, or None.

    Promotions without a code are for everybody; a typed one competes with them. Raises CodeRefused
    for a code that is unknown, over, used up, or asks for a larger top-up.
    """
    running = _running(code=code, at=at)
    return _best(running, customer_id=customer_id, amount_micros=amount_micros, code=code)


def reserve(*, deposit: Deposit, code: str, at: datetime) -> Offer | None:
    """Keeps the best bonus for a top-up that has just been opened. Raises CodeRefused.

    Runs in the transaction that opens it; locks every promotion that could be the best.
    """
    offer = _best(
        _running(code=code, at=at).select_for_update(of=("self",)),
        customer_id=deposit.customer_id,
        amount_micros=deposit.asked_micros,
        code=code,
    )
    if offer is not None:
        Redemption.objects.create(
            promotion=offer.promotion,
            customer_id=deposit.customer_id,
            deposit=deposit,
            created_at=at,
        )
    return offer


def grant(*, deposit: Deposit, at: datetime) -> BonusGrant | None:
    """Gives the bonus that was kept for a top-up which has just been credited, once.

    A share is of what was really received. Where no bonus comes of it, `trouble` of the redemption
    says why. Runs in the transaction of the credit, under the top-up's lock.
    """
    redemption = _locked(deposit)
    if redemption is None or redemption.state == State.GRANTED:
        return None
    if trouble := _why_not(redemption, deposit, at=at):
        _refuse(redemption, trouble)
        return None
    return _give(redemption, deposit, at=at)


def release(*, deposit: Deposit) -> None:
    """Lets the use go that was kept for a top-up which failed, expired or was cancelled."""
    kept = Redemption.objects.filter(deposit=deposit, state=State.RESERVED)
    kept.update(state=State.RELEASED)


def outcome_of(deposit: Deposit) -> Outcome:
    """For receipts; nothing of either for a top-up without a promotion."""
    grant = BonusGrant.objects.filter(deposit=deposit).first()
    redemption = Redemption.objects.filter(deposit=deposit).first()
    return Outcome(
        micros=grant.amount_micros if grant else 0,
        trouble=redemption.trouble if redemption else "",
    )


def bonus_of(promotion: Promotion, amount_micros: int) -> int:
    """Micros that a promotion adds to an amount; 0 if that is below its smallest top-up."""
    if amount_micros < promotion.minimum_micros:
        return 0
    bonus_micros = promotion.amount_micros
    if bonus_micros is None:
        share = promotion.percent_hundredths or 0
        bonus_micros = share_of(amount_micros=amount_micros, part=share, whole=WHOLE_HUNDREDTHS)
    most = promotion.most_micros
    return bonus_micros if most is None else min(bonus_micros, most)


def _running(*, code: str, at: datetime) -> QuerySet[Promotion]:
    """In the order of their ids, in which everybody locks them."""
    wanted = Q(code=None) | Q(code=clean_code(code)) if code else Q(code=None)
    has_begun = Q(is_on=True, starts_at__lte=at)
    is_not_over = Q(ends_at=None) | Q(ends_at__gt=at)
    return Promotion.objects.filter(wanted & has_begun & is_not_over).order_by("pk")


def _best(
    running: QuerySet[Promotion], *, customer_id: int, amount_micros: int, code: str
) -> Offer | None:
    found = list(running)
    if code and not any(promotion.code for promotion in found):
        raise CodeRefused(_("There is no such code now. Look at its spelling and its dates."))
    offers: list[Offer] = []
    for promotion in found:
        trouble = _trouble(promotion, customer_id=customer_id, amount_micros=amount_micros)
        if trouble is None:
            offers.append(Offer(promotion, bonus_of(promotion, amount_micros)))
        elif promotion.code:
            raise CodeRefused(trouble)
    return max(offers, key=lambda offer: offer.bonus_micros, default=None)


def _trouble(promotion: Promotion, *, customer_id: int, amount_micros: int) -> str | None:
    if not bonus_of(promotion, amount_micros):
        return _too_small(promotion)
    return _used_up(promotion, customer_id=customer_id)


def _too_small(promotion: Promotion) -> str:
    least = display(promotion.minimum_micros)
    return _("This promotion is for top-ups of %(least)s or more.") % {"least": least}


def _used_up(promotion: Promotion, *, customer_id: int) -> str | None:
    uses = Redemption.objects.filter(promotion=promotion, state__in=_TAKEN)
    own = uses.filter(customer_id=customer_id)
    most_own, most = promotion.per_customer_limit, promotion.total_limit
    if most_own is not None and own.count() >= most_own:
        if own.filter(state=State.RESERVED).exists():
            return _(
                "An unpaid top-up of yours keeps this bonus. Pay that one, or cancel it to use"
                " the bonus here."
            )
        return _("You have used this promotion already.")
    if most is not None and uses.count() >= most:
        return _("This promotion has been used up.")
    return None


def _locked(deposit: Deposit) -> Redemption | None:
    """The use that belongs to a top-up, with its promotion locked."""
    redemption = Redemption.objects.filter(deposit=deposit).first()
    if redemption is not None:
        rows = Promotion.objects.select_for_update()
        redemption.promotion = rows.get(pk=redemption.promotion_id)
    return redemption


def _why_not(redemption: Redemption, deposit: Deposit, *, at: datetime) -> str | None:
    promotion = redemption.promotion
    if redemption.state == State.RELEASED and (trouble := _gone(redemption, at=at)):
        return trouble
    if not bonus_of(promotion, deposit.amount_micros):
        return _too_small(promotion)
    if _is_abuse(redemption, deposit, at=at):
        return _("This card has been used for this promotion before.")
    return None


def _gone(redemption: Redemption, *, at: datetime) -> str | None:
    """A top-up that was given up and paid all the same tries again: why it comes too late."""
    promotion = redemption.promotion
    if not _running(code=promotion.code or "", at=at).filter(pk=promotion.pk).exists():
        return _("The promotion was over when the payment came.")
    return _used_up(promotion, customer_id=redemption.customer_id)


def _is_abuse(redemption: Redemption, deposit: Deposit, *, at: datetime) -> bool:
    """One promotion for one card, whoever's account pays with it (BON-02)."""
    if not deposit.card_fingerprint:
        return False
    others = Redemption.objects.filter(
        promotion=redemption.promotion,
        state=State.GRANTED,
        deposit__card_fingerprint=deposit.card_fingerprint,
    ).exclude(customer_id=redemption.customer_id)
    first = others.order_by("pk").first()
    if first is None:
        return False
    cases.raise_case(
        kind=Case.Kind.PROMOTION_ABUSE,
        key=deposit.reference,
        detail=(
            f"{redemption.promotion.name}: {deposit.reference} of user {deposit.customer_id} was"
            f" paid with the card of deposit:{first.deposit_id} of user {first.customer_id}."
        ),
        at=at,
    )
    return True


def _refuse(redemption: Redemption, trouble: str) -> None:
    logger.info("no bonus for deposit %s: %s", redemption.deposit_id, trouble)
    redemption.state, redemption.trouble = State.RELEASED, trouble[:200]
    redemption.save(update_fields=["state", "trouble"])


def _give(redemption: Redemption, deposit: Deposit, *, at: datetime) -> BonusGrant:
    promotion = redemption.promotion
    bonus_micros = bonus_of(promotion, deposit.amount_micros)
    months = promotion.valid_months
    given = BonusGrant.objects.create(
        customer_id=deposit.customer_id,
        kind=BonusGrant.Kind.CODE if promotion.code else BonusGrant.Kind.PROMOTION,
        amount_micros=bonus_micros,
        deposit=deposit,
        expires_at=None if months is None else months_after(at, months),
        created_at=at,
    )
    ledger.grant_bonus(
        customer_id=deposit.customer_id,
        amount_micros=bonus_micros,
        reference=given.reference,
        deposit=deposit.reference,
        at=at,
    )
    redemption.state = State.GRANTED
    redemption.save(update_fields=["state"])
    return given
