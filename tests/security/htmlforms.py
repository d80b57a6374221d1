"""The forms of a page, as a browser would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

TOKEN = "csrfmiddlewaretoken"
NUMBER_MODES = {"numeric", "decimal"}
# Controls that a person cannot write a text into.
CHOSEN = {"checkbox", "radio", "submit", "button", "select", "file"}


@dataclass
class Field:
    name: str
    kind: str
    value: str
    is_number: bool = False

    @property
    def is_text(self) -> bool:
        return self.kind not in CHOSEN


@dataclass
class Form:
    """`page` shows it, `action` receives it; `names` are also those of boxes without a tick."""

    page: str
    action: str
    method: str
    fields: list[Field] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    """Collects forms and links; of a group of radios and of a select the chosen value counts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        # Forms that nobody sees, by their id; buttons elsewhere send them where they say.
        self.hidden: dict[str, Form] = {}
        self.elsewhere: list[tuple[str, str, Field]] = []
        self.links: list[str] = []
        self.form: Form | None = None
        self.select: Field | None = None
        self.area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.links += [values[name] for name in ("href", "hx-get") if name in values]
        match tag:
            case "form":
                action = urljoin(self.page, values.get("action") or self.page)
                self.form = Form(self.page, action, values.get("method", "get").lower())
                if "hidden" in values:
                    self.hidden[values.get("id", "")] = self.form
                else:
                    self.forms.append(self.form)
            case "button" if "formaction" in values and "form" in values:
                pressed = Field(values.get("name", ""), "submit", values.get("value", ""))
                self.elsewhere.append((values["form"], values["formaction"], pressed))
            case "input" | "button":
                self._input(values, kind=values.get("type", "text" if tag == "input" else tag))
            case "select":
                self.select = self._add(values, kind="select", value="")
            case "option" if self.select and ("selected" in values or not self.select.value):
                self.select.value = values.get("value", "")
            case "textarea":
                self.area = self._add(values, kind="textarea", value="")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.area.value += data

    def _input(self, values: dict[str, str], *, kind: str) -> None:
        if kind in ("checkbox", "radio") and "checked" not in values:
            if self.form is not None:
                self.form.names.add(values.get("name", ""))
            return
        self._add(values, kind=kind, value=values.get("value", ""))

    def _add(self, values: dict[str, str], *, kind: str, value: str) -> Field | None:
        name = values.get("name", "")
        if self.form is None or name in ("", TOKEN) or "disabled" in values:
            return None
        if "__prefix__" in name:  # the pattern of rows that scripts add: sent, and never read
            return None
        is_number = kind == "number" or values.get("inputmode") in NUMBER_MODES
        one = Field(name, kind, value, is_number)
        self.form.fields.append(one)
        self.form.names.add(name)
        return one


def forms_of(page: str, html: str) -> list[Form]:
    reader = _read(page, html)
    sent_elsewhere = [
        Form(page, urljoin(page, action), form.method, [*form.fields, pressed], {*form.names})
        for name, action, pressed in reader.elsewhere
        if (form := reader.hidden.get(name))
    ]
    return reader.forms + sent_elsewhere


def links_of(page: str, html: str) -> list[str]:
    """Addresses that the page leads to or fetches by itself, made absolute paths."""
    return [urljoin(page, link) for link in _read(page, html).links]


def _read(page: str, html: str) -> _Reader:
    reader = _Reader(page)
    reader.feed(html)
    reader.close()
    return reader
