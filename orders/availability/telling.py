"""Staff learn when the API is down, once, and when it answers again, once: docs/availability.md."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import cases
from accounts.mail import enqueue
from accounts.models import Case
from orders.availability.measuring import MINUTE
from orders.models import ApiProbe
from services.health.alerts import recipients

# So many minutes in a row decide: one lost probe wakes nobody.
IN_A_ROW = 3
_KEY = "api"


def follow(*, at: datetime) -> None:
    """Opens or closes the case as the newest minutes say; in between it stays as it is."""
    newest = list(_newest(at))
    if len(newest) < IN_A_ROW:
        return
    verdicts = {probe.is_up for probe in newest}
    with transaction.atomic():
        if verdicts == {False}:
            _begin(newest, at=at)
        elif verdicts == {True}:
            _end(at=at)


def _newest(at: datetime) -> list[ApiProbe]:
    """Of minutes in a row alone: a gap says nothing."""
    since = at.replace(second=0, microsecond=0) - IN_A_ROW * MINUTE
    return list(ApiProbe.objects.filter(minute__gt=since, minute__lte=at).order_by("minute"))


def _begin(down: list[ApiProbe], *, at: datetime) -> None:
    if _open_case() is not None:
        return
    first = down[0]
    case = cases.raise_case(kind=Case.Kind.API_DOWN, key=_KEY, detail=first.reason, at=at)
    _tell("down", case, context={"began_at": first.minute, "reason": first.reason}, at=at)


def _end(*, at: datetime) -> None:
    case = _open_case()
    if case is None:
        return
    cases.resolve_case(kind=Case.Kind.API_DOWN, key=_KEY, resolution="it answers again", at=at)
    _tell("up", case, context={"began_at": case.opened_at, "well_since": at}, at=at)


def _open_case() -> Case | None:
    return Case.objects.open().filter(kind=Case.Kind.API_DOWN, key=_KEY).first()


def _tell(word: str, case: Case, *, context: dict[str, object], at: datetime) -> None:
    page = f"{settings.SITE_URL.rstrip('/')}{reverse('api_status')}"
    for recipient in recipients():
        enqueue(
            key=f"api-outage:{case.pk}:{word}:{recipient}",
            recipient=recipient,
            template=f"api_{word}",
            context={"url": page, **context},
            at=at,
        )
