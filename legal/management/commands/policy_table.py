from typing import Any

from django.core.management.base import BaseCommand

from legal.execution import executed_words
from legal.policy import SETTINGS, Policy
from legal.presets import PRESETS


class Command(BaseCommand):
    help = "Print the settings of legal.policy as the Markdown of docs/policies.md."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(_settings() + "\n\n" + _presets())


def _settings() -> str:
    rows = [
        [
            f"`{s.key}`",
            str(s.description),
            s.allowed,
            executed_words(s.key),
            s.scope.value,
            " ".join(s.rows),
        ]
        for s in SETTINGS.values()
    ]
    head = ["Setting", "What it does", "Allowed", "Can be published", "Read from", "Rows"]
    return _table(head, rows)


def _presets() -> str:
    policies = [Policy(), *PRESETS.values()]
    rows = [
        [f"`{s.key}`", *(s.words(policy.value(s.key)) for policy in policies)]
        for s in SETTINGS.values()
    ]
    return _table(["Setting", "Default", *(f"`{name}`" for name in PRESETS)], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
