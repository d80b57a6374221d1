"""Every address of the panel, from Django's own resolver, with somebody's row filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver

from orders.followups import withdrawing
from orders.models import Order
from services.models import PriceEdit, PriceRule, Sync
from services.updates import mailing
from tests.security.world import ALICE, World

MISSING = 2_000_000_000
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
_CONVERTER = re.compile(r"<\w+:")
_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\\.)*\)")
_OF_A_MODEL = re.compile(r"admin/([a-z]+)/([a-z]+)/(?=$|add|<)")


@dataclass(frozen=True)
class Target:
    """An address. `key` is its name; of an unnamed route, or a name's second one, the route."""

    key: str
    route: str

    @property
    def arguments(self) -> list[str]:
        return _ARGUMENT.findall(self.route)

    @property
    def model(self) -> str | None:
        """The model that an admin page is about ("services_service")."""
        found = _OF_A_MODEL.match(self.route)
        return f"{found[1]}_{found[2]}" if found else None

    def path(self, world: World) -> str:
        return self._filled(_arguments(self, world))

    def missing_path(self) -> str:
        """The same address with the number of nothing."""
        return self._filled({name: str(MISSING) for name in self.arguments})

    def _filled(self, values: dict[str, str]) -> str:
        return "/" + _ARGUMENT.sub(lambda found: values[found[1]], self.route)


def every_target() -> list[Target]:
    """All routes that can be reached: of two equal ones the resolver takes the first."""
    targets: dict[str, Target] = {}
    routes: set[str] = set()
    for name, route in _walk(get_resolver()):
        if route not in routes:
            key = name if name and name not in targets else _CONVERTER.sub("<", route)
            targets[key] = Target(key=key, route=route)
        routes.add(route)
    return list(targets.values())


def _walk(resolver: URLResolver, space: str = "", before: str = "") -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        route = before + _plain(str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}" if pattern.name else "", route
        else:
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern, inner, route)


def _plain(pattern: str) -> str:
    """A route written as a regular expression, as if it were a path with converters."""
    return _GROUP.sub(r"<\1>", pattern.removeprefix("^").removesuffix("$"))


def _arguments(target: Target, world: World) -> dict[str, str]:
    values: dict[str, object] = {
        "order_id": world.order.pk,
        "ticket_id": world.ticket.pk,
        "deposit_id": world.deposit.pk,
        "card_id": world.card.pk,
        "withdrawal_id": world.withdrawal.pk,
        "payout_id": world.withdrawal.payouts.get().pk,
        "decision_id": world.decision.pk,
        "claim_id": world.claim.pk,
        "follow_up_id": world.follow_up.pk,
        "proposal_id": world.proposal.pk,
        "repeat_id": world.repeat.pk,
        "endpoint_id": world.message.endpoint_id,
        "webhook_id": world.message.endpoint_id,
        "message_id": world.message.pk,
        "dispute_id": world.rows["wallet_dispute"],
        "warning_id": world.rows["wallet_fraudwarning"],
        "unmatched_id": world.rows["wallet_unmatchedpayment"],
        "customer_id": world.people[ALICE].pk,
        "service_id": world.service.pk,
        "provider_id": world.rows["services_provider"],
        "rule_id": PriceRule.objects.get().pk,
        "edit_id": PriceEdit.objects.get().pk,
        "offer_id": world.service.provider_service_id,
        "sync_id": Sync.objects.get().pk,
        "pk": world.key.pk if "api-keys" in target.route else world.people[ALICE].pk,
        "id": world.people[ALICE].pk,
        "slug": "terms",
        "number": 1,
        "part": "orders",
        "since": 1,
        "uidb36": "1",
        "key": "a-b",
        "content_type_id": ContentType.objects.get_for_model(Order).pk,
        "object_id": world.rows.get(target.model or "", world.order.pk),
        "app_label": "services",
        "token": _token(target, world),
        "kind": "prices",
        "url": "no-such-page/",
        "operator_key_id": world.operator_key.pk,
        "refill_id": world.follow_up.pk,
        "cancel_id": world.follow_up.pk,
    }
    return {name: str(values[name]) for name in target.arguments}


def _token(target: Target, world: World) -> str:
    if target.key == "services:update_stop":
        return mailing.stop_link(world.people[ALICE].pk).rstrip("/").rpartition("/")[2]
    return withdrawing.token_for(world.order)
