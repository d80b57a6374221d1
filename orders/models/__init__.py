"""The tables of orders, one module per matter."""

from orders.models.availability import ApiProbe
from orders.models.claims import Claim, Proposal
from orders.models.clocks import Clock, ClockQuerySet
from orders.models.events import OrderEvent
from orders.models.followups import FollowUp
from orders.models.open_counts import OpenCount
from orders.models.orders import Order, OrderQuerySet
from orders.models.plans import DripFeed, Repeat, RepeatPeriod, Subscription
from orders.models.sandbox import SandboxOrder, SandboxOrderQuerySet, SandboxRequest
from orders.models.screening import BlockedTerm
from orders.models.states import (
    ACCEPTED,
    ASKED_FOR,
    FINAL,
    RUNNING,
    SENT,
    UNSENT,
    Role,
    Status,
)
from orders.models.submissions import Orphan, Submission, SubmissionQuerySet
from orders.models.webhooks import (
    WebhookAttempt,
    WebhookEndpoint,
    WebhookEndpointQuerySet,
    WebhookMessage,
    WebhookMessageQuerySet,
    WebhookType,
)

__all__ = [
    "ACCEPTED",
    "ASKED_FOR",
    "FINAL",
    "RUNNING",
    "SENT",
    "UNSENT",
    "ApiProbe",
    "BlockedTerm",
    "Claim",
    "Clock",
    "ClockQuerySet",
    "DripFeed",
    "FollowUp",
    "OpenCount",
    "Order",
    "OrderEvent",
    "OrderQuerySet",
    "Orphan",
    "Proposal",
    "Repeat",
    "RepeatPeriod",
    "Role",
    "SandboxOrder",
    "SandboxOrderQuerySet",
    "SandboxRequest",
    "Status",
    "Submission",
    "SubmissionQuerySet",
    "Subscription",
    "WebhookAttempt",
    "WebhookEndpoint",
    "WebhookEndpointQuerySet",
    "WebhookMessage",
    "WebhookMessageQuerySet",
    "WebhookType",
]
