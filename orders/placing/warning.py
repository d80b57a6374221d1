"""What has to be ticked before an order is taken, and what stands in its way for good.

Sources: ORD-09, ORD-10 (order.duplicate_policy), CAT-07; docs/placing.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from legal.policy import Policy
from orders.models import Order
from orders.placing.asking import OrderRequest
from orders.placing.checking import Wanted
from orders.placing.privacy import looks_private
from orders.placing.reading import Reading
from orders.refusals import OrderRefused, RefusalCode, Tick


@dataclass(frozen=True, slots=True)
class Warnings:
    """`ticks` are still to be set; `is_duplicate`: a second order on a link, knowingly."""

    ticks: Mapping[Tick, str] = field(default_factory=dict)
    running_id: int = 0
    is_duplicate: bool = False


def warnings_about(
    *, reading: Reading, wanted: Wanted, request: OrderRequest, policy: Policy
) -> Warnings:
    """Raises OrderRefused for a second order on a link where the terms forbid it."""
    ticks: dict[Tick, str] = {}
    running_id = reading.running.order_id if reading.running else 0
    is_duplicate = _is_duplicate(reading)
    if is_duplicate:
        words = duplicate_words(policy, running_id)
        if not request.accepts_duplicate:
            ticks[Tick.DUPLICATE] = words
    # A program reads no sentences: it is asked only for what changes its rights.
    if request.channel != Order.Channel.API:
        ticks |= _of_a_page(reading, wanted, running_id=0 if is_duplicate else running_id)
    unset = {tick: words for tick, words in ticks.items() if tick not in request.acknowledged}
    return Warnings(ticks=unset, running_id=running_id, is_duplicate=is_duplicate)


def _of_a_page(reading: Reading, wanted: Wanted, *, running_id: int) -> dict[Tick, str]:
    ticks: dict[Tick, str] = {}
    if running_id:
        ticks[Tick.SAME_CATEGORY] = _(
            "Order %(id)s of the same kind runs on this link. Their numbers cannot be told "
            "apart: I order all the same."
        ) % {"id": running_id}
    if not reading.service.accepts_private_links and looks_private(wanted.link.url):
        ticks[Tick.PRIVATE_LINK] = _(
            "This link looks private, and this service reaches only what everybody can open. I "
            "have looked: everybody can."
        )
    return ticks


def duplicate_words(policy: Policy, order_id: int) -> str:
    """The sentence to tick for a second order. Raises OrderRefused where there can be none."""
    match policy.order_duplicate_policy:
        case "block":
            raise duplicate_refused(order_id)
        case "warn":
            words = _(
                "Order %(id)s for this link is still running. Their numbers may not be told "
                "apart: I order all the same."
            )
        case _:
            words = _(
                "Order %(id)s for this link is still running. I order all the same, and nothing "
                "is paid back where one keeps the other from being delivered."
            )
    return words % {"id": order_id}


def duplicate_refused(order_id: int) -> OrderRefused:
    message = _("Order %(id)s for this link is still running. Wait until it is finished.")
    return OrderRefused(
        RefusalCode.DUPLICATE_LINK, message % {"id": order_id}, field="link", fact=order_id
    )


def not_acknowledged(warnings: Warnings) -> OrderRefused:
    """Asks for the ticks that are missing."""
    return OrderRefused(
        RefusalCode.NOT_ACKNOWLEDGED,
        _("Read what is said about this order and tick it."),
        field="link",
        fact=warnings.running_id,
        ticks=warnings.ticks,
    )


def _is_duplicate(reading: Reading) -> bool:
    return reading.running is not None and reading.running.service_id == reading.service.pk
