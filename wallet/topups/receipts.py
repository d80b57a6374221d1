"""Receipts of paid top-ups: the same facts on the page and in the PDF that the worker makes once.

A receipt says what came, how, and what it is: a prepayment. Amounts are those of the books. Rules:
docs/top-ups.md; rows WAL-02, LEG-20.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from wallet.gateways import registry
from wallet.models import Deposit, Receipt
from wallet.money import display
from wallet.topups import promotions

if TYPE_CHECKING:
    from fpdf import FPDF

# What was not made by then is made when somebody asks for it.
SWEPT_FOR = timedelta(days=7)
_FONT = "text"
_LABEL_MM, _LINE_MM = 55, 8
# The built-in fonts know Western Europe's letters alone; what cards and money need is near enough.
_PLAIN = str.maketrans({"•": "*", "−": "-", "–": "-", "—": "-", "’": "'", "…": "..."})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a receipt states; amounts in micros. `bonus_trouble` says why no bonus came of it."""

    number: str
    issued_by: str
    address: str
    tax_id: str
    customer: str
    method: str
    received_micros: int
    bonus_micros: int
    bonus_trouble: str
    fee_micros: int
    payment_id: str
    asked_at: datetime
    credited_at: datetime | None
    terms_number: int


def facts_of(deposit: Deposit) -> Facts:
    """For a top-up in any state: unpaid ones show what they would be."""
    bonus = promotions.outcome_of(deposit)
    return Facts(
        number=deposit.receipt_number,
        issued_by=settings.COMPANY_NAME,
        address=settings.COMPANY_ADDRESS,
        tax_id=settings.COMPANY_TAX_ID,
        customer=deposit.customer.email,
        method=deposit.method_label or str(registry.label_of(deposit.gateway)),
        received_micros=deposit.amount_micros,
        bonus_micros=bonus.micros,
        bonus_trouble=bonus.trouble,
        fee_micros=0,  # what the gateway keeps is ours to bear
        payment_id=deposit.payment_id or "",
        asked_at=deposit.created_at,
        credited_at=deposit.credited_at,
        terms_number=deposit.publication.number,
    )


def due(*, at: datetime) -> QuerySet[Deposit]:
    """Paid top-ups without a receipt, the oldest first."""
    paid = Deposit.objects.filter(state=Deposit.State.PAID, credited_at__gt=at - SWEPT_FOR)
    return paid.filter(receipt=None).order_by("credited_at")


def make(*, deposit_id: int, at: datetime) -> None:
    """Makes the PDF of a paid top-up once; of two workers the first one's is kept."""
    rows = Deposit.objects.select_related("customer", "publication")
    deposit = rows.filter(pk=deposit_id, state=Deposit.State.PAID, receipt=None).first()
    if deposit is not None:
        receipt = Receipt(deposit=deposit, pdf=draw(facts_of(deposit)), made_at=at)
        Receipt.objects.bulk_create([receipt], ignore_conflicts=True)


def draw(facts: Facts) -> bytes:
    """The receipt on one A4 page, in UTC and the site's language."""
    page = _new_page(facts)
    _write(page, facts.issued_by, size=16)
    tax_id = _("Tax number: %(number)s") % {"number": facts.tax_id} if facts.tax_id else ""
    for line in (*facts.address.splitlines(), tax_id):
        _write(page, line, size=10)
    page.ln(_LINE_MM)
    _write(page, _title(facts), size=14)
    page.ln(_LINE_MM / 2)
    for label, value in _lines(facts):
        page.cell(_LABEL_MM, _LINE_MM, _fit(page, label))
        page.multi_cell(0, _LINE_MM, _fit(page, value), new_x="LMARGIN", new_y="NEXT")
    page.ln(_LINE_MM / 2)
    _write(page, nature(), size=9)
    return bytes(page.output())


def nature() -> str:
    """What a top-up is, in the words of the page and of the file (WAL-02)."""
    return _(
        "This is a prepayment for orders on this site. It is not a bank account and bears no"
        " interest."
    )


def _title(facts: Facts) -> str:
    return _("Receipt %(number)s") % {"number": facts.number}


def _lines(facts: Facts) -> list[tuple[str, str]]:
    lines = [
        (_("Received"), display(facts.received_micros)),
        (_("Fee"), display(facts.fee_micros)),
        (_("Added to the balance"), display(facts.received_micros)),
        (_("Paid with"), facts.method),
        (_("Payment"), facts.payment_id),
        (_("Asked for"), _moment(facts.asked_at)),
        (_("Credited"), _moment(facts.credited_at)),
        (_("Customer"), facts.customer),
        (_("Terms"), _("number %(number)d") % {"number": facts.terms_number}),
    ]
    if facts.bonus_micros:
        bonus = _("%(amount)s, given by us and not paid for") % {
            "amount": display(facts.bonus_micros)
        }
        lines.insert(3, (_("Bonus"), bonus))
    return lines


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{date_format(at.astimezone(UTC), 'j M Y, H:i')} UTC"


def _new_page(facts: Facts) -> FPDF:
    from fpdf import FPDF  # noqa: PLC0415 - a tenth of every process's start, and few draw anything

    page = FPDF(format="A4")
    if settings.RECEIPT_FONT:
        page.add_font(_FONT, fname=settings.RECEIPT_FONT)
    page.set_font(_FONT if settings.RECEIPT_FONT else "helvetica", size=10)
    page.set_lang(settings.LANGUAGE_CODE)
    page.set_title(_fit(page, _title(facts)))
    page.set_author(_fit(page, facts.issued_by))
    if facts.credited_at is not None:
        page.set_creation_date(facts.credited_at)
    page.add_page()
    return page


def _write(page: FPDF, text: str, *, size: int) -> None:
    page.set_font(size=size)
    page.multi_cell(0, size * 0.6, _fit(page, text), new_x="LMARGIN", new_y="NEXT")
    page.set_font(size=10)


def _fit(page: FPDF, text: str) -> str:
    """The text in letters that the font has."""
    if page.is_ttf_font:
        return text
    return text.translate(_PLAIN).encode("latin-1", "replace").decode("latin-1")
