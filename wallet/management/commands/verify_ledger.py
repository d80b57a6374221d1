from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from wallet import verification


class Command(BaseCommand):
    help = "Proves the books: exit 0 when every invariant holds, else 1 and the offending rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="machine-readable output")

    def handle(self, *args: Any, **options: Any) -> None:
        report = verification.prove()
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), default=str))
        else:
            self._print(report)
        if not report.is_ok:
            sys.exit(1)

    def _print(self, report: verification.Report) -> None:
        for finding in report.findings:
            self.stdout.write(f"{'ok ' if finding.is_ok else 'BAD'}  {finding.name}")
            for row in finding.rows:
                self.stdout.write(f"       {row}")
        self.stdout.write(f"{report.transfers} transfers")
