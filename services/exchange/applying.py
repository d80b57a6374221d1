"""A file against the catalogue: what it would change, and the change itself (a reviewed diff).

Reading writes nothing. Applying reads the file once more with the catalogue held, and writes only
if it finds exactly the changes that somebody has looked at; otherwise nothing is written.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from import_export.resources import ModelResource
from import_export.results import RowResult
from tablib import Dataset
from tablib.exceptions import TablibException

from accounts.acts import log_act
from accounts.models import User
from services.exchange.resources import CustomPriceFile, PriceFile, ServiceFile
from services.margins.repricing import reprice
from services.margins.turns import take_turn
from services.models import CustomPrice, Service
from wallet.money import plain
from wallet.spreadsheets import csv_rows

FILES: Mapping[str, type[ModelResource]] = {
    "services": ServiceFile,
    "prices": PriceFile,
    "custom-prices": CustomPriceFile,
}
MOST_ROWS = 20_000
# So many changed rows stand in the log with their values.
LOGGED = 200
# What decides which rule makes the price of a service.
_MAKES_THE_PRICE = frozenset({"priced_by", "category", "provider_service"})
_BATCH = 500


class NotATable(ValueError):
    """The text is no table with these columns; the message says what is wrong."""


class ChangedMeanwhile(Exception):
    """Something that the file is about is no longer as it was when the changes were shown."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row that differs: what it is about, and each column's old and new text."""

    about: str
    verb: str
    columns: Mapping[str, tuple[str, str]]
    row: models.Model = field(compare=False, repr=False)
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line of the file cannot be taken."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Either problems, and then nothing can be applied, or changes."""

    rows: int
    changes: list[Change]
    problems: list[Problem]

    @property
    def digest(self) -> str:
        """The same for the same changes: what is applied is what was looked at."""
        seen = [(each.about, each.verb, sorted(each.columns.items())) for each in self.changes]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def export(kind: str) -> Iterator[str]:
    """The lines of the file as it is now."""
    resource = FILES[kind]()
    fields = resource.get_export_fields()
    header = [[each.column_name for each in fields]]
    rows = resource.get_queryset().iterator(chunk_size=1000)
    yield from csv_rows(header)
    yield from csv_rows([each.export(row) for each in fields] for row in rows)


def read(kind: str, text: str, *, at: datetime) -> Reading:
    """What the file would change; writes nothing. Raises NotATable."""
    resource = FILES[kind]()
    dataset = _dataset(text, resource)
    # The rows do not save themselves; a dry run would do it and roll back.
    result = resource.import_data(dataset, dry_run=False, use_transactions=False)
    problems = [*_repeated(dataset, resource), *_problems(result)]
    changes = [] if problems else _priced(kind, list(_changes(resource, result.rows)), at=at)
    return Reading(rows=len(dataset), changes=changes, problems=sorted(problems, key=_line))


def apply(
    kind: str, text: str, *, digest: str, actor: User, at: datetime, ip: str | None
) -> Reading:
    """Writes what was looked at, in one transaction. Raises ChangedMeanwhile, NotATable."""
    with transaction.atomic():
        take_turn()
        found = read(kind, text, at=at)
        if found.problems or found.digest != digest:
            raise ChangedMeanwhile
        _write(kind, found.changes)
        moved = [each.row.pk for each in found.changes if each.attributes & _MAKES_THE_PRICE]
        reprice(service_ids=moved, at=at)
        log_act(
            actor=actor,
            act=f"import {kind}",
            target=f"file:{digest[:16]}",
            changes=_entry(found.changes),
            ip=ip,
        )
    return found


def _dataset(text: str, resource: ModelResource) -> Dataset:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        dataset = Dataset().load(text, format="csv", delimiter=delimiter)
    except (csv.Error, TablibException) as error:
        raise NotATable(_("This is no table: export one and change that.")) from error
    known = {each.column_name for each in resource.get_import_fields()}
    headers = [str(header).strip() for header in dataset.headers or ()]
    keys = {each.column_name for each in _keys(resource)}
    if unknown := [header for header in headers if header not in known]:
        words = _("There is no column “%(name)s”. Columns: %(known)s.")
        raise NotATable(words % {"name": unknown[0][:40], "known": ", ".join(sorted(known))})
    if missing := sorted(keys - set(headers)):
        raise NotATable(_("The column “%(name)s” is missing.") % {"name": missing[0]})
    if len(headers) != len(set(headers)):
        raise NotATable(_("Two columns have the same name."))
    if not 0 < len(dataset) <= MOST_ROWS:
        words = _("A file has 1 to %(most)s rows below the names of its columns.")
        raise NotATable(words % {"most": f"{MOST_ROWS:,}"})
    dataset.headers = headers
    return dataset


