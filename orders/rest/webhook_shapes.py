"""What is sent and answered about webhooks in REST v3, and why it is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest.fields import Asked, Choice, Flag, Line, Moment, Text, Whole
from accounts.rest.problems import INCORRECT, Problem, Refusal
from orders.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from orders.refusals import RefusalCode
from orders.rest.problems import PROBLEMS
from orders.webhooks import addresses, endpoints, wording

UNKNOWN_WEBHOOK = Problem("unknown_webhook", 404, "You have no webhook of this number.")
UNKNOWN_MESSAGE = Problem("unknown_message", 404, "The webhook has no message of this number.")
TOO_MANY_WEBHOOKS = Problem("too_many_webhooks", 409, "Delete one that you need no more.")
SECRET_OVERLAPS = Problem(
    "secret_overlaps",
    409,
    "An older secret still signs. Wait for its end, or send `keep_hours` 0 to end it at once.",
)
WEBHOOK_OFF = Problem("webhook_off", 409, "Send `is_paused` false first: it is off.")
TOO_MANY_TESTS = Problem("too_many_tests", 409, "Enough for now: try again later.")
SANDBOX_KEY = Problem(
    "sandbox_key", 403, "Use a key of the account itself: of played orders nobody is told."
)
FROZEN = PROBLEMS[RefusalCode.FROZEN]
# Of one message in an answer that may hold a hundred.
MOST_TRIES = 20
MOST_KEEP_HOURS = endpoints.LONGEST_OVERLAP // timedelta(hours=1)


class WebhookAsked(Asked):
    """A webhook to be made."""

    name = Line(max_length=60, help_text="Only you see it.")
    url = Text(max_length=addresses.LONGEST, help_text="https:// with a valid certificate.")
    types = serializers.ListField(
        child=Choice(choices=list(endpoints.TYPES)),
        min_length=1,
        max_length=len(endpoints.TYPES),
        default=list(endpoints.PRESET_TYPES),
        help_text="What it is told of.",
    )


class WebhookChanges(Asked):
    """What is sent is changed, the rest stays."""

    name = Line(max_length=60, required=False)
    url = Text(max_length=addresses.LONGEST, required=False)
    types = serializers.ListField(
        child=Choice(choices=list(endpoints.TYPES)),
        min_length=1,
        max_length=len(endpoints.TYPES),
        required=False,
    )
    is_paused = Flag(required=False, help_text="false also turns on what was switched off.")


class WebhookSecretAsked(Asked):
    keep_hours = Whole(
        max_value=MOST_KEEP_HOURS, default=24, help_text="How long the old secret signs as well."
    )


class WebhookReplayAsked(Asked):
    since = Moment(help_text="What failed of the time since then is sent again.")


class WebhookAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()
    types = serializers.ListField(child=Choice(choices=list(endpoints.TYPES)))
    is_on = serializers.BooleanField(source="is_live")
    off_because = Choice(
        choices=WebhookEndpoint.Disabled.values, source="disabled_as", allow_blank=True
    )
    failing_since = Moment(allow_null=True)
    old_secret_until = Moment(allow_null=True)
    created_at = Moment()


class NewWebhookAnswer(WebhookAnswer):
    secret = serializers.CharField(help_text="Shown only now.")


class WebhookSecretAnswer(serializers.Serializer):
    secret = serializers.CharField(help_text="Shown only now.")


class WebhookTryAnswer(serializers.Serializer):
    at = Moment()
    http_status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(help_text="Why there was no answer.")
    took_ms = serializers.IntegerField()
    excerpt = serializers.CharField(help_text="The beginning of your server's answer.")


class WebhookMessageAnswer(serializers.Serializer):
    id = serializers.IntegerField()
    webhook_id = serializers.CharField(help_text="The header of this name.")
    content = serializers.SerializerMethodField(help_text="The body that is sent.")
    delivered_at = Moment(allow_null=True)
    given_up_at = Moment(allow_null=True)
    next_attempt_at = serializers.SerializerMethodField()
    tries = serializers.SerializerMethodField(help_text="The last ones, at most 20.")

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_content(self, message: WebhookMessage) -> dict[str, object]:
        return wording.content_of(message)

    @extend_schema_field({"type": "string", "format": "date-time", "nullable": True})
    def get_next_attempt_at(self, message: WebhookMessage) -> str | None:
        is_over = message.delivered_at is not None or message.given_up_at is not None
        return None if is_over else Moment().to_representation(message.next_attempt_at)

    @extend_schema_field(WebhookTryAnswer(many=True))
    def get_tries(self, message: WebhookMessage) -> list[dict[str, Any]]:
        tries: list[WebhookAttempt] = sorted(message.tries.all(), key=lambda one: one.pk)
        tries = tries[-MOST_TRIES:]
        found: list[dict[str, Any]] = WebhookTryAnswer(tries, many=True).data
        return found


class WebhookReplayAnswer(serializers.Serializer):
    messages = serializers.IntegerField(help_text="How many are sent again.")


def wrong_address(error: addresses.NotAnAddress | endpoints.AddressTaken) -> Refusal:
    return Refusal(INCORRECT, detail=str(error), errors={"url": str(error)})
