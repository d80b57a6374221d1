"""The evidence in one disputed payment, as one archive (CHB-06): what the top-up paid for and what
was delivered, who logged in and from where, what was accepted, written and asked.

Only orders that this very top-up paid for are in it, by the trail of its lots. Nothing names a
provider. A manifest has the SHA-256 of every file, so that nobody can doubt later what was handed
in. Conversations live above this app: the setting EVIDENCE_TICKETS_OF names who lists them.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from accounts.models import Login, OutboundMail
from legal.models import Acceptance
from orders.models import Order
from orders.pages.timeline import movements_of, timeline_of
from wallet import money
from wallet.lots.funding import funded_by
from wallet.lots.reading import read_history
from wallet.models import Deposit, Dispute
from wallet.spreadsheets import csv_rows, text_cell

Rows = Iterable[Sequence[object]]


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Paid:
    """An order and what this top-up paid of it, in micros."""

    order: Order
    paid_micros: int

    @property
    def end_count(self) -> int | None:
        """The counter at the end, where both of its parts are known."""
        start, delivered = self.order.start_count, self.order.delivered
        return None if start is None or delivered is None else start + delivered


def build(*, dispute: Dispute, at: datetime) -> bytes:
    """A ZIP about a dispute (with top-up and customer)."""
    paid = paid_by(dispute.deposit)
    files = [
        File("summary.html", _summary(dispute, paid, at=at)),
        _table("orders.csv", _ORDER_HEAD, map(_order_row, paid)),
        _table("order-events.csv", ("order", "at_utc", "what"), _event_rows(paid)),
        *_acceptances(dispute),
        _logins(dispute),
        *_mails(dispute),
        _tickets(dispute),
    ]
    return _archive([*files, _manifest(files, dispute, at=at)], at=at)


def paid_by(deposit: Deposit) -> list[Paid]:
    """The orders that a top-up paid for, less what came back of it, the oldest first.

    Folds the whole history: a snapshot has forgotten orders that are final.
    """
    holdings = read_history(customer_id=deposit.customer_id)
    sums = funded_by(holdings, deposit.reference)
    numbers = {name.partition(":")[2]: micros for name, micros in sums.items()}
    orders = Order.objects.visible_to(deposit.customer_id).filter(pk__in=numbers).order_by("pk")
    return [Paid(order, numbers[str(order.pk)]) for order in orders]


_ORDER_HEAD = (
    "order",
    "placed_utc",
    "service",
    "link",
    "quantity",
    "start_counter",
    "end_counter",
    "delivered",
    "status",
    "sent_utc",
    "finished_utc",
    "charge_usd",
    "refunded_usd",
    "paid_by_this_top_up_usd",
)


def _order_row(paid: Paid) -> Sequence[object]:
    order = paid.order
    return (
        order.pk,
        _time(order.created_at),
        text_cell(str(order.snapshot["name"])),
        text_cell(order.link),
        order.quantity,
        order.start_count,
        paid.end_count,
        order.delivered,
        order.status,
        _time(order.sent_at),
        _time(order.finished_at),
        money.plain(order.charge_micros),
        money.plain(order.refunded_micros),
        money.plain(paid.paid_micros),
    )


def _event_rows(paid: Iterable[Paid]) -> Rows:
    """The story that the customer reads, counts included."""
    for one in paid:
        order = one.order
        lines = timeline_of(order=order, events=order.events.all(), movements=movements_of(order))
        for line in lines:
            for told in (*line.folded, line):
                yield order.pk, _time(told.at), text_cell(told.text)


def _acceptances(dispute: Dispute) -> list[File]:
    """Who accepted what, when, from where; and the very texts."""
    rows = Acceptance.objects.filter(user=dispute.deposit.customer)
    accepted = list(rows.select_related("version__document").order_by("at", "pk"))
    head = ("document", "version", "language", "sha256", "at_utc", "at_point", "by", "by_use_alone")
    table = (
        (
            one.version.document.slug,
            one.version.number,
            one.version.language,
            one.version.sha256,
            _time(one.at),
            one.point,
            one.channel,
            one.is_implicit,
            one.ip,
            text_cell(one.user_agent),
        )
        for one in accepted
    )
    texts = {
        f"documents/{version.document.slug}-{version.number}-{version.language}.md": version.text
        for version in (one.version for one in accepted)
    }
    return [
        _table("acceptances.csv", (*head, "ip", "browser"), table),
        *(File(name, text.encode()) for name, text in sorted(texts.items())),
    ]


def _logins(dispute: Dispute) -> File:
    rows = Login.objects.filter(user=dispute.deposit.customer).order_by("pk")
    table = ((_time(one.at), one.ip, text_cell(one.user_agent)) for one in rows)
    return _table("log-ins.csv", ("at_utc", "ip", "browser"), table)


def _mails(dispute: Dispute) -> list[File]:
    """What we wrote to the customer; a link that is as good as a password is left out."""
    customer = dispute.deposit.customer
    rows = OutboundMail.objects.filter(
        recipient=customer.email,
        is_secret=False,
        sent_at__isnull=False,
        # An address may have been somebody else's before.
        created_at__gte=customer.date_joined,
    )
    mails = list(rows.order_by("pk"))
    names = [f"mails/{place:04d}.txt" for place in range(1, len(mails) + 1)]
    table = (
        (_time(mail.sent_at), text_cell(mail.subject), name)
        for mail, name in zip(mails, names, strict=True)
    )
    texts = (File(name, mail.body.encode()) for mail, name in zip(mails, names, strict=True))
    return [_table("mails.csv", ("sent_utc", "subject", "file"), table), *texts]


def _tickets(dispute: Dispute) -> File:
    head = ("ticket", "opened_utc", "order", "messages", "subject")
    rows = import_string(settings.EVIDENCE_TICKETS_OF)(customer_id=dispute.deposit.customer_id)
    table = (
        (one.number, _time(one.opened_at), one.order_id, one.messages, text_cell(one.subject))
        for one in rows
    )
    return _table("tickets.csv", head, table)


def _summary(dispute: Dispute, paid: list[Paid], *, at: datetime) -> bytes:
    context = {
        "dispute": dispute,
        "deposit": dispute.deposit,
        "customer": dispute.deposit.customer,
        "paid": paid,
        "site_name": settings.SITE_NAME,
        "at": at,
    }
    return render_to_string("orders/evidence/summary.html", context).encode()


def _table(name: str, head: Sequence[str], rows: Rows) -> File:
    return File(name, "".join(csv_rows([head, *rows])).encode())


def _manifest(files: Iterable[File], dispute: Dispute, *, at: datetime) -> File:
    content = {
        "dispute": dispute.dispute_id,
        "payment": dispute.deposit.payment_id,
        "top_up": dispute.deposit_id,
        "made_at": _time(at),
        "files": [
            {
                "name": file.name,
                "bytes": len(file.content),
                "sha256": hashlib.sha256(file.content).hexdigest(),
            }
            for file in files
        ],
    }
    return File("manifest.json", json.dumps(content, indent=2).encode())


def _archive(files: Iterable[File], *, at: datetime) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, at.astimezone(UTC).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.content)
    return buffer.getvalue()


def _time(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""
