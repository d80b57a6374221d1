"""The orders that a provider makes by itself for the posts of a subscription.

A number in a subscription's report is no order yet: it is asked about first, outside any
transaction, and becomes one once the provider knows it. What it then says of its quantity is what
is charged; where it says nothing, the most per post, which the customer agreed to pay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import cases, mail
from accounts.models import Case
from legal.terms import policy_of
from orders import lifecycle
from orders.models import FollowUp, Order, OrderEvent, Role, Subscription
from orders.plans.asking import ask_to_stop
from orders.plans.children import make_post
from services import costs
from services.endpoints import dialect_of, endpoint_of
from services.models import Provider, Service
from services.pricing import charge_of
from services.providers import client
from services.providers.errors import ProviderError
from services.providers.fields import EXTERNAL_ID
from services.providers.reports import Report
from services.types import ServiceType
from wallet import ledger
from wallet.money import display

ASKED_AGAIN_AFTER = timedelta(minutes=1)
# Of those that are named in one report; the rest comes with the next look.
MOST_AT_ONCE = 100
UNPAID, ASKED = "funds", "asked"
# Pauses of ours, which last until the provider has stopped.
OURS = (UNPAID, ASKED)
OVER = (
    Subscription.State.COMPLETED,
    Subscription.State.EXPIRED,
    Subscription.State.CANCELED,
)


class NotAnswered(Exception):
    """The provider did not tell anything about the new posts."""


@dataclass(frozen=True, slots=True)
class Post:
    """A number that the provider knows; `quantity` is None where it does not say."""

    external_id: str
    quantity: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """What the provider says of the new numbers in `reported`; `is_all` is False where more of
    them are left for the next look."""

    reported: Mapping[str, object]
    readable: list[Post]
    unreadable: list[str]
    is_all: bool = True


def read_new(*, order_id: int) -> Found:
    """What the provider says of the numbers in a subscription's report that are new to us. May use
    the network. Raises NotAnswered."""
    subscription = Subscription.objects.select_related("order").get(order=order_id)
    parent = subscription.order
    named = [str(number) for number in subscription.reported.get("orders", [])]
    known = set(parent.children.values_list("external_id", flat=True)) | {parent.external_id}
    fresh = [number for number in dict.fromkeys(named) if number not in known]
    usable = [number for number in fresh if EXTERNAL_ID.fullmatch(number)]
    readable: list[Post] = []
    unreadable: list[str] = []
    if usable and parent.provider_id is not None:
        provider = Provider.objects.get(pk=parent.provider_id)
        readable, unreadable = _ask(provider, usable[:MOST_AT_ONCE])
    return Found(
        reported=subscription.reported,
        readable=readable,
        unreadable=unreadable,
        is_all=len(usable) <= MOST_AT_ONCE,
    )


def _ask(provider: Provider, numbers: list[str]) -> tuple[list[Post], list[str]]:
    try:
        answers = client.statuses(
            endpoint_of(provider), external_ids=numbers, dialect=dialect_of(provider)
        )
    except ProviderError as error:
        raise NotAnswered from error
    readable, unreadable = [], []
    for number in numbers:
        answer = answers[number]
        if isinstance(answer, Report):
            readable.append(Post(external_id=number, quantity=answer.quantity))
        else:
            unreadable.append(number)
    return readable, unreadable


def take(*, order_id: int, post: Post, at: datetime) -> Order | None:
    """Makes the order of a new post, and charges for it where posts are not paid for in advance.

    None when it is there already, or when the number is another order's, which staff are told.
    """
    with transaction.atomic():
        parent = Order.objects.select_for_update().get(pk=order_id, role=Role.SUBSCRIPTION)
        if parent.children.filter(external_id=post.external_id).exists():
            return None
        subscription = Subscription.objects.get(order=parent)
        charge_micros = _charge(parent, subscription, post, at=at)
        try:
            child = _insert(parent, subscription, post, charge_micros=charge_micros, at=at)
        except (ledger.InsufficientFunds, ledger.InDebt):
            _pause(parent, subscription, charge_micros=charge_micros, at=at)
            child = _insert(parent, subscription, post, charge_micros=0, at=at)
        if child is None:
            return None
        if parent.runs is None and child.charge_micros == 0 < charge_micros:
            _note_unpaid(child, at=at)
        if charge_micros:
            _tell_loss(parent, at=at)
        subscription.posts_seen = child.run_number or 0
        subscription.save(update_fields=["posts_seen"])
    return child


def _quantity(parent: Order, post: Post) -> int:
    """Never above the most that was agreed to."""
    if post.quantity is None or not 1 <= post.quantity <= parent.quantity:
        return parent.quantity
    return post.quantity


def _charge(parent: Order, subscription: Subscription, post: Post, *, at: datetime) -> int:
    """Micros for a post that its subscription has not paid for already. Once it was to stop, for
    whatever reason, what still comes is the house's."""
    if parent.runs is not None or not _is_wanted(parent, subscription, at=at):
        return 0
    return charge_of(
        type_name=ServiceType.DEFAULT,
        rate_micros=parent.rate_micros,
        quantity=_quantity(parent, post),
        runs=None,
    )


