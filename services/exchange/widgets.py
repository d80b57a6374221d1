"""How a column of a file is read and written, where the library has no way that fits."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import widgets

from accounts import countries
from services.models import Category, ProviderService, QualityLabel
from wallet.money import InvalidAmount, parse_amount, plain
from wallet.spreadsheets import cell_text, text_cell

_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})
_BETWEEN = " · "


class TextWidget(widgets.CharWidget):
    """Text that a spreadsheet takes for a formula goes out harmless and comes back as it was."""

    def clean(self, value: Any, row: Any = None, **_options: Any) -> str:
        return cell_text(str(value or ""))

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:
        return text_cell(str(value or ""))


class AmountWidget(widgets.Widget):
    """Millionths of a dollar, written in dollars."""

    def clean(self, value: Any, row: Any = None, **_options: Any) -> int:
        try:
            return parse_amount(str(value or "").strip())
        except InvalidAmount as error:
            raise ValidationError(_("Write an amount in dollars such as 0.90.")) from error

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:
        return "" if value is None else plain(value)


class WholeWidget(widgets.Widget):
    """A whole number in plain digits; empty where the column may be."""

    def clean(self, value: Any, row: Any = None, **_options: Any) -> int | None:
        text = str(value or "").strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 10):
            raise ValidationError(_("Write a whole number in digits."))
        return int(text)

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:
        return "" if value is None else str(value)


class YesNoWidget(widgets.Widget):
    def clean(self, value: Any, row: Any = None, **_options: Any) -> bool:
        text = str(value or "").strip().lower()
        if text not in _YES | _NO:
            raise ValidationError(_("Write yes or no."))
        return text in _YES

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:
        return "yes" if value else "no"


class DayWidget(widgets.Widget):
    """A day as 2026-11-30; empty for none."""

    def clean(self, value: Any, row: Any = None, **_options: Any) -> date | None:
        text = str(value or "").strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as error:
            raise ValidationError(_("Write a day such as 2026-11-30.")) from error

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:
        return value.isoformat() if value else ""


class CountriesWidget(widgets.Widget):
    """ISO codes with blanks between them: "DE FR"."""

    def clean(self, value: Any, row: Any = None, **_options: Any) -> list[str]:
        codes = str(value or "").upper().replace(",", " ").split()
        if unknown := [code for code in codes if code not in countries.NAMES]:
            words = _("No country has this code: %(codes)s.")
            raise ValidationError(words % {"codes": ", ".join(unknown[:5])})
        return sorted(set(codes))

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:
        return " ".join(value or ())


class _NamedWidget(widgets.Widget):
    """A row of another table by its name; read once for a whole file."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, Any] | None = None

    def rows(self) -> dict[str, Any]:
        raise NotImplementedError

    def unknown(self, name: str) -> str:
        raise NotImplementedError

    def clean(self, value: Any, row: Any = None, **_options: Any) -> Any:
        name = cell_text(str(value or "")).strip()
        if not name:
            return None
        if self._found is None:
            self._found = self.rows()
        if name not in self._found:
            raise ValidationError(self.unknown(name))
        return self._found[name]

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:
        return "" if value is None else text_cell(self.name_of(value))

    def name_of(self, value: Any) -> str:
        return str(value)


class CategoryWidget(_NamedWidget):
    """ "Platform A · Views"."""

    def rows(self) -> dict[str, Category]:
        return {str(row): row for row in Category.objects.select_related("platform")}

    def unknown(self, name: str) -> str:
        words = _("There is no category “%(name)s”. Write platform%(between)scategory.")
        return words % {"name": name, "between": _BETWEEN}


class QualityWidget(_NamedWidget):
    def rows(self) -> dict[str, QualityLabel]:
        return {str(row): row for row in QualityLabel.objects.all()}

    def unknown(self, name: str) -> str:
        return _("“%(name)s” is not in the glossary of quality labels.") % {"name": name}


class OfferWidget(_NamedWidget):
    """ "Provider · 1234"."""

    def rows(self) -> dict[str, ProviderService]:
        offers = ProviderService.objects.select_related("provider")
        return {self.name_of(offer): offer for offer in offers.iterator()}

    def unknown(self, name: str) -> str:
        return _("No provider offers “%(name)s”. Write provider%(between)snumber.") % {
            "name": name,
            "between": _BETWEEN,
        }

    def name_of(self, value: ProviderService) -> str:
        return f"{value.provider.name}{_BETWEEN}{value.external_id}"
