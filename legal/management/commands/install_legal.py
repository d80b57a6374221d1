from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from legal.presets import PRESETS
from legal.publishing import install_defaults


class Command(BaseCommand):
    help = "Publish the default legal documents, unless some are published already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--preset", choices=list(PRESETS), default="balance_only")

    def handle(self, *_args: Any, **options: Any) -> None:
        publication = install_defaults(preset=options["preset"], at=timezone.now())
        preset = publication.preset or "settings of its own"
        self.stdout.write(f"Publication {publication.number} is in force ({preset}).")
