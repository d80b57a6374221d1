"""Random lives of a few orders: placed, sent with every outcome, reported about in any words, taken
back, asked to stop, decided about by staff. What must hold after every step is in `invariants`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from accounts.models import User
from legal.presets import STARTER
from legal.publishing import publish
from orders.ending import claim_decisions, claims, statuses
from orders.ending.claims import ClaimRefused
from orders.ending.proposals import Actor, Refused
from orders.ending.statuses import CancelReason, Wanted
from orders.following import reporting
from orders.followups import asking
from orders.models import Claim, FollowUp, Order, Status, Submission
from orders.placing.placement import OrderRequest, place_order
from orders.sending import forwarding, resolving, sweeping
from orders.sending.attempts import Accepted, Attempt, Outcome
from orders.sending.deciding import CannotDecide, Decision
from services.models import Alternative, Provider, Service
from services.providers import errors
from services.providers.reports import Unreadable
from tests.factories import fund, offer, service
from tests.orders.following.reports import report
from tests.orders.invariants import FUNDS, Invariants

PLACES = st.integers(0, 3)
UNITS = 1000
REMAINS = st.one_of(st.integers(0, UNITS), st.sampled_from([None, 0, UNITS, UNITS + 1]))
WORDS = st.sampled_from(
    ["pending", "in_progress", "processing", "completed", "partial", "canceled", "failed", None]
)
REPORTS = st.one_of(st.builds(report, WORDS, REMAINS), st.just(Unreadable("missing")))
TERMS = st.fixed_dictionaries(
    {
        "order_customer_cancel": st.sampled_from(["pending_absorb", "pending_or_service_flag"]),
        "order_partial_refund": st.sampled_from(["auto", "manual"]),
        "order_cancel_refund": st.sampled_from(["full", "by_remains"]),
    }
)
ENDS = st.sampled_from(
    ["accepted", "accepted", "refused", "not sent", "account", "unknown", "killed", "same number"]
)
_REASON = "seen at the provider's page"


class Life(Invariants, RuleBasedStateMachine):
    """Up to four orders at a time, so that acts meet each other often."""

    customer: User
    staff: User
    at: datetime

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.numbers = itertools.count(1)
        self.in_flight: list[Attempt] = []
        self.answered: list[tuple[Attempt, Outcome]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.scope.__exit__(None, None, None)

    @initialize(terms=TERMS)
    def begin(self, terms: dict[str, str]) -> None:
        published = replace(STARTER, **terms)  # type: ignore[arg-type]
        if published != STARTER:
            publish(policy=published, versions=[], published_by=None, at=self.at)
        self.sold: Service = service(
            provider_service=offer(external_id="1", can_cancel=True), can_cancel=True
        )
        Alternative.objects.create(service=self.sold, provider_service=offer(external_id="2"))
        fund(self.customer, FUNDS)
        self.have_accepted([])

    def order_at(self, place: int) -> int | None:
        found = Order.objects.order_by("-pk").values_list("pk", flat=True)[place : place + 1]
        return found[0] if found else None

    @rule(minutes=st.sampled_from([1, 1, 5, 60, 60 * 24 * 40]))
    def wait(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    @rule(at_once=st.booleans())
    def place(self, *, at_once: bool) -> None:
        request = OrderRequest(
            service_id=self.sold.pk,
            link=f"https://example.com/p/{next(self.numbers)}",
            quantity=UNITS,
            channel=Order.Channel.API if at_once else Order.Channel.WEB,
        )
        place_order(customer_id=self.customer.pk, request=request, at=self.at)

    @rule(told=st.lists(REPORTS, max_size=3))
    def have_accepted(self, told: list[object]) -> None:
        """The usual way, so that many walks get beyond it."""
        self.place(at_once=True)
        self.wait(1)
        self.sweep()
        self.send_and_hear(0, "accepted")
        self.hear_reports(0, told)

    # Sending.
    @rule(place=PLACES)
    def send(self, place: int) -> None:
        if (order_id := self.order_at(place)) is not None:
            attempt = forwarding.begin(order_id=order_id, at=self.at)
            self.in_flight += [attempt] if attempt else []

    @rule(place=PLACES, end=ENDS)
    def send_and_hear(self, place: int, end: str) -> None:
        self.send(place)
        self.hear(end)

    @rule(end=ENDS)
    def hear(self, end: str) -> None:
        if not self.in_flight:
            return
        attempt = self.in_flight.pop()
        outcome = self._outcome(end)
        if outcome is None:  # the worker died: only the sweep will say anything
            self.answered.append((attempt, Accepted(str(1000 + next(self.numbers)))))
            return
        self.answered.append((attempt, outcome))
        forwarding.finish(attempt=attempt, outcome=outcome, at=self.at)

    def _outcome(self, end: str) -> Outcome | None:
        outcomes: dict[str, Outcome | None] = {
            "accepted": Accepted(str(1000 + next(self.numbers))),
            "same number": Accepted("1000"),
            "refused": errors.Refused("Incorrect service ID"),
            "not sent": errors.NotSent("connect"),
            "account": errors.AccountRefused("Not enough funds"),
            "unknown": errors.OutcomeUnknown("timeout"),
            "killed": None,
        }
        return outcomes[end]

    @rule()
    def hear_again(self) -> None:
        """A message that was delivered twice, or an answer that came after the sweep."""
        for attempt, outcome in self.answered[-2:]:
            forwarding.finish(attempt=attempt, outcome=outcome, at=self.at)

    @rule()
    def sweep(self) -> None:
        sweeping.sweep_expired_leases(at=self.at)
        Provider.objects.update(paused_at=None, tripped_until=None)

    # Reports.
    @rule(place=PLACES, told=st.lists(REPORTS, min_size=1, max_size=3))
    def hear_reports(self, place: int, told: list[object]) -> None:
        if (order_id := self.order_at(place)) is not None:
            for one in told:
                reporting.apply_report(order_id=order_id, report=one, at=self.at)  # type: ignore[arg-type]

    @rule(told=st.lists(REPORTS, min_size=4, max_size=4))
    def hear_a_batch(self, told: list[object]) -> None:
        numbers = [self.order_at(place) for place in range(4)]
        reports = {pk: one for pk, one in zip(numbers, told, strict=True) if pk is not None}
        reporting.apply_reports(reports=reports, at=self.at)  # type: ignore[arg-type]

    # The customer.
    @rule(place=PLACES, kind=st.sampled_from(FollowUp.Kind.values))
    def ask(self, place: int, kind: str) -> None:
        order_id = self.order_at(place)
        self.may_refuse(
            lambda: asking.ask(
                order_id=order_id or 0,
                customer_id=self.customer.pk,
                kind=FollowUp.Kind(kind),
                at=self.at,
            ),
            asking.CannotAsk,
        )

    @rule(place=PLACES, kind=st.sampled_from(Claim.Kind.values))
    def claim(self, place: int, kind: str) -> None:
        order_id = self.order_at(place)
        self.may_refuse(
            lambda: claims.open_claim(
                order_id=order_id or 0,
                kind=Claim.Kind(kind),
                reason="it did not come",
                evidence="",
                by=self.customer,
                at=self.at,
            ),
            ClaimRefused,
        )

    # Staff.
    @rule(share=st.integers(1, 100), is_yes=st.booleans())
    def decide_claim(self, share: int, *, is_yes: bool) -> None:
        found = Claim.objects.open().select_related("order").first()
        if found is None:
            return
        actor = Actor(by=self.staff, at=self.at)
        amount = found.order.net_charge_micros * share // 100
        act: Callable[[], object] = lambda: claim_decisions.approve(  # noqa: E731
            claim_id=found.pk,
            amount_micros=amount,
            seen_micros=found.order.refunded_micros,
            note=_REASON,
            actor=actor,
        )
        if not is_yes:
            act = lambda: claim_decisions.decline(  # noqa: E731
                claim_id=found.pk,
                verdict=claim_decisions.Verdict.OTHER,
                note=_REASON,
                actor=actor,
            )
        self.may_refuse(act, Refused)

    @rule(place=PLACES, to=st.sampled_from(statuses.SETTABLE), remains=st.integers(1, UNITS - 1))
    def set_status(self, place: int, to: Status, remains: int) -> None:
        found = Order.objects.filter(pk=self.order_at(place) or 0).first()
        if found is None:
            return
        wanted = Wanted(
            to=to,
            note=_REASON,
            seen_status=found.status,
            seen_micros=found.refunded_micros,
            remains=remains if to == Status.PARTIAL else None,
            cancel_reason=CancelReason.UNAVAILABLE if to == Status.CANCELED else "",
        )
        actor = Actor(by=self.staff, at=self.at)
        self.may_refuse(
            lambda: statuses.set_status(order_id=found.pk, wanted=wanted, actor=actor), Refused
        )

    @rule(again=st.booleans())
    def decide_uncertain(self, *, again: bool) -> None:
        doubt = Submission.objects.filter(state=Submission.State.UNCERTAIN).first()
        if doubt is None:
            return
        decision = Decision(
            order_id=doubt.order_id,
            submission_id=doubt.pk,
            actor=self.staff,
            reason=_REASON,
            at=self.at,
        )
        decide = resolving.not_created if again else resolving.refund
        self.may_refuse(lambda: decide(decision=decision), CannotDecide)

    def may_refuse(self, act: Callable[[], object], refusal: type[Exception]) -> None:
        """It may refuse; then nothing of it is left."""
        try:
            with transaction.atomic():
                act()
        except (refusal, Order.DoesNotExist):
            return
