"""Rows that staff type: each change is in the log of acts, with the old value and the new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.acts import log_act
from accounts.admin.numbers import WHOLE_NUMBERS
from accounts.http import client_ip, staff_member

M = TypeVar("M", bound=Model)

_LONGEST_VALUE = 200


class LoggedAdmin(admin.ModelAdmin[M]):
    formfield_overrides = WHOLE_NUMBERS

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The last step of saving, within its transaction: the row has its number by now."""
        super().save_related(request, form, formsets, change)
        changes: dict[str, list[object]] = changes_of(form)
        for formset in formsets:
            changes |= _rows_changed(formset)
        if changes or not change:
            self._log(request, form.instance, verb="change" if change else "add", changes=changes)

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        with transaction.atomic():
            self._log(request, obj, verb="delete", changes={"was": str(obj)})
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        with transaction.atomic():
            for row in queryset:
                self._log(request, row, verb="delete", changes={"was": str(row)})
            super().delete_queryset(request, queryset)

    def _log(
        self, request: HttpRequest, obj: M, *, verb: str, changes: Mapping[str, object]
    ) -> None:
        model = self.opts.model_name
        log_act(
            actor=staff_member(request),
            act=f"{verb} {model}",
            target=f"{model}:{obj.pk}",
            changes=changes,
            ip=client_ip(request),
        )


def changes_of(form: forms.BaseForm) -> dict[str, list[object]]:
    """The old and the new value of each field that changed, for the log of acts: as the form
    showed them, and of a secret only that it changed."""
    return {name: _old_and_new(form, name) for name in sorted(form.changed_data)}


def _rows_changed(formset: Any) -> dict[str, list[object]]:
    """What became of the rows below: {"alternatives": ["added 7 by 3", ...]}."""
    changed = [
        *(f"added {row}" for row in formset.new_objects),
        *(f"changed {row}: {', '.join(names)}" for row, names in formset.changed_objects),
        *(f"removed {row}" for row in formset.deleted_objects),
    ]
    return {formset.prefix: list(changed)} if changed else {}


def _old_and_new(form: forms.BaseForm, name: str) -> list[object]:
    field = form.fields[name]
    values = (form.get_initial_for_field(field, name), form.cleaned_data.get(name))
    return [_words(field, value) for value in values]


def _words(field: forms.Field, value: object) -> object:
    """As the form showed it, so that money is money; of a secret only that it changed."""
    if isinstance(field.widget, forms.PasswordInput):
        return "…"
    if isinstance(value, list | tuple | QuerySet):
        return sorted(map(str, value))
    return "" if value is None else str(field.prepare_value(value))[:_LONGEST_VALUE]
