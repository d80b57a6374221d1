"""Parts of the panel that an operator can switch off; the reason is shown to customers."""

import logging

from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

from accounts.acts import log_act
from accounts.models import KillSwitch, User

logger = logging.getLogger(__name__)

_KEY = "accounts:switches"
# How long a process may go on with what it read while a switch was being thrown.
_CACHE_SECONDS = 10


def reason_off(part: KillSwitch.Part) -> str | None:
    """Return why the part is switched off, or None while it is on. At most ten seconds old."""
    return _all_off().get(part)


def switch_off(
    *, part: KillSwitch.Part, reason: str, actor: User, ip: str | None = None
) -> KillSwitch:
    """Switch a part off, or change the reason of one that is off."""
    with transaction.atomic():
        switch, _created = KillSwitch.objects.update_or_create(
            part=part, defaults={"reason": reason}
        )
        log_act(actor=actor, act="switch off", target=f"part:{part}", reason=reason, ip=ip)
        transaction.on_commit(_forget, robust=True)
    return switch


def switch_on(*, part: KillSwitch.Part, actor: User, ip: str | None = None) -> None:
    """Switch a part on again."""
    with transaction.atomic():
        KillSwitch.objects.filter(part=part).delete()
        log_act(actor=actor, act="switch on", target=f"part:{part}", ip=ip)
        transaction.on_commit(_forget, robust=True)


def _all_off() -> dict[str, str]:
    try:
        known: dict[str, str] | None = cache.get(_KEY)
        if known is None:
            known = _read()
            cache.set(_KEY, known, _CACHE_SECONDS)
    except RedisError:
        # The cache only saves a query: a switch works without it.
        logger.warning("switches: the cache does not answer, reading the table")
        return _read()
    return known


def _read() -> dict[str, str]:
    return dict(KillSwitch.objects.values_list("part", "reason"))


def _forget() -> None:
    cache.delete(_KEY)
