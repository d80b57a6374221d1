from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from smmpanel import demo
from smmpanel.demo_catalogue import CATALOGUE


class Command(BaseCommand):
    help = "Brings the demonstration's log-ins and catalogue up to date. Needs DEMO or DEBUG."

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or settings.DEBUG):
            raise CommandError("This installation is no demonstration: DEMO and DEBUG are off.")
        demo.seed(at=timezone.now())
        self.stdout.write(f"{len(CATALOGUE)} services, 3 log-ins")
