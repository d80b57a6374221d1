"""One question about many numbers, in as many calls as a provider's limit makes of it."""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

from services.providers.dialect import Dialect
from services.providers.errors import ProviderError
from services.providers.fields import EXTERNAL_ID
from services.providers.reports import Unreadable

MOST_IDS = 100
LONGEST_QUESTION_SECONDS = 20.0

Told = TypeVar("Told")


def check_ids(numbers: Sequence[str]) -> None:
    """Raises ValueError for too many, and for what is no number."""
    if len(numbers) > MOST_IDS:
        raise ValueError(f"at most {MOST_IDS} ids in one question")
    if not all(EXTERNAL_ID.fullmatch(number) for number in numbers):
        raise ValueError("an external id is a string of ASCII digits")


def in_batches(
    numbers: Sequence[str],
    ask: Callable[[Sequence[str]], dict[str, Told | Unreadable]],
    *,
    dialect: Dialect,
) -> dict[str, Told | Unreadable]:
    """What every batch says, one entry per number. The first error is raised; a later one, and the
    end of the time, leave what is known, and the rest "not_asked"."""
    asked = list(dict.fromkeys(numbers))
    told: dict[str, Told | Unreadable] = {}
    until = monotonic() + LONGEST_QUESTION_SECONDS
    for start in range(0, len(asked), dialect.batch_limit):
        try:
            told |= ask(asked[start : start + dialect.batch_limit])
        except ProviderError:
            if not told:
                raise
            break
        if monotonic() > until:
            break
    return {number: told.get(number, Unreadable("not_asked")) for number in asked}
