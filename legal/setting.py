"""How one setting of `legal.policy` is declared: what it holds, range, default and scope."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext

from legal.kinds import NO_BOUNDS, Bounds, Json, Kind, Unit


class Scope(StrEnum):
    """Whose publication a setting is read from."""

    ORDER = "order"  # the publication the order was placed under
    DEPOSIT = "deposit"  # the publication the deposit was made under
    ACCOUNT = "account"  # the publication the customer accepted last
    OPERATIONAL = "operational"  # the current one: nobody's agreement holds the old value


class InvalidPolicy(ValueError):
    """A key is unknown or missing, or its value is not allowed; the message says what is."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key, self.problem = key, problem


@dataclass(frozen=True, slots=True)
class Setting:
    key: str  # "withdraw.window_days"
    attribute: str  # "withdraw_window_days"
    kind: Kind
    unit: Unit
    default: object
    absent: object  # REQUIRED, or what older policies are read as
    scope: Scope
    rows: tuple[str, ...]  # rows of docs/policies.md
    description: Promise  # translated where it is shown

    @property
    def allowed(self) -> str:
        return self.kind.allowed

    def read(self, raw: object) -> object:
        """Raises InvalidPolicy."""
        with self._naming_the_key():
            return self.kind.read(raw)

    def write(self, value: object) -> Json:
        """Raises InvalidPolicy."""
        with self._naming_the_key():
            return self.kind.write(value)

    def words(self, value: object) -> str:
        return self.kind.words(value)

    @contextmanager
    def _naming_the_key(self) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            expected = gettext("expected {allowed}").format(allowed=self.allowed)
            raise InvalidPolicy(self.key, expected) from error


REQUIRED: Final = object()
T = TypeVar("T")


def row(
    default: T,
    scope: Scope,
    rows: str,
    description: Promise,
    bounds: Bounds = NO_BOUNDS,
    *,
    absent: object = REQUIRED,
) -> T:
    """Declare one setting; the annotation beside it says what it holds."""
    about = {"rows": tuple(rows.split()), "scope": scope, "description": description}
    return field(default=default, metadata={"bounds": bounds, "about": {**about, "absent": absent}})
