"""How often somebody may do something: counters in the cache that all processes share.

A window opens with the first use and is over `seconds` later, so that a burst can never straddle
two windows of the clock and pass.
"""

import ipaddress
import logging
import time
from datetime import UTC, datetime

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_MINUTE = 60
# Several customers may share an address (an office, a carrier), so it gets a multiple.
_ADDRESS_SHARE = 5
# A counter outlives its window, so that it can be missing only when its window is new.
_SPARE_SECONDS = 5


def check(*, account_id: int | None, ip: str, own_limit: int | None = None) -> int | None:
    """Count one API call; return None, or after how many seconds to try again (API-01, API-02).

    The allowance belongs to the account, whichever of its keys is used, and to the address; calls
    without a valid key count for the address alone. When the cache is down calls pass: the limit
    protects capacity, not money. A charge is decided by the database alone, so no order becomes
    free, and refusing would lose every reseller's orders for the failure of a counter.
    """
    limit: int = settings.API_RATE_PER_MINUTE
    try:
        waits = [
            hit(bucket=f"api:ip:{network_of(ip)}", limit=limit * _ADDRESS_SHARE, seconds=_MINUTE)
        ]
        if account_id is not None:
            bucket = _bucket_of(account_id)
            waits.append(hit(bucket=bucket, limit=own_limit or limit, seconds=_MINUTE))
    except RedisError:
        logger.warning("throttling: the cache does not answer, API calls are not limited")
        return None
    return max((wait for wait in waits if wait is not None), default=None)


def new_breach(*, account_id: int, own_limit: int | None) -> datetime | None:
    """When the window was opened in which calls of this account are refused; None when they are
    not, or when that was told before: once a window."""
    try:
        opened_ms = cache.get(_bucket_of(account_id))
        counter = f"{_bucket_of(account_id)}:{opened_ms}"
        if cache.get(counter, 0) <= (own_limit or settings.API_RATE_PER_MINUTE):
            return None
        is_new = cache.add(f"{counter}:breach", 1, _MINUTE + _SPARE_SECONDS)
    except RedisError:
        return None
    return datetime.fromtimestamp(opened_ms / 1000, UTC) if is_new else None


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


def _bucket_of(account_id: int) -> str:
    return f"api:account:{account_id}"


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