def _keys(resource: ModelResource) -> list[Any]:
    return [resource.fields[name] for name in resource.get_import_id_fields()]


def _repeated(dataset: Dataset, resource: ModelResource) -> Iterator[Problem]:
    """Two rows about one thing: which of them is meant is not ours to guess."""
    names = [each.column_name for each in _keys(resource)]
    seen: set[tuple[str, ...]] = set()
    for line, row in enumerate(dataset.dict, start=1):
        key = tuple(str(row[name]).strip().lower() for name in names)
        if key in seen:
            yield Problem(line, _("This row is there twice."))
        seen.add(key)


def _problems(result: Any) -> Iterator[Problem]:
    for error in result.base_errors:
        yield Problem(0, str(error.error))
    for line, errors in result.row_errors():
        yield from (Problem(line, str(each.error)) for each in errors)
    for row in result.invalid_rows:
        yield from (Problem(row.number, message) for message in _messages(row.error))


def _messages(error: ValidationError) -> Iterable[str]:
    if not hasattr(error, "error_dict"):
        return error.messages
    named = error.message_dict.items()
    return [
        message if name == "__all__" else f"{name}: {message}"
        for name, messages in named
        for message in messages
    ]


def _line(problem: Problem) -> int:
    return problem.line


def _changes(resource: ModelResource, rows: Iterable[RowResult]) -> Iterator[Change]:
    for row in rows:
        if row.import_type == RowResult.IMPORT_TYPE_SKIP:
            continue
        before = None if row.import_type == RowResult.IMPORT_TYPE_NEW else row.original
        after = None if row.import_type == RowResult.IMPORT_TYPE_DELETE else row.instance
        columns, attributes = {}, set()
        for each in resource.get_import_fields():
            old = "" if before is None else each.export(before)
            new = "" if after is None else each.export(after)
            if old != new:
                columns[each.column_name] = (old, new)
                attributes.add(str(each.attribute))
        about = _about(row.instance or before)
        yield Change(about, row.import_type, columns, row.instance, frozenset(attributes))


def _about(row: Any) -> str:
    if isinstance(row, CustomPrice):
        return f"{row.customer} · {row.service}"
    return str(row)


def _priced(kind: str, changes: list[Change], *, at: datetime) -> list[Change]:
    """With the prices that the rules will make of the changed rows: found by doing it and taking
    it back."""
    ruled = {each.row.pk: each for each in changes if _follows_rules(each)}
    if not ruled:
        return changes
    with transaction.atomic():
        take_turn()
        _write(kind, list(ruled.values()))
        reprice(service_ids=list(ruled), at=at)
        rates = dict(Service.objects.filter(pk__in=ruled).values_list("pk", "rate_micros"))
        transaction.set_rollback(True)
    return [_at_price(each, rates.get(each.row.pk)) for each in changes]


def _follows_rules(change: Change) -> bool:
    row = change.row
    return (
        isinstance(row, Service)
        and row.priced_by == Service.PricedBy.RULE
        and bool(change.attributes & _MAKES_THE_PRICE)
    )


def _at_price(change: Change, rate_micros: int | None) -> Change:
    if rate_micros is None or not isinstance(change.row, Service):
        return change
    if rate_micros == change.row.rate_micros:
        return change
    rates = (plain(change.row.rate_micros), plain(rate_micros))
    return replace(change, columns={**change.columns, "rate": rates})


def _entry(changes: list[Change]) -> dict[str, object]:
    """For the log: how many of each, and of the first ones what it was and is."""
    return {
        **Counter(each.verb for each in changes),
        "rows": {each.about: dict(each.columns) for each in changes[:LOGGED]},
    }


def _write(kind: str, changes: list[Change]) -> None:
    model = FILES[kind]._meta.model
    removed = [each.row.pk for each in changes if each.verb == RowResult.IMPORT_TYPE_DELETE]
    new = [each.row for each in changes if each.verb == RowResult.IMPORT_TYPE_NEW]
    changed = [each for each in changes if each.verb == RowResult.IMPORT_TYPE_UPDATE]
    model._default_manager.filter(pk__in=removed).delete()
    model._default_manager.bulk_create(new, batch_size=_BATCH)
    if attributes := sorted({name for each in changed for name in each.attributes}):
        rows = [each.row for each in changed]
        model._default_manager.bulk_update(rows, attributes, batch_size=_BATCH)
