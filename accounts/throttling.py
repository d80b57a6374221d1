"""How often somebody may do something on pages: counters in the cache that all processes share.
(Calls of programs are counted by accounts.admission, without the cache.)

A window opens with the first use and is over `seconds` later, so that a burst can never straddle
two windows of the clock and pass.
"""

import ipaddress
import time

from django.core.cache import cache

# A counter outlives its window, so that it can be missing only when its window is new.
_SPARE_SECONDS = 5


def hit(*, bucket: str, limit: int, seconds: int) -> int | None:
    """Count one use of the bucket; return None, or the seconds to wait once it is used up.

    Raises RedisError when the cache does not answer: the caller knows what is at stake.
    """
    now_ms = int(time.time() * 1000)
    opened_ms = _window(bucket=bucket, now_ms=now_ms, seconds=seconds)
    if _count(counter=f"{bucket}:{opened_ms}", seconds=seconds) <= limit:
        return None
    return max(1, -(-(opened_ms + seconds * 1000 - now_ms) // 1000))


def forgive(*, bucket: str) -> None:
    """Take back one use: what was counted turned out to be honest."""
    opened_ms = cache.get(bucket)
    if opened_ms is None:
        return
    try:
        cache.decr(f"{bucket}:{opened_ms}")
    except ValueError:
        return


def forget(*, bucket: str) -> None:
    """Begin a new window with the next use."""
    cache.delete(bucket)


def network_of(ip: str) -> str:
    """Return what counts as one address: a subscriber of IPv6 holds a whole /64."""
    address = ipaddress.ip_address(ip)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)
    return str(address)


def _window(*, bucket: str, now_ms: int, seconds: int) -> int:
    opened_ms: int | None = cache.get(bucket)
    if opened_ms is None:
        # Of two processes one opens the window; the other reads what it wrote.
        cache.add(bucket, now_ms, seconds)
        opened_ms = cache.get(bucket, now_ms)
    return opened_ms


def _count(*, counter: str, seconds: int) -> int:
    try:
        return cache.incr(counter)
    except ValueError:
        cache.add(counter, 0, seconds + _SPARE_SECONDS)
        return cache.incr(counter)
