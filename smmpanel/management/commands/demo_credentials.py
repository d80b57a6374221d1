import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from smmpanel import demo


class Command(BaseCommand):
    help = "Prints the demonstration's log-ins. Needs DEMO or DEBUG."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or settings.DEBUG):
            raise CommandError("This installation is no demonstration: DEMO and DEBUG are off.")
        credentials = demo.credentials()
        self.stdout.write(json.dumps(credentials, indent=None if options["json"] else 2))
