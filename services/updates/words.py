"""A change of the catalogue in one line of plain text."""

from __future__ import annotations

from django.utils.translation import gettext as _

from services.models import CatalogueUpdate
from wallet.money import display


def words_of(update: CatalogueUpdate) -> str:
    """ "17 Views: $0.90 → $1.10", at list prices; the name alone where the price says nothing."""
    name = f"{update.service_id} {update.service.name}"
    return change_words(name, update.old_rate_micros, update.new_rate_micros)


def change_words(name: str, old_micros: int | None, new_micros: int | None) -> str:
    if new_micros is None:
        return name
    new = display(new_micros)
    if old_micros is None or old_micros == new_micros:
        return _("%(name)s: %(price)s") % {"name": name, "price": new}
    old = display(old_micros)
    return _("%(name)s: %(old)s → %(new)s") % {"name": name, "old": old, "new": new}
