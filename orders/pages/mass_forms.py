from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from orders.placing.mass_lines import MOST_LINES, Line, TooManyLines, read_lines
from wallet.fields import SheetField

# Above what 500 honest lines take; below what a form may send.
LONGEST_TEXT = 400_000


class LinesField(forms.CharField):
    """Not optional, but a file does as well: the form looks at both together."""

    def validate(self, value: str) -> None:
        pass


class MassForm(forms.Form):
    """Lines that are typed, pasted, or read from a file and put below the typed ones."""

    lines = LinesField(
        label=_("Orders, one per line"),
        strip=False,
        widget=forms.Textarea(
            attrs={
                "rows": 10,
                "dir": "ltr",
                "class": "mono",
                "wrap": "off",
                "spellcheck": "false",
                "autocapitalize": "off",
                "placeholder": "12|https://example.com/p/1|1000",
            }
        ),
        help_text=_(
            "Service, link and quantity, with | or a tab or ; between them. Link and quantity may "
            "change places. At most 500 lines."
        ),
    )
    file = SheetField(
        label=_("Or a file"),
        required=False,
        longest_bytes=LONGEST_TEXT,
        error_messages={"too_large": _("This file is too large for 500 lines.")},
        help_text=_("CSV or text in UTF-8, written in the same way."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.read: list[Line] = []

    def clean(self) -> None:
        if self.errors:
            return
        text = self.text()
        if not text.strip():
            self.add_error("lines", gettext("Write at least one line, or choose a file."))
        elif len(text) > LONGEST_TEXT:
            self.add_error("lines", gettext("This is too much text for 500 lines."))
        else:
            self._read(text)

    @property
    def chosen(self) -> set[str]:
        """The numbers of the lines that are ticked, as they were sent."""
        return set(self.data.getlist("chosen")) if isinstance(self.data, QueryDict) else set()

    def text(self) -> str:
        """Everything that was sent, as one text."""
        parts = (self.cleaned_data.get("lines", ""), self.cleaned_data.get("file", ""))
        text = "\n".join(part.rstrip() for part in parts if part.strip())
        # A browser's own form doubles the ends of lines, a script does not: one text all the same.
        return text.replace("\r\n", "\n")

    def _read(self, text: str) -> None:
        try:
            self.read = read_lines(text)
        except TooManyLines as error:
            words = ngettext(
                "At most %(most)s lines at once; this is %(found)s. Send it in parts.",
                "At most %(most)s lines at once; these are %(found)s. Send them in parts.",
                error.found,
            )
            self.add_error("lines", words % {"most": MOST_LINES, "found": f"{error.found:,}"})
