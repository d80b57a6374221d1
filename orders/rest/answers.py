"""An order and what is asked for after it, as REST v3 tells of them: what their customer's pages
show, and no provider's name, number or words (DEL-01)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest.fields import Choice, Moment
from orders.followups import reasons
from orders.models import FollowUp, Order, Role
from orders.placing.placement import Review
from orders.refusals import Tick
from orders.rest.words import PLAN_STATES, REQUEST_STATES, STATUSES, spelt, status_of
from orders.telling import CURRENCY, REQUEST_WORDS
from services.types import ServiceType
from wallet.rest.amounts import Amount

ROLES = list(Role.values)
EVENTS = ["step", "count", "money"]


class OrderAnswer(serializers.Serializer):
    """One order as it stands."""

    id = serializers.IntegerField()
    status = serializers.SerializerMethodField()
    service = serializers.IntegerField(source="service_id")
    service_name = serializers.SerializerMethodField(help_text="As it was when you ordered.")
    type = serializers.SerializerMethodField()
    link = serializers.CharField(help_text="Of a subscription the user name.")
    quantity = serializers.IntegerField(help_text="Of a drip-feed: in each run.")
    runs = serializers.IntegerField(allow_null=True)
    interval = serializers.IntegerField(
        source="interval_minutes", allow_null=True, help_text="Minutes between two runs."
    )
    parameters = serializers.DictField(help_text="What the service's type asked for.")
    charge = Amount(source="charge_micros", help_text="What it cost when you ordered.")
    refunded = Amount(source="refunded_micros", help_text="What came back since.")
    net_charge = Amount(source="net_charge_micros", help_text="What it costs now.")
    currency = serializers.SerializerMethodField()
    start_count = serializers.IntegerField(allow_null=True)
    delivered = serializers.SerializerMethodField()
    remains = serializers.SerializerMethodField()
    role = Choice(choices=ROLES, help_text="A run or a post is a part of its `parent`.")
    parent = serializers.IntegerField(source="parent_id", allow_null=True)
    idempotency_key = serializers.CharField(allow_null=True)
    created_at = Moment()
    started_at = Moment(allow_null=True, help_text="When the first units were seen.")
    finished_at = Moment(allow_null=True)

    @extend_schema_field({"type": "string", "enum": STATUSES})
    def get_status(self, order: Order) -> str:
        return status_of(order)

    def get_service_name(self, order: Order) -> str:
        return str(order.snapshot.get("name", ""))

    @extend_schema_field({"type": "string", "enum": ServiceType.values})
    def get_type(self, order: Order) -> str:
        return str(order.snapshot.get("type", ""))

    def get_currency(self, order: Order) -> str:
        return CURRENCY

    def get_delivered(self, order: Order) -> int:
        return order.delivered or 0

    def get_remains(self, order: Order) -> int:
        """Of a subscription without an end nothing is owed in advance."""
        if order.role == Role.SUBSCRIPTION and order.runs is None:
            return 0
        return order.units - (order.delivered or 0)


class EventAnswer(serializers.Serializer):
    """One line of an order's story."""

    at = Moment()
    kind = Choice(choices=EVENTS)
    text = serializers.CharField()


class PaymentAnswer(serializers.Serializer):
    """One line of an order's money; its number is that of the line in GET /statement."""

    id = serializers.IntegerField(source="transfer_id")
    at = Moment()
    amount = Amount(source="amount_micros", help_text="A charge is negative.")
    is_bonus = serializers.BooleanField()


class RequestAnswer(serializers.Serializer):
    """A refill or a cancel that you asked for."""

    id = serializers.IntegerField()
    order = serializers.IntegerField(source="order_id")
    status = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField(help_text="Why it ended so; empty until then.")
    created_at = Moment(source="asked_at")
    finished_at = Moment(source="ended_at", allow_null=True)

    @extend_schema_field({"type": "string", "enum": REQUEST_STATES})
    def get_status(self, request: FollowUp) -> str:
        return spelt(REQUEST_WORDS[request.state])

    def get_reason(self, request: FollowUp) -> str:
        return reasons.sentence(request.reason)


class PlanAnswer(serializers.Serializer):
    """How an order goes on by itself."""

    status = Choice(choices=PLAN_STATES, allow_null=True, help_text="Of a subscription.")
    orders = serializers.ListField(
        child=serializers.IntegerField(), help_text="Its runs or posts, at most 100, newest first."
    )
    posts = serializers.IntegerField(allow_null=True, help_text="New posts; null: no end.")
    expires_on = serializers.DateField(allow_null=True)
    next_run_at = Moment(allow_null=True)


class StoryAnswer(serializers.Serializer):
    """What `stories` tells."""

    explanation = serializers.CharField(help_text="What is going on, for people.")
    is_late = serializers.BooleanField()
    can_refill = serializers.BooleanField(help_text="Whether a refill can be asked for now.")
    can_cancel = serializers.BooleanField(help_text="Whether a cancel can be asked for now.")
    events = EventAnswer(many=True)
    payments = PaymentAnswer(many=True)
    refills = RequestAnswer(many=True)
    cancels = RequestAnswer(many=True)
    plan = PlanAnswer(allow_null=True)


class OrderDetailAnswer(StoryAnswer, OrderAnswer):
    """One order with its story. Read GET /orders instead where the state is enough."""


class CancelTakenAnswer(serializers.Serializer):
    """`cancel` is null where no request was needed: the order is canceled, or begins no further
    run."""

    is_canceled = serializers.BooleanField()
    cancel = RequestAnswer(allow_null=True)


class NoticeAnswer(serializers.Serializer):
    code = serializers.CharField()
    text = serializers.CharField()


class QuoteAnswer(serializers.Serializer):
    """What an order would cost. Nothing was ordered."""

    charge = Amount(source="quote.charge_micros")
    rate = Amount(source="quote.rate_micros")
    currency = serializers.SerializerMethodField()
    quantity = serializers.IntegerField(source="quote.quantity")
    runs = serializers.IntegerField(source="quote.runs", allow_null=True)
    must_allow_duplicate = serializers.SerializerMethodField(
        help_text="Whether it is taken with `allow_duplicate` alone."
    )
    running_order = serializers.SerializerMethodField(
        help_text="Your order that runs on the same link; null if none does."
    )
    notices = serializers.SerializerMethodField(help_text="What your own customers should read.")

    def get_currency(self, review: Review) -> str:
        return CURRENCY

    def get_must_allow_duplicate(self, review: Review) -> bool:
        return Tick.DUPLICATE in review.ticks

    def get_running_order(self, review: Review) -> int | None:
        return review.running_id or None

    @extend_schema_field(NoticeAnswer(many=True))
    def get_notices(self, review: Review) -> list[dict[str, str]]:
        return [{"code": str(code), "text": str(text)} for code, text in review.notices.items()]


class ResultAnswer(serializers.Serializer):
    """What became of one of several orders: `order` or `problem`, and the other is null."""

    status = serializers.IntegerField(help_text="As POST /orders would have answered.")
    order = OrderAnswer(allow_null=True)
    problem = serializers.DictField(allow_null=True)


class BatchAnswer(serializers.Serializer):
    results = ResultAnswer(many=True, help_text="In the order that was sent.")
