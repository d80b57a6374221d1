"""How the next deliveries go wrong, as told by a test."""

import threading
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Manner(StrEnum):
    """What happens to a delivery."""

    DROPPED = "dropped"
    LATE = "late"
    OTHER_LIVEMODE = "other_livemode"
    TWICE = "twice"
    WRONG_SECRET = "wrong_secret"  # noqa: S105


@dataclass(frozen=True)
class Rule:
    """For the next `count` events whose type matches; `seconds` is how late."""

    manner: Manner
    event_type: str = "*"
    count: int = 1
    seconds: float = 0.0


class RuleBook:
    """Rules waiting for their events, first come first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Rule, int]] = []

    def add(self, rule: Rule) -> None:
        """Queue a rule for its next `count` events."""
        with self._lock:
            self._waiting.append((rule, rule.count))

    def clear(self) -> None:
        """Deliver properly again."""
        with self._lock:
            self._waiting.clear()

    def take(self, event_type: str) -> Rule | None:
        """The rule for this event, or None."""
        with self._lock:
            for place, (rule, left) in enumerate(self._waiting):
                if fnmatchcase(event_type, rule.event_type):
                    self._waiting[place : place + 1] = [(rule, left - 1)] if left > 1 else []
                    return rule
        return None
