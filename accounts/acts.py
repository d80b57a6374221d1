"""The log of what staff did; a trigger keeps it append-only."""

from collections.abc import Mapping

from accounts.models import ActLog, User


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
    return ActLog.objects.create(
        actor=actor, act=act, target=target, reason=reason, changes=dict(changes or {}), ip=ip
    )
