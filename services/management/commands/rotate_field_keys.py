from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.acts import log_act
from services import encryption


class Command(BaseCommand):
    help = "Seals every stored secret with the first key of FIELD_KEYS: docs/deploy.md."

    def handle(self, *args: Any, **options: Any) -> None:
        name = encryption.newest_key()
        with transaction.atomic():
            columns = encryption.reseal_all()
            if any(column.renewed for column in columns):
                renewed = {column.column: column.renewed for column in columns}
                log_act(actor=None, act="rotate keys", target=f"key:{name}", changes=renewed)
        for column in columns:
            self._print(column, name)
        if any(column.unreadable for column in columns):
            sys.exit(1)

    def _print(self, column: encryption.Resealed, name: str) -> None:
        self.stdout.write(
            f"{column.column}: {column.renewed} sealed anew with {name},"
            f" {column.current} were already"
        )
        for pk in column.unreadable:
            self.stdout.write(f"  row {pk}: no key of FIELD_KEYS opens it; type it in again")
