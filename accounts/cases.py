"""What staff must decide. However often a cause is met, it has one open case."""

from datetime import datetime

from accounts.models import Case


def raise_case(
    *, kind: Case.Kind, key: str, detail: str, at: datetime, due_at: datetime | None = None
) -> Case:
    """Open a case for the key ("order:17") unless one is open, and return it.

    The partial unique index decides a race: the later insert waits for the earlier one and then
    does nothing, so nobody needs a lock or a second try.
    """
    Case.objects.bulk_create(
        [Case(kind=kind, key=key, detail=detail, opened_at=at, due_at=due_at)],
        ignore_conflicts=True,
    )
    # Somebody may have resolved it in between: then the newest is still the one that was met.
    return Case.objects.filter(kind=kind, key=key).latest("pk")


def resolve_case(*, kind: Case.Kind, key: str, resolution: str, at: datetime) -> bool:
    """Close the open case of the key; False when there is none."""
    closed = (
        Case.objects.open()
        .filter(kind=kind, key=key)
        .update(resolved_at=at, resolution=resolution[:200])
    )
    return closed > 0