def _is_wanted(parent: Order, subscription: Subscription, *, at: datetime) -> bool:
    """A pause of the provider's own is no reason to give a post away: what it brings was asked
    for. The last day ends wherever on earth the customer lives."""
    is_past = subscription.expires_on is not None and (
        at.date() > subscription.expires_on + timedelta(days=1)
    )
    is_over = subscription.state in OVER or parent.is_final or is_past
    return not is_over and subscription.pause_reason != UNPAID and not _was_to_stop(parent)


def _was_to_stop(parent: Order) -> bool:
    """Whoever asked for the cancel, and whatever became of it: it ends the customer's consent to
    pay for posts. The order's lock is held, so that it came before this post or after it. Who is
    not active cannot ask, and may not order."""
    is_asked = parent.follow_ups.filter(kind=FollowUp.Kind.CANCEL).exists()
    return is_asked or not parent.customer.is_active


def _insert(
    parent: Order, subscription: Subscription, post: Post, *, charge_micros: int, at: datetime
) -> Order | None:
    """The order and its charge, or neither. Raises InsufficientFunds, InDebt."""
    try:
        with transaction.atomic():
            child = make_post(
                parent=parent,
                number=subscription.posts_seen + 1,
                external_id=post.external_id,
                quantity=_quantity(parent, post),
                charge_micros=charge_micros,
                at=at,
            )
            if charge_micros:
                ledger.hold_for_order(
                    customer_id=parent.customer_id,
                    charge_micros=charge_micros,
                    reference=child.reference,
                    at=at,
                    spend_order=policy_of(parent.publication_id).wallet_spend_order,
                )
    except IntegrityError as error:
        if "upstream_once" not in str(error):
            raise
        detail = f"the provider names {post.external_id} as a post: it is another order's number"
        cases.raise_case(kind=Case.Kind.ORDER_REVIEW, key=parent.reference, detail=detail, at=at)
        return None
    return child


def _pause(parent: Order, subscription: Subscription, *, charge_micros: int, at: datetime) -> None:
    """No further post is ordered as far as it is ours to say: the provider is asked once, and
    nobody owes for what comes until it has stopped."""
    subscription.state = Subscription.State.PAUSED
    subscription.pause_reason = UNPAID
    subscription.save(update_fields=["state", "pause_reason"])
    ask_to_stop(order=parent, at=at)
    detail = {"reason": "subscription_paused", "amount_micros": charge_micros}
    lifecycle.record(order=parent, kind=OrderEvent.Kind.PLAN, detail=detail, at=at)
    cases.raise_case(
        kind=Case.Kind.ORDER_REVIEW,
        key=parent.reference,
        detail="a subscription without funds: see that the provider stops it",
        at=at,
    )
    site = settings.SITE_URL.rstrip("/")
    mail.enqueue(
        key=f"{parent.reference}:paused",
        recipient=parent.customer.email,
        template="subscription_paused",
        context={
            "number": parent.pk,
            "username": subscription.username,
            "amount": display(charge_micros),
            "url": site + parent.get_absolute_url(),
        },
        at=at,
    )


def _tell_loss(parent: Order, *, at: datetime) -> None:
    """The post is there and its price was agreed to: what is left is that staff hear of it."""
    service = parent.service
    offer = parent.offer or service.provider_service
    if offer is None or service.below_cost == Service.BelowCost.ALLOW:
        return
    if not costs.is_covered(offer, parent.rate_micros):
        cases.raise_case(
            kind=Case.Kind.BELOW_COST,
            key=f"service:{service.pk}",
            detail=f"{parent.reference}: its posts cost more than was agreed to",
            at=at,
        )


def _note_unpaid(child: Order, *, at: datetime) -> None:
    detail = {"reason": "not charged: no funds"}
    lifecycle.record(order=child, kind=OrderEvent.Kind.FLAGGED, detail=detail, at=at)
