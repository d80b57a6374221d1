"""Webhooks of REST v3: what the pages do under /account/webhooks/, for programs that set up
themselves (docs/webhooks.md). A secret is in the answer that makes it, and in no other."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.describing import operation
from accounts.rest.paging import PageAsked, lowest_first, newest_first, page_answer
from accounts.rest.problems import Refusal
from accounts.rest.views import RestView, paged
from orders.models import WebhookEndpoint, WebhookMessage
from orders.rest.webhook_shapes import (
    FROZEN,
    SANDBOX_KEY,
    SECRET_OVERLAPS,
    TOO_MANY_TESTS,
    TOO_MANY_WEBHOOKS,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    WEBHOOK_OFF,
    NewWebhookAnswer,
    WebhookAnswer,
    WebhookAsked,
    WebhookChanges,
    WebhookMessageAnswer,
    WebhookReplayAnswer,
    WebhookReplayAsked,
    WebhookSecretAnswer,
    WebhookSecretAsked,
    wrong_address,
)
from orders.webhooks import addresses, endpoints, messages


class WebhookBase(RestView):
    def initial(self, request: Request, *args: object, **named: object) -> None:
        super().initial(request, *args, **named)
        if self.caller.is_sandbox:
            raise Refusal(SANDBOX_KEY)

    def own(self, webhook_id: int) -> WebhookEndpoint:
        """Raises Refusal."""
        endpoint = WebhookEndpoint.objects.of(self.customer_id).filter(pk=webhook_id).first()
        if endpoint is None:
            raise Refusal(UNKNOWN_WEBHOOK)
        return endpoint

    def message(self, webhook_id: int, message_id: int) -> WebhookMessage:
        """Raises Refusal."""
        found = self.own(webhook_id).messages.filter(pk=message_id).first()
        if found is None:
            raise Refusal(UNKNOWN_MESSAGE)
        return found


class WebhooksView(WebhookBase):
    @operation(
        "list_webhooks",
        query=PageAsked,
        answers={200: page_answer(WebhookAnswer)},
        refusals=[SANDBOX_KEY],
    )
    def get(self, request: Request) -> Response:
        """Your webhooks."""
        mine = WebhookEndpoint.objects.of(self.customer_id)
        return paged(lowest_first(mine, of="webhooks", asked=self.query), WebhookAnswer)

    @operation(
        "create_webhook",
        asked=WebhookAsked,
        answers={201: NewWebhookAnswer},
        refusals=[SANDBOX_KEY, TOO_MANY_WEBHOOKS, FROZEN],
    )
    def post(self, request: Request) -> Response:
        """Have a server of yours told of what happens to your orders."""
        try:
            endpoint, secret = endpoints.create(
                customer_id=self.customer_id, at=self.at, **self.body
            )
        except (addresses.NotAnAddress, endpoints.AddressTaken) as error:
            raise wrong_address(error) from error
        except endpoints.TooManyEndpoints:
            raise Refusal(TOO_MANY_WEBHOOKS) from None
        except endpoints.AccountFrozen:
            raise Refusal(FROZEN) from None
        answer = WebhookAnswer(endpoint).data | {"secret": secret}
        return Response(answer, status=HTTPStatus.CREATED)


class WebhookView(WebhookBase):
    @operation(
        "read_webhook", answers={200: WebhookAnswer}, refusals=[SANDBOX_KEY, UNKNOWN_WEBHOOK]
    )
    def get(self, request: Request, webhook_id: int) -> Response:
        """One webhook, without its secret."""
        return Response(WebhookAnswer(self.own(webhook_id)).data)

    @operation(
        "change_webhook",
        asked=WebhookChanges,
        answers={200: WebhookAnswer},
        refusals=[SANDBOX_KEY, UNKNOWN_WEBHOOK],
    )
    def patch(self, request: Request, webhook_id: int) -> Response:
        """Change, pause or turn on a webhook."""
        endpoint, wanted = self.own(webhook_id), dict(self.body)
        is_paused = wanted.pop("is_paused", None)
        now = {"name": endpoint.name, "url": endpoint.url, "types": endpoint.types}
        try:
            endpoints.change(endpoint=endpoint, at=self.at, **now | wanted)
        except (addresses.NotAnAddress, endpoints.AddressTaken) as error:
            raise wrong_address(error) from error
        if is_paused is True:
            endpoints.pause(endpoint=endpoint, at=self.at)
        elif is_paused is False:
            endpoints.resume(endpoint=endpoint)
        return Response(WebhookAnswer(self.own(webhook_id)).data)

    @operation("delete_webhook", answers={204: None}, refusals=[SANDBOX_KEY, UNKNOWN_WEBHOOK])
    def delete(self, request: Request, webhook_id: int) -> Response:
        """Delete a webhook with the log of its messages."""
        endpoints.delete(endpoint=self.own(webhook_id))
        return Response(status=HTTPStatus.NO_CONTENT)


class WebhookSecretView(WebhookBase):
    @operation(
        "rotate_webhook_secret",
        asked=WebhookSecretAsked,
        answers={201: WebhookSecretAnswer},
        refusals=[SANDBOX_KEY, UNKNOWN_WEBHOOK, SECRET_OVERLAPS],
    )
    def post(self, request: Request, webhook_id: int) -> Response:
        """Replace the secret. For `keep_hours` each message is signed with both."""
        endpoint, keep = self.own(webhook_id), timedelta(hours=self.body["keep_hours"])
        try:
            secret = endpoints.rotate(endpoint=endpoint, keep=keep, at=self.at)
        except endpoints.NotRotatable:
            raise Refusal(SECRET_OVERLAPS) from None
        return Response({"secret": secret}, status=HTTPStatus.CREATED)


class WebhookTestView(WebhookBase):
    @operation(
        "test_webhook",
        answers={202: WebhookMessageAnswer},
        refusals=[SANDBOX_KEY, UNKNOWN_WEBHOOK, WEBHOOK_OFF, TOO_MANY_TESTS],
    )
    def post(self, request: Request, webhook_id: int) -> Response:
        """Send a message of type `webhook.test`. Its number leads to what came back."""
        try:
            message = messages.send_test(endpoint=self.own(webhook_id), at=self.at)
        except messages.NotSending:
            raise Refusal(WEBHOOK_OFF) from None
        except messages.AskedTooOften:
            raise Refusal(TOO_MANY_TESTS) from None
        return Response(WebhookMessageAnswer(message).data, status=HTTPStatus.ACCEPTED)


class MessagesView(WebhookBase):
    @operation(
        "list_webhook_messages",
        query=PageAsked,
        answers={200: page_answer(WebhookMessageAnswer)},
        refusals=[SANDBOX_KEY, UNKNOWN_WEBHOOK],
    )
    def get(self, request: Request, webhook_id: int) -> Response:
        """What was sent or waits, newest first, for 30 days."""
        found = self.own(webhook_id).messages.prefetch_related("tries")
        page = newest_first(found, of=f"messages{webhook_id}", asked=self.query)
        return paged(page, WebhookMessageAnswer)


class MessageView(WebhookBase):
    @operation(
        "read_webhook_message",
        answers={200: WebhookMessageAnswer},
        refusals=[SANDBOX_KEY, UNKNOWN_WEBHOOK, UNKNOWN_MESSAGE],
    )
    def get(self, request: Request, webhook_id: int, message_id: int) -> Response:
        """One message with its tries."""
        return Response(WebhookMessageAnswer(self.message(webhook_id, message_id)).data)


class MessageReplayView(WebhookBase):
    @operation(
        "replay_webhook_message",
        answers={202: WebhookMessageAnswer},
        refusals=[SANDBOX_KEY, UNKNOWN_WEBHOOK, UNKNOWN_MESSAGE, WEBHOOK_OFF, TOO_MANY_TESTS],
    )
    def post(self, request: Request, webhook_id: int, message_id: int) -> Response:
        """Send a message once more, under the same `webhook_id`, or try a waiting one now."""
        try:
            messages.replay(message=self.message(webhook_id, message_id), at=self.at)
        except messages.NotSending:
            raise Refusal(WEBHOOK_OFF) from None
        except messages.AskedTooOften:
            raise Refusal(TOO_MANY_TESTS) from None
        again = WebhookMessageAnswer(self.message(webhook_id, message_id)).data
        return Response(again, status=HTTPStatus.ACCEPTED)


class WebhookReplayView(WebhookBase):
    @operation(
        "replay_failed_webhook_messages",
        asked=WebhookReplayAsked,
        answers={202: WebhookReplayAnswer},
        refusals=[SANDBOX_KEY, UNKNOWN_WEBHOOK, WEBHOOK_OFF, TOO_MANY_TESTS],
    )
    def post(self, request: Request, webhook_id: int) -> Response:
        """Send again whatever was tried without success since a time."""
        try:
            count = messages.replay_failed(
                endpoint=self.own(webhook_id), since=self.body["since"], at=self.at
            )
        except messages.NotSending:
            raise Refusal(WEBHOOK_OFF) from None
        except messages.AskedTooOften:
            raise Refusal(TOO_MANY_TESTS) from None
        return Response({"messages": count}, status=HTTPStatus.ACCEPTED)
