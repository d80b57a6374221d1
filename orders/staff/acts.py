"""Which acts an order allows this person right now: one list for the stuck queue and the order's
own page, so that neither offers what the act would refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from orders.ending import statuses
from orders.models import ACCEPTED, UNSENT, Order, Status
from orders.sending import rerouting


@dataclass(frozen=True, slots=True)
class Act:
    """A link to the page of an act, or with `is_post` a button that does it at once."""

    name: str
    label: str | Promise
    url: str
    is_post: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    label: str | Promise
    permission: str
    fits: Callable[[Order], bool]
    url: Callable[[Order], str]
    is_post: bool = False


def acts_for(*, order: Order, person: User) -> list[Act]:
    """The acts that the order's state and the person's permissions allow."""
    return [
        Act(name=rule.name, label=rule.label, url=rule.url(order), is_post=rule.is_post)
        for rule in _RULES
        if person.has_perm(rule.permission) and rule.fits(order)
    ]


def _page(name: str, *, fragment: str = "") -> Callable[[Order], str]:
    return lambda order: reverse(f"staff_orders:{name}", args=[order.pk]) + fragment


def _may_be_asked_about(order: Order) -> bool:
    """With a provider that can be asked: of our own work only its taker knows."""
    is_manual = order.provider is not None and order.provider.is_manual
    return order.status in ACCEPTED and order.external_id is not None and not is_manual


_RULES = (
    _Rule(
        name="decide",
        label=_("Decide"),
        permission="orders.resolve_uncertain",
        fits=lambda order: order.status == Status.UNCERTAIN,
        url=_page("order_detail", fragment="#decide"),
    ),
    _Rule(
        name="review",
        label=_("Review"),
        permission="orders.review_held",
        fits=lambda order: order.status == Status.HELD,
        url=_page("review"),
    ),
    _Rule(
        name="reroute",
        label=_("Change the provider"),
        permission="orders.resolve_uncertain",
        fits=rerouting.may_reroute,
        url=_page("reroute"),
    ),
    _Rule(
        name="ask",
        label=_("Ask the provider now"),
        permission="orders.view_submission",
        fits=_may_be_asked_about,
        url=_page("ask"),
        is_post=True,
    ),
    _Rule(
        name="status",
        label=_("Set the status"),
        permission=statuses.SETTING,
        fits=lambda order: bool(statuses.settable(order)),
        url=_page("set_status"),
    ),
    _Rule(
        name="deny",
        label=_("Cancel without a refund"),
        permission="orders.cancel_without_refund",
        fits=lambda order: order.status in UNSENT,
        url=_page("deny"),
    ),
)
