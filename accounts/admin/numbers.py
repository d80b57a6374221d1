"""Whole numbers as staff type them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)


class WholeNumberField(forms.IntegerField):
    """ASCII digits only. Django's own field reads "1_000", "+5" and digits of other scripts."""

    default_error_messages = {"invalid": _("Use plain digits, such as 1000, nothing else.")}

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        if _DIGITS.fullmatch(str(value)) is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(value)


# For `formfield_overrides` of an admin whose rows hold counts.
WHOLE_NUMBERS: Mapping[type[models.Field[Any, Any]], Mapping[str, Any]] = {
    models.PositiveIntegerField: {"form_class": WholeNumberField},
    models.PositiveSmallIntegerField: {"form_class": WholeNumberField},
}
