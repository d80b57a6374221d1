"""What an order would be, in full, before anybody pays for it (CAT-13): what is sent where, what it
costs and from which money, what can become of it afterwards, and what has to be ticked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import get_language

from legal.models import DocumentVersion, Publication
from legal.terms import policy_of
from orders.pages.schedule import Schedule, schedule_of
from orders.pages.sums import Sum, sum_of
from orders.placing.placement import Review
from orders.refusals import Tick
from services.models import Service
from services.types import TypeSpec, spec_of
from wallet.balances import balances_of


@dataclass(frozen=True, slots=True)
class Answer:
    """One parameter as it will be sent: a text, or lines."""

    label: object
    text: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence to tick; `order_id` is the order that it is about, or 0."""

    name: str
    words: str
    order_id: int


@dataclass(frozen=True, slots=True)
class Proposal:
    service: Service
    spec: TypeSpec
    review: Review
    answers: Sequence[Answer]
    questions: Sequence[Question]
    sum: Sum
    schedule: Schedule | None
    terms: Sequence[DocumentVersion]
    undo_seconds: int


def propose(*, customer_id: int, service: Service, review: Review, at: datetime) -> Proposal:
    """`service` was read through `priced_for`; `review` without any ticks; now is `at`."""
    publication = Publication.objects.in_force(at=at)[0]
    policy = policy_of(publication.pk)
    spec = spec_of(service.type)
    return Proposal(
        service=service,
        spec=spec,
        review=review,
        answers=_answers(spec, review),
        questions=_questions(review),
        sum=sum_of(
            service=service,
            quote=review.quote,
            balances=balances_of(customer_id=customer_id),
            spend_order=policy.wallet_spend_order,
        ),
        schedule=_schedule(review, start_at=at + timedelta(seconds=policy.order_undo_seconds)),
        terms=publication.versions_in(get_language()),
        undo_seconds=policy.order_undo_seconds,
    )


def _schedule(review: Review, *, start_at: datetime) -> Schedule | None:
    runs, minutes = review.quote.runs, review.wanted.interval_minutes
    if runs is None or minutes is None:
        return None
    return schedule_of(runs=runs, interval_minutes=minutes, start_at=start_at)


def _questions(review: Review) -> list[Question]:
    return [
        Question(
            name=tick,
            words=words,
            order_id=0 if tick == Tick.PRIVATE_LINK else review.running_id,
        )
        for tick, words in review.ticks.items()
    ]


def _answers(spec: TypeSpec, review: Review) -> list[Answer]:
    answers = []
    for parameter in spec.parameters:
        value = review.wanted.values.get(parameter.name)
        if value is None:
            continue
        lines = value if isinstance(value, list) else []
        text = "" if lines else str(parameter.choices.get(str(value), value))
        answers.append(Answer(label=parameter.label, text=text, lines=lines))
    return answers
