"""A form that writes a whole row, and the row that it was opened with.

Prices, limits and the sale of a service change by themselves while a page is open. Saved then, the
form would quietly put back all of it: on sale again at a price that its cost has overtaken.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from django import forms
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext as _

M = TypeVar("M", bound=Model)

_LONGEST_VALUE = 60


class OpenedForm(forms.ModelForm[M]):
    """Refuses once what was changed meanwhile, says what it is now and keeps what was typed: saved
    again, that replaces it. Who saves must hold the row from reading it on."""

    opened = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = {name: str(value) for name, value in self.initial.items() if name in self.fields}
        self.fields["opened"].initial = json.dumps(shown, sort_keys=True)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        now, before = self.fields["opened"].initial, self.cleaned_data.get("opened")
        if self.instance.pk is not None and before != now:
            self._show_again(now)
            self.add_error(None, self._said(_read(before), _read(now)))
        return cleaned

    def _show_again(self, now: str) -> None:
        typed = QueryDict("", mutable=True)
        typed.update(self.data)
        typed[self.add_prefix("opened")] = now
        self.data = typed

    def _said(self, before: dict[str, str], now: dict[str, str]) -> str:
        changed = [name for name, value in now.items() if before.get(name, value) != value]
        text = _(
            "Nothing was saved: this was changed after you opened the page. What you typed is kept;"
            " saving again replaces what is there now. {changes}"
        )
        return text.format(changes=", ".join(map(self._shown, changed))).strip()

    def _shown(self, name: str) -> str:
        field, value = self.fields[name], self.initial[name]
        if isinstance(value, bool):
            shown = _("yes") if value else _("no")
        else:
            shown = str(field.prepare_value(value))[:_LONGEST_VALUE]
        return _("{field}, now: {value}").format(field=field.label, value=shown)


def _read(text: str | None) -> dict[str, str]:
    """What a page was opened with; nothing where it does not say so."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
