"""What a ticket and its messages look like to programs, and what they send."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest.fields import Asked, Choice, Moment, Text, Whole
from accounts.rest.paging import PageAsked
from tickets.forms import LONGEST_TEXT
from tickets.models import Message, Ticket

WRITERS = ["you", "support"]
TOPICS, STATUSES = list(Ticket.Topic.values), list(Ticket.State.values)


class TicketMessageAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    writer = serializers.SerializerMethodField()
    text = serializers.CharField()
    created_at = Moment()

    @extend_schema_field({"type": "string", "enum": WRITERS})
    def get_writer(self, message: Message) -> str:
        return WRITERS[message.is_from_staff]


class TicketAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    topic = Choice(choices=TOPICS)
    subject = serializers.CharField()
    status = Choice(source="state", choices=STATUSES)
    order = serializers.IntegerField(source="order_id", allow_null=True)
    created_at = Moment()
    closed_at = Moment(allow_null=True)


class TicketDetailAnswer(TicketAnswer):
    """A ticket with all that was written, oldest first."""

    messages = TicketMessageAnswer(source="messages.all", many=True)


class TicketsAsked(PageAsked):
    status = Choice(choices=STATUSES, required=False)


class TicketAsked(Asked):
    """A new ticket."""

    topic = Choice(choices=TOPICS)
    subject = Text(max_length=120)
    text = Text(max_length=LONGEST_TEXT)
    order = Whole(required=False, min_value=1, help_text="With the topic `order`: its number.")
    plan = Text(
        required=False,
        max_length=60,
        help_text="With the topic `plan`: what is to be canceled, such as `order:17`.",
    )


class TicketMessageAsked(Asked):
    text = Text(max_length=LONGEST_TEXT)
