from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from legal.execution import NotExecutable, check_executable
from legal.presets import PRESETS, STARTER
from legal.publishing import install_defaults


class Command(BaseCommand):
    help = "Publish the default legal documents, unless some are published already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--preset", choices=list(PRESETS), help="instead of the shipped policy")

    def handle(self, *_args: Any, **options: Any) -> None:
        policy = PRESETS[options["preset"]] if options["preset"] else STARTER
        try:
            check_executable(policy)
        except NotExecutable as error:
            raise CommandError(str(error)) from error
        publication = install_defaults(policy=policy, at=timezone.now())
        preset = publication.preset or "settings of its own"
        self.stdout.write(f"Publication {publication.number} is in force ({preset}).")
