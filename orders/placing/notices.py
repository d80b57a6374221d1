"""What a customer is told before he orders a service, and what an order keeps of it (CAT-12)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from services.listing import DISCLOSURES
from services.models import Service


class Notice(StrEnum):
    RISK = "risk"
    AUTOMATED = "automated"
    INCENTIVISED = "incentivised"
    MIXED = "mixed"
    NOT_CANCELLED_ONCE_SENT = "not_cancelled_once_sent"
    NO_REFUND_ONCE_BEGUN = "no_refund_once_begun"
    NO_REFILL = "no_refill"
    PUBLIC_ONLY = "public_only"
    TRY_FEW = "try_few"


WORDS: dict[Notice, str | Promise] = {
    Notice.RISK: _(
        "The platform may act against what it does not allow: take it off again, restrict an "
        "account or close it. Nobody can rule that out. Read its rules."
    ),
    Notice.AUTOMATED: DISCLOSURES[Service.Delivery.AUTOMATED],
    Notice.INCENTIVISED: DISCLOSURES[Service.Delivery.INCENTIVISED],
    Notice.MIXED: DISCLOSURES[Service.Delivery.MIXED],
    Notice.NOT_CANCELLED_ONCE_SENT: _("Once it has begun it cannot be canceled."),
    Notice.NO_REFUND_ONCE_BEGUN: _(
        "If you have it stopped after it has begun, nothing of its price comes back."
    ),
    Notice.NO_REFILL: _("What drops later is not refilled."),
    Notice.PUBLIC_ONLY: _("Everybody must be able to open the link until the order is finished."),
    Notice.TRY_FEW: _("This is your first order of this service: try a small quantity first."),
}

# Changes with the sentences: an order says which ones its customer saw.
EDITION = 2


def shown_for(service: Service) -> list[Notice]:
    """What every customer of a service is told."""
    shown = [Notice.RISK, Notice(service.delivery)]
    if not service.can_cancel:
        shown.append(Notice.NOT_CANCELLED_ONCE_SENT)
    elif not service.can_partial:
        shown.append(Notice.NO_REFUND_ONCE_BEGUN)
    if not service.can_refill:
        shown.append(Notice.NO_REFILL)
    if not service.accepts_private_links:
        shown.append(Notice.PUBLIC_ONLY)
    return shown


def notices_of(service: Service, *, customer_id: int) -> dict[Notice, str]:
    """The sentences about one service, in the reader's language; with advice for a customer who
    has never ordered it (CAT-10)."""
    is_known = Order.objects.visible_to(customer_id).filter(service=service).exists()
    return words_of(shown_for(service) if is_known else shown_the_first_time(service))


def shown_the_first_time(service: Service) -> list[Notice]:
    return [*shown_for(service), Notice.TRY_FEW]


def words_of(shown: Iterable[Notice]) -> dict[Notice, str]:
    return {notice: str(WORDS[notice]) for notice in shown}


def kept_of(service: Service) -> dict[str, object]:
    """The same as an order keeps it beside its snapshot of the service."""
    return {"notices": " ".join(shown_for(service)), "notices_edition": EDITION}
