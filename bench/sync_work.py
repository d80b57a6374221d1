"""The worker's part of `bench.sync`: reads two price lists and applies them, in a process of its
own, whose memory is then what they took. Tells its figures as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

from django.utils import timezone  # noqa: E402 - models need the settings

from services.models import (  # noqa: E402
    Category,
    Platform,
    PriceRule,
    Provider,
    ProviderService,
    Service,
    Sync,
)
from services.syncing import applying, reading  # noqa: E402
from smmpanel.celery import app  # noqa: E402


def main(address: str) -> None:
    app.loader.import_default_modules()  # what a worker has loaded when it is idle
    provider = Provider.objects.create(name="Bench", url=address, api_key="k" * 32)
    gc.collect()
    idle = _megabytes("VmRSS")
    first = _round(provider)
    _sell(provider)
    second = _round(provider)
    _check(provider)
    figures = {
        "preview_seconds": [first[0], second[0]],
        "apply_seconds": [first[1], second[1]],
        "megabytes": _megabytes("VmHWM") - idle,
    }
    sys.stdout.write(json.dumps(figures))


def _round(provider: Provider) -> tuple[float, float]:
    now = timezone.now()
    sync = reading.begin(provider_id=provider.pk, actor=None, at=now)
    preview = _timed(lambda: reading.read(sync_id=sync.pk, at=now))
    lines = list(sync.lines.values_list("pk", flat=True))

    def apply() -> None:
        applying.apply(sync_id=sync.pk, line_ids=lines, actor=None, ip=None, at=now)

    return preview, _timed(apply)


def _sell(provider: Provider) -> None:
    """A service of each, priced by one rule."""
    platform = Platform.objects.create(name="Platform of the bench")
    category = Category.objects.create(platform=platform, name="Followers")
    PriceRule.objects.create(provider=provider, percent_bp=5000)
    Service.objects.bulk_create(
        (
            Service(
                category=category,
                provider_service=offer,
                name=offer.name[:200],
                delivery=Service.Delivery.MIXED,
                rate_micros=offer.cost_micros * 3 // 2,
                min_quantity=offer.min_quantity,
                max_quantity=offer.max_quantity,
                can_refill=True,
                priced_by=Service.PricedBy.RULE,
            )
            for offer in ProviderService.objects.filter(provider=provider).iterator()
        ),
        batch_size=1000,
    )


def _check(provider: Provider) -> None:
    """What was measured is what was meant."""
    on_sale = Service.objects.filter(provider_service__provider=provider, is_active=True)
    changed = on_sale.filter(min_quantity=20, can_refill=False).count()
    states = set(provider.syncs.values_list("state", flat=True))
    if changed != on_sale.count() or states != {Sync.State.APPLIED} or not changed:
        raise SystemExit(f"{changed} of {on_sale.count()} services changed; syncs: {states}")


def _megabytes(name: str) -> float:
    """VmRSS: now. VmHWM: the most that there ever was."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(name)


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1])
