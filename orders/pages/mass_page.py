"""The preview of a mass order: every line with its price or what is wrong, the sum of the chosen
ones, and how far the balance reaches. Nothing is charged that was not shown like this."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from orders.pages.mass_forms import MassForm
from orders.placing.mass import CheckedLine, check_lines
from orders.placing.notices import WORDS, Notice
from wallet.balances import spendable_micros


@dataclass(frozen=True, slots=True)
class MassSum:
    """What is chosen, in micros; `shown_for` names exactly that, with every price."""

    lines: Sequence[CheckedLine]
    balance_micros: int
    shown_for: str

    @property
    def total_micros(self) -> int:
        return sum(line.charge_micros for line in self._open)

    @property
    def paid(self) -> Sequence[CheckedLine]:
        """The lines that the balance pays for, in their order up to the first that it does not."""
        left, paid = self.balance_micros, []
        for line in self._open:
            if line.charge_micros > left:
                break
            left -= line.charge_micros
            paid.append(line)
        return paid

    @property
    def paid_micros(self) -> int:
        return sum(line.charge_micros for line in self.paid)

    @property
    def after_micros(self) -> int:
        return self.balance_micros - self.paid_micros

    @property
    def missing_micros(self) -> int:
        return max(0, self.total_micros - self.balance_micros)

    @property
    def unpaid(self) -> int:
        """How many chosen lines have to stay for want of money."""
        return len(self._open) - len(self.paid)

    @property
    def _open(self) -> list[CheckedLine]:
        return [line for line in self.lines if not line.order_id]


@dataclass(frozen=True, slots=True)
class MassPage:
    """`text` is what stands in the box, `text_name` names it: a choice belongs to one text."""

    key: str
    text: str
    text_name: str
    lines: Sequence[CheckedLine]
    chosen: Collection[int]
    sum: MassSum

    @property
    def risk(self) -> str:
        """What has to be said before any order (CAT-12)."""
        return str(WORDS[Notice.RISK])

    @property
    def good(self) -> int:
        return sum(line.is_good for line in self.lines)

    @property
    def bad(self) -> int:
        return len(self.lines) - self.good


def preview(*, customer_id: int, form: MassForm, form_key: str | None, at: datetime) -> MassPage:
    """Of a valid form. Chosen is what was ticked of this very text, else every line that waits and
    that nothing has to be confirmed for. Without a key the page gets a new one."""
    text = form.text()
    key = form_key or str(uuid.uuid4())
    lines = check_lines(customer_id=customer_id, lines=form.read, form_key=key, at=at)
    name = _name_of_text(text)
    numbers = form.chosen if form.data.get("text_name") == name else None
    chosen = [
        line
        for line in lines
        if line.is_good
        and (_is_plain(line) if numbers is None else str(line.line.number) in numbers)
    ]
    return MassPage(
        key=key,
        text=text,
        text_name=name,
        lines=lines,
        chosen={line.line.number for line in chosen},
        sum=MassSum(
            lines=chosen,
            balance_micros=spendable_micros(customer_id=customer_id),
            shown_for=_name_of(chosen),
        ),
    )


def preview_of_rest(
    *, customer_id: int, rest: Sequence[CheckedLine], wanted: Collection[int], at: datetime
) -> MassPage:
    """A new box with the lines that were not placed; chosen stay those whose numbers are `wanted`,
    as far as they can be placed now."""
    text = "\n".join(line.line.text for line in rest)
    data = QueryDict(mutable=True)
    data["lines"] = text
    data["text_name"] = _name_of_text(text)
    numbers = [str(place) for place, line in enumerate(rest, 1) if line.line.number in wanted]
    data.setlist("chosen", numbers)
    form = MassForm(data)
    form.is_valid()
    return preview(customer_id=customer_id, form=form, form_key=None, at=at)


def _is_plain(line: CheckedLine) -> bool:
    return not line.ticks and not line.order_id


def _name_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _name_of(lines: Sequence[CheckedLine]) -> str:
    content = [
        (
            line.line.number,
            line.line.service_id,
            line.line.link.url if line.line.link else "",
            line.line.quantity,
            line.charge_micros,
        )
        for line in lines
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
