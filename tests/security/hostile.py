"""Markup in every text of the panel, through the acts that would bring it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from accounts import api_keys, cases
from accounts.acts import log_act
from accounts.models import ApiKey, Case, KillSwitch, OutboundMail, User
from legal import acceptance
from legal.models import Acceptance
from orders import lifecycle
from orders.models import Order, Status, Submission
from orders.sending import doubts
from services.models import Category, Platform, Provider, Service
from tests import cast, factories
from tests.tickets.corpus import MARKUP
from tests.tickets.rows import open_one
from tickets.models import Ticket
from wallet.models import GatewayEvent

ALL = "\n".join(MARKUP)


def pieces(limit: int) -> list[str]:
    """The whole corpus in texts of one line and of at most so many characters."""
    found = [""]
    for markup in (" ".join(markup.split()) for markup in MARKUP):
        joined = f"{found[-1]} {markup}".strip()
        if len(joined) <= limit:
            found[-1] = joined
        elif len(markup) <= limit:
            found.append(markup)
    return found


@dataclass
class Hostile:
    """Who wrote it, who reads it, and the rows it stands in."""

    mallory: User
    sam: User
    root: User
    tickets: list[Ticket] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)


def plant(at: datetime) -> Hostile:
    with transaction.atomic():
        found = Hostile(cast.person("mallory"), cast.person("sam", group="Support"), _root())
        _people(found, at)
        _catalogue(found)
        _orders(found, at)
        _tickets(found, at)
        _desk(found, at)
    return found


def uproot(found: Hostile) -> None:
    """Take the catalogue off sale and lift the switch: others use the same panel."""
    Service.objects.filter(pk__in=[one.pk for one in found.services]).update(is_active=False)
    KillSwitch.objects.filter(pk=found.rows["killswitch"]).delete()


def _root() -> User:
    root = cast.person("root")
    root.is_staff = root.is_superuser = True
    root.save()
    return root


def _people(found: Hostile, at: datetime) -> None:
    """An address may be quoted, so it holds markup; a browser's name is whatever it says."""
    User.objects.create_user(EMAIL, standing="suspended", standing_reason=pieces(200)[0])
    for name in pieces(60)[:8]:
        api_keys.create(user=found.mallory, name=name, scope=ApiKey.Scope.READ, at=at)
    accepted = acceptance.record(
        user=found.mallory,
        point=Acceptance.Point.REGISTRATION,
        channel=Acceptance.Channel.WEB,
        at=at,
        ip="203.0.113.1",
        user_agent=pieces(400)[0],
    )
    found.rows["acceptance"] = accepted[0].pk


EMAIL = '"<svg/onload=alert(1)>"@example.com'


def _catalogue(found: Hostile) -> None:
    provider = factories.provider(
        name=pieces(60)[0], paused_at="2026-01-01T00:00Z", pause_reason=pieces(200)[1]
    )
    found.rows["provider"] = provider.pk
    names, categories = pieces(200), pieces(120)
    for number, name in enumerate(names):
        platform, _ = Platform.objects.get_or_create(
            name=pieces(60)[number], defaults={"position": 0}
        )
        category = Category.objects.create(
            platform=platform, name=categories[number % len(categories)], position=number
        )
        service = factories.service(
            category=category,
            name=name,
            description=ALL,
            link_example=name[:200],
            provider_service=factories.offer(provider=provider, name=name),
        )
        found.services.append(service)


def _orders(found: Hostile, at: datetime) -> None:
    """Links with markup; and a provider that answers with it, which nobody can make out."""
    provider = Provider.objects.get(pk=found.rows["provider"])
    excerpts = pieces(480)
    for number, service in enumerate(found.services):
        markup = "%20".join(MARKUP[number].split())
        order = factories.order(
            found.mallory, service=service, link=f"https://example.com/p/{number}?x={markup}"
        )
        found.orders.append(order)
        if number < len(excerpts):
            _doubt(order, provider, excerpts[number], at=at)


def _doubt(order: Order, provider: Provider, answer: str, *, at: datetime) -> None:
    submission = Submission.objects.create(
        order=order,
        provider=provider,
        provider_service_id="1",
        state=Submission.State.SUBMITTING,
        request_hash="0" * 64,
        lease_until=at + timedelta(minutes=1),
        started_at=at,
        excerpt=answer,
        candidate_id=answer[:300],
    )
    lifecycle.advance(order=order, to=Status.SUBMITTING, at=at)
    doubts.doubt(order=order, submission=submission, reason=answer[:200], at=at)


def _tickets(found: Hostile, at: datetime) -> None:
    for number, subject in enumerate(pieces(120)):
        found.tickets.append(
            open_one(
                found.mallory,
                at=at - timedelta(hours=number),
                subject=subject,
                text=ALL,
                order=found.orders[0] if number == 0 else None,
            )
        )


def _desk(found: Hostile, at: datetime) -> None:
    reason = pieces(200)[2]
    switch = KillSwitch.objects.create(part=KillSwitch.Part.SIGN_UP, reason=reason)
    mail = OutboundMail.objects.create(
        key="hostile", recipient=EMAIL, subject=reason, body=ALL, sent_at=at
    )
    event = GatewayEvent.objects.create(
        gateway="stripe", event_id="evt_hostile", kind="x", is_live_mode=False, payload={"t": ALL}
    )
    case = cases.raise_case(kind=Case.Kind.ORDER_REVIEW, key="user:1", detail=ALL, at=at)
    act = log_act(actor=found.sam, act="look", target="user:1", reason=pieces(480)[0])
    found.rows |= {
        "killswitch": switch.pk,
        "outboundmail": mail.pk,
        "gatewayevent": event.pk,
        "case": case.pk,
        "actlog": act.pk,
    }
