from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction

from wallet import verification
from wallet.models import Transfer


class Command(BaseCommand):
    help = "Proves the books: exit 0 when every invariant holds, else 1 and the offending rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="machine-readable output")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            self._take_snapshot()
            findings = verification.verify()
            transfers = Transfer.objects.count()
        is_ok = all(finding.is_ok for finding in findings)
        if options["json"]:
            checks = [{"name": f.name, "ok": f.is_ok, "rows": f.rows} for f in findings]
            self.stdout.write(
                json.dumps({"ok": is_ok, "transfers": transfers, "checks": checks}, default=str)
            )
        else:
            self._print(findings, transfers)
        if not is_ok:
            sys.exit(1)

    def _take_snapshot(self) -> None:
        """Every check sees the same moment, while orders go on being placed."""
        with connection.cursor() as cursor:
            if not connection.savepoint_ids:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def _print(self, findings: list[verification.Finding], transfers: int) -> None:
        for finding in findings:
            self.stdout.write(f"{'ok ' if finding.is_ok else 'BAD'}  {finding.name}")
            for row in finding.rows:
                self.stdout.write(f"       {row}")
        self.stdout.write(f"{transfers} transfers")
