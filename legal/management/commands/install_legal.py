from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from legal.presets import PRESETS, STARTER
from legal.publishing import install_defaults


class Command(BaseCommand):
    help = "Publish the default legal documents, unless some are published already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--preset", choices=list(PRESETS), help="instead of the shipped policy")

    def handle(self, *_args: Any, **options: Any) -> None:
        policy = PRESETS[options["preset"]] if options["preset"] else STARTER
        publication = install_defaults(policy=policy, at=timezone.now())
        preset = publication.preset or "settings of its own"
        self.stdout.write(f"Publication {publication.number} is in force ({preset}).")
