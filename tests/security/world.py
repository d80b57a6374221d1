"""One small panel with a row of everything, all of it alice's: what the table's people ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib import admin
from django.test import Client
from django.utils import timezone

from accounts import api_keys, cases, operator_keys
from accounts.acts import log_act
from accounts.models import (
    ApiKey,
    Case,
    Holiday,
    KillSwitch,
    OperatorKey,
    OutboundMail,
    User,
)
from legal import acceptance
from legal.models import Acceptance, DocumentVersion
from legal.presets import STARTER
from legal.publishing import install_defaults, start_draft
from legal.terms import policy_of
from orders.models import (
    BlockedTerm,
    Claim,
    FollowUp,
    Order,
    Proposal,
    Repeat,
    Submission,
    WebhookMessage,
)
from orders.plans import repeats
from orders.webhooks import endpoints, messages
from services.models import (
    CustomPrice,
    GroupMembership,
    PriceEdit,
    PriceGroup,
    PriceRule,
    QualityLabel,
    Service,
    Sync,
    SyncLine,
)
from tests import cast, factories
from tests.tickets.rows import open_one
from tests.wallet.bonuses import promotion, with_code
from tests.wallet.deciding import proposed
from tests.wallet.kept_cards import saved_card
from tests.wallet.payments import opened, paid, pay
from tickets.models import Ticket
from wallet.models import (
    ClearingEntry,
    Decision,
    Deposit,
    DisplayRate,
    Dispute,
    ForeignRefund,
    FraudWarning,
    GatewayEvent,
    SavedCard,
    UnmatchedPayment,
    Withdrawal,
)

NOBODY, ALICE, BOB, SAM, OLGA, FIONA = ROLES = (
    "nobody",
    "alice",
    "bob",
    "sam",
    "olga",
    "fiona",
)
ROOT = "root"  # the superuser, who is in no table: everything is allowed


@dataclass(frozen=True)
class World:
    people: dict[str, User]
    order: Order
    claim: Claim
    follow_up: FollowUp
    proposal: Proposal
    repeat: Repeat
    message: WebhookMessage
    deposit: Deposit
    card: SavedCard
    withdrawal: Withdrawal
    ticket: Ticket
    decision: Decision
    service: Service
    key: ApiKey
    secret: str
    operator_key: OperatorKey
    # the id of a row for each model of the admin ("services_service")
    rows: dict[str, object] = field(default_factory=dict)

    def client(self, role: str, *, checks_csrf: bool = False) -> Client:
        """A browser in which this person is logged in."""
        client = Client(raise_request_exception=False, enforce_csrf_checks=checks_csrf)
        if role != NOBODY:
            client.force_login(self.people[role])
        return client


def build() -> World:
    at = timezone.now()
    policy_of.cache_clear()
    install_defaults(policy=STARTER, at=at)
    people = {name: cast.person(name) for name in (ALICE, BOB)}
    people |= {
        SAM: cast.person(SAM, group="Support"),
        OLGA: cast.person(OLGA, group="Operator"),
        FIONA: cast.person(FIONA, group="Finance"),
    }
    root = people[ROOT] = cast.person(ROOT)
    root.is_staff = root.is_superuser = True
    root.save()
    service = factories.service(can_cancel=True, link_example="https://example.com/p/1")
    order = factories.order(people[ALICE], service=service)
    key, secret = api_keys.create(user=people[ALICE], name="bot", scope=ApiKey.Scope.ORDER, at=at)
    paid(people[ALICE])
    promotion()
    pay(with_code(people[ALICE]))
    world = World(
        people=people,
        order=order,
        claim=_claim(order),
        follow_up=_follow_up(factories.order(people[ALICE], service=service)),
        proposal=_proposal(factories.order(people[ALICE], service=service), people[OLGA]),
        message=_message(people[ALICE]),
        repeat=_repeat(factories.order(people[ALICE], service=service)),
        deposit=opened(people[ALICE]),
        card=saved_card(people[ALICE]),
        withdrawal=_withdrawal(people[ALICE]),
        ticket=open_one(people[ALICE], order=order),
        decision=proposed(Decision.Kind.GOODWILL, people[ALICE], by=people[OLGA], dollars=100),
        service=service,
        key=key,
        secret=secret,
        operator_key=_operator_key(people[OLGA]),
    )
    _fill_the_desk(world)
    world.rows.update(_a_row_of_each_model(world))
    return world


def _operator_key(owner: User) -> OperatorKey:
    key, _secret = operator_keys.create(
        user=owner,
        name="robot",
        scopes=[OperatorKey.Scope.ORDERS_READ],
        networks=[],
        expires_at=None,
        at=timezone.now(),
    )
    return key


def _claim(order: Order) -> Claim:
    return Claim.objects.create(
        order=order,
        kind=Claim.Kind.TECHNICAL,
        opened_by=order.customer,
        opened_at=order.created_at,
        due_at=order.created_at + timedelta(days=2),
        reason="It stands still.",
    )


def _message(customer: User) -> WebhookMessage:
    at = timezone.now()
    endpoint, _secret = endpoints.create(
        customer_id=customer.pk,
        name="Shop",
        url="https://shop.example/hooks/",
        types=endpoints.PRESET_TYPES,
        at=at,
    )
    return messages.send_test(endpoint=endpoint, at=at)


def _follow_up(order: Order) -> FollowUp:
    return FollowUp.objects.create(
        order=order,
        kind=FollowUp.Kind.SPEED_UP,
        asked_by=order.customer,
        asked_at=order.created_at,
        due_at=order.created_at + timedelta(days=1),
    )


def _proposal(order: Order, by: User) -> Proposal:
    """To give back what this order cost."""
    details = {"to": "canceled", "seen_status": order.status, "seen_micros": 0, "remains": None}
    return Proposal.objects.create(
        order=order,
        kind=Proposal.Kind.SET_STATUS,
        details=details | {"cancel_reason": "system_error", "amount_micros": order.charge_micros},
        reason="Our own mistake.",
        proposed_by=by,
        proposed_at=order.created_at,
    )


def _repeat(order: Order) -> Repeat:
    return repeats.begin(
        order_id=order.pk,
        customer_id=order.customer_id,
        agreed_micros=order.charge_micros,
        ip="203.0.113.1",
        at=order.created_at,
    )


def _withdrawal(customer: User) -> Withdrawal:
    """Asked for under earlier terms."""
    withdrawal = Withdrawal.objects.create(
        customer=customer,
        amount_micros=factories.MICROS,
        idempotency_key="1",
        due_at=timezone.now(),
    )
    withdrawal.payouts.create(
        deposit=customer.deposits.order_by("pk")[0], amount_micros=factories.MICROS
    )
    return withdrawal


def _a_row_of_each_model(world: World) -> dict[str, object]:
    found: dict[str, object] = {}
    for model in admin.site._registry:
        ids = model._default_manager.order_by("pk").values_list("pk", flat=True)
        found[f"{model._meta.app_label}_{model._meta.model_name}"] = ids[0]
    mine = {
        "accounts_user": world.people[ALICE].pk,
        "orders_order": world.order.pk,
        "services_service": world.service.pk,
    }
    return found | mine


def _fill_the_desk(world: World) -> None:
    """Rows that only staff see."""
    BlockedTerm.objects.create(kind=BlockedTerm.Kind.HOST, text="bad.example")
    QualityLabel.objects.create(name="High", meaning="Accounts with a picture.")
    at, alice = timezone.now(), world.people[ALICE]
    acceptance.record(
        user=alice,
        point=Acceptance.Point.REGISTRATION,
        channel=Acceptance.Channel.WEB,
        at=at,
        ip="203.0.113.1",
        user_agent="A browser",
    )
    start_draft(version=DocumentVersion.objects.order_by("pk")[0])
    cases.raise_case(kind=Case.Kind.ORDER_REVIEW, key=world.order.reference, detail="Look", at=at)
    KillSwitch.objects.create(part=KillSwitch.Part.FORWARDING, reason="Maintenance")
    Holiday.objects.create(on=at.date(), name="A holiday")
    OutboundMail.objects.create(key="test", recipient=alice.email, subject="Hello", body="Text")
    GatewayEvent.objects.create(
        gateway="stripe", event_id="evt_1", kind="ping", is_live_mode=False, payload={}
    )
    _fill_the_books(world.deposit)
    DisplayRate.objects.create(currency="eur", per_dollar_micros=920_000)
    _fill_prices(world)
    log_act(actor=world.people[OLGA], act="look", target=f"user:{alice.pk}")
    Submission.objects.create(
        order=world.order,
        provider=world.service.provider_service.provider,  # type: ignore[union-attr]
        provider_service_id="1",
        state=Submission.State.UNCERTAIN,
        request_hash="0" * 64,
        lease_until=at + timedelta(minutes=1),
        started_at=at,
        excerpt="<html>",
    )
    _open_price_list(world.service)


def _open_price_list(service: Service) -> None:
    offer = service.provider_service
    assert offer is not None
    sync = Sync.objects.create(
        provider=offer.provider, state=Sync.State.OPEN, began_at=timezone.now()
    )
    SyncLine.objects.create(
        sync=sync,
        kind=SyncLine.Kind.COST_UP,
        external_id=offer.external_id,
        offer=offer,
        before={"cost_micros": offer.cost_micros},
        after={"cost_micros": offer.cost_micros + 1},
    )


def _fill_prices(world: World) -> None:
    """A rule, a change of prices, a service off sale for its cost, and who pays less."""
    alice, service = world.people[ALICE], world.service
    CustomPrice.objects.create(customer=alice, service=service, rate_micros=900_000)
    PriceRule.objects.create(percent_bp=5000)
    group = PriceGroup.objects.create(name="Level A", discount_bp=500, spend_from_micros=10)
    GroupMembership.objects.create(customer=alice, group=group)
    factories.service(name="Dear views", is_active=False, off_reason="cost")
    edit = PriceEdit.objects.create(
        actor=world.people[OLGA],
        asked={"act": {"kind": "price", "value": 1}},
        services=1,
        applied_at=timezone.now(),
    )
    edit.lines.create(service=service, old_rate_micros=1, new_rate_micros=2, old_priced_by="hand")


def _fill_the_books(deposit: Deposit) -> None:
    """What a gateway told of a top-up, and what fits none."""
    amount_micros, about = factories.MICROS, {"gateway": "stripe", "deposit": deposit}
    Dispute.objects.create(
        **about, dispute_id="dp_1", state="won", gateway_status="won", amount_micros=amount_micros
    )
    FraudWarning.objects.create(**about, warning_id="issfr_1", is_actionable=False)
    ForeignRefund.objects.create(
        **about, refund_id="re_1", state="failed", amount_micros=amount_micros
    )
    UnmatchedPayment.objects.create(
        gateway="stripe", payment_id="pi_1", amount_coins=100, currency="usd", reason="no_deposit"
    )
    ClearingEntry.objects.create(
        gateway="stripe",
        entry_id="txn_1",
        kind="charge",
        gross_micros=amount_micros,
        fee_micros=0,
        currency="usd",
        created_at=timezone.now(),
    )
