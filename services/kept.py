"""Services that this process has read before, as long as nobody has changed them.

Reading one as an object costs more than all else that an order reads. Whoever orders asks the
database for its version anyway (services/sql/version.sql), and takes the object that is kept where
that is the same. place_orders proves price and limits in any case.
"""

from __future__ import annotations

from django.db.models import CharField, F, Func

from services.models import Service

MOST = 2_000

_kept: dict[int, tuple[str, Service]] = {}


def service_of(
    *, service_id: int, version: str, own_rate_micros: int | None, country: str
) -> Service | None:
    """As `Service.objects.priced_for` a customer who is billed in `country` reads it, with its
    quality. None: it was deleted this very moment."""
    known = _kept.get(service_id)
    if known is None or known[0] != version:
        known = _read(service_id)
    return None if known is None else _copy(known[1], own_rate_micros, country)


def _read(service_id: int) -> tuple[str, Service] | None:
    services = Service.objects.select_related("quality").annotate(
        version=Func(F("pk"), function="services_version", output_field=CharField())
    )
    service = services.filter(pk=service_id).first()
    if service is None:
        return None
    if len(_kept) >= MOST:
        _kept.clear()
    # Another thread may throw it out again at once.
    known = _kept[service_id] = (vars(service)["version"], service)
    return known


def _copy(service: Service, own_rate_micros: int | None, country: str) -> Service:
    """Of the customer's own: what is kept is everybody's."""
    own = Service.__new__(Service)
    own.__dict__.update(
        service.__dict__, read_own_rate_micros=own_rate_micros, read_country=country
    )
    return own
