"""The log of what staff did; a trigger keeps it append-only."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from accounts.models import ActLog, User

_key: ContextVar[str] = ContextVar("key", default="")


@contextmanager
def by_key(prefix: str) -> Iterator[None]:
    """What is logged inside was done by a program with this key of the actor's (S-21): the same
    acts serve pages and programs, and need not know which of them calls."""
    token = _key.set(prefix)
    try:
        yield
    finally:
        _key.reset(token)


def log_act(
    *,
    actor: User | None,
    act: str,
    target: str,
    reason: str = "",
    changes: Mapping[str, object] | None = None,
    ip: str | None = None,
) -> ActLog:
    """Write down one act in the transaction that does it.

    `act` is verb and object ("suspend user"), `target` names the object ("user:17"), `changes` is
    JSON of what changed ({"standing": ["active", "suspended"]}), never a secret. No actor: the
    panel itself.
    """
    told = dict(changes or {})
    if key := _key.get():
        told["key"] = key
    return ActLog.objects.create(
        actor=actor, act=act, target=target, reason=reason, changes=told, ip=ip
    )
