"""Which services a change of prices is for: everything that the operator may choose by."""

from __future__ import annotations

from dataclasses import dataclass

from services.margins import reading
from services.margins.arithmetic import margin_bp
from services.margins.reading import Priced
from services.models import Service
from wallet.money import read_number


@dataclass(frozen=True, slots=True)
class Band:
    """Margins from `least_bp` up to, but not including, `most_bp`; None is without an end."""

    name: str
    least_bp: int | None
    most_bp: int | None

    def holds(self, row: Priced) -> bool:
        margin = margin_bp(row.terms.rate_micros, row.terms.floor_micros)
        if margin is None:
            return False
        least_fits = self.least_bp is None or margin >= self.least_bp
        return least_fits and (self.most_bp is None or margin < self.most_bp)


BANDS = {
    band.name: band
    for band in (
        Band("loss", None, 0),
        Band("thin", 0, 1000),
        Band("low", 1000, 3000),
        Band("usual", 3000, 10_000),
        Band("high", 10_000, None),
    )
}


@dataclass(frozen=True, slots=True)
class Selection:
    """All that is not set lets everything through. `words` are found in the name, each of them;
    a whole number is a service's own."""

    platform_id: int | None = None
    category_id: int | None = None
    provider_id: int | None = None
    words: str = ""
    band: str = ""
    priced_by: str = ""
    sale: str = ""


def find(selection: Selection) -> list[Priced]:
    """In the order of their numbers; what is free of charge has no price to change."""
    keys = {
        "category__platform": selection.platform_id,
        "category": selection.category_id,
        "provider_service__provider": selection.provider_id,
        "priced_by": selection.priced_by or None,
        "is_active": {"on": True, "off": False}.get(selection.sale),
    }
    services = Service.objects.filter(
        is_free=False, **{key: value for key, value in keys.items() if value is not None}
    )
    number = read_number(selection.words)
    if number is not None:
        services = services.filter(pk=number)
    else:
        for word in selection.words.split():
            services = services.filter(name__icontains=word)
    band = BANDS.get(selection.band)
    rows = reading.read(services)
    return rows if band is None else [row for row in rows if band.holds(row)]
