"""docker-compose.yml, Dockerfile and .env.example without a container engine.

Every command in them parses, every name is one that settings read, no secret is written down.
"""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import click
import jsonschema
import pytest
import yaml
from celery.bin.base import CLIContext
from celery.bin.celery import celery as celery_command
from django.conf import settings
from django.core.management import get_commands
from django.test import Client
from granian.cli import cli as granian_command

from smmpanel.celery import app
from smmpanel.embedded.postgres import PATIENCE
from smmpanel.embedded.runtime import PROJECT
from smmpanel.supervisor import processes
from smmpanel.supervisor.prepare import DATA_COMMANDS
from tests.infra.compose_schema import COMPOSE

TEXT = (PROJECT / "docker-compose.yml").read_text()
FILE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {"web", "worker", "beat", "migrate"}
# Programs of the two images that are not ours.
FOREIGN = {"pg_isready", "valkey-server", "valkey-cli", "grep", "test", "find", "exec", "postgres"}
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
MANUAL = (PROJECT / "docs" / "deploy.md").read_text()
EXAMPLE = dict(
    line.split("=", 1)
    for line in (PROJECT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
SETTINGS_NAMES = set(
    re.findall(r'env\.\w+\(\s*"(\w+)"', (PROJECT / "smmpanel" / "settings.py").read_text())
)


def _interpolated(text: str) -> dict[str, str]:
    """Names that Compose fills in, with what follows them: ":?message" or ":-default"."""
    return dict(re.findall(r"(?<!\$)\$\{(\w+)([^}]*)\}", text))


def _filled(argument: str) -> str:
    """As Compose and then a shell would see it."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", argument).replace("$$", "$")


def _commands() -> Iterator[tuple[str, list[str]]]:
    for name, service in SERVICES.items():
        for command in (service.get("command"), service.get("healthcheck", {}).get("test")):
            yield from ((name, part) for part in _programs(command or []))
    yield "Dockerfile", json.loads(re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[-1])


def _programs(command: list[str]) -> Iterator[list[str]]:
    if command[:1] == ["CMD-SHELL"] or command[:2] == ["sh", "-c"]:
        for part in re.split(r"&&|\|", _filled(command[-1])):
            words = [word for word in shlex.split(part) if not re.match(r"^\w+=", word)]
            yield words[1:] if words[0] == "exec" else words
    elif command:
        yield [_filled(word) for word in (command[1:] if command[0] == "CMD" else command)]


def _parse(words: list[str]) -> None:
    """Raise what the program itself would complain about."""
    program, *arguments = words
    if program == "granian":
        granian_command.make_context(program, arguments)
    elif program == "celery":
        context = celery_command.make_context(program, list(arguments))
        context.obj = CLIContext(app=app, no_color=True, workdir=None)
        # What follows the program's own options: a sub-command and its options.
        rest = arguments[arguments.index("-A") + 2 :]
        name, command, rest = celery_command.resolve_command(context, rest)
        assert command
        command.make_context(name, rest, parent=context)
    elif program == "python" and arguments[0] == "manage.py":
        assert arguments[1] in get_commands()
    elif program == "python":
        compile(arguments[arguments.index("-c") + 1], "healthcheck", "exec")
    else:
        assert program in FOREIGN


def test_the_file_keeps_to_the_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(COMPOSE)
    jsonschema.Draft202012Validator(COMPOSE).validate(FILE)


@pytest.mark.parametrize(
    ("service", "key", "value"),
    [("web", "commands", ["x"]), ("web", "read_only", False), ("beat", "ports", ["8000:8000"])],
)
def test_the_schema_refuses_what_it_does_not_know(service: str, key: str, value: object) -> None:
    spoiled = json.loads(json.dumps(FILE))
    spoiled["services"][service][key] = value
    assert not jsonschema.Draft202012Validator(COMPOSE).is_valid(spoiled)


def test_references_inside_the_file_lead_somewhere() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        for condition in service.get("depends_on", {}).items():
            needs_health = condition[1]["condition"] == "service_healthy"
            assert not needs_health or "healthcheck" in SERVICES[condition[0]]
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(
            FILE["volumes"]
        )
        assert {config["source"] for config in service.get("configs", [])} <= set(FILE["configs"])


def test_it_describes_the_whole_deployment() -> None:
    assert set(SERVICES) == OURS | {"postgres", "redis"}
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {
        "migrate"
    }
    assert {volume for service in SERVICES.values() for volume in service.get("volumes", [])} == {
        "postgres-data:/var/lib/postgresql",
        "redis-data:/data",
    }


def test_its_database_has_as_much_patience_as_the_embedded_one() -> None:
    for name, value in PATIENCE.items():
        assert f"{name}={value}" in SERVICES["postgres"]["command"]


@pytest.mark.parametrize(("service", "words"), list(_commands()))
def test_every_command_exists_and_parses(service: str, words: list[str]) -> None:
    _parse(words)
    assert service in {*SERVICES, "Dockerfile"}


@pytest.mark.parametrize(
    "words",
    [
        ["granian", "--interfaces=wsgi", "x:y"],
        ["celery", "-A", "smmpanel.celery", "labour"],
        ["celery", "-A", "smmpanel.celery", "worker", "--poll", "threads"],
        ["python", "manage.py", "instal_legal"],
        ["pg_ready"],
    ],
)
def test_a_misspelt_command_is_noticed(words: list[str]) -> None:
    with pytest.raises((click.UsageError, AssertionError)):
        _parse(words)


def test_it_runs_what_make_up_runs() -> None:
    web = processes.web(port=8000).command
    assert web[-1] == SERVICES["web"]["command"][-1]
    assert f"--access-log-fmt={processes.ACCESS_LOG}" in SERVICES["web"]["command"]
    usual = "-A smmpanel.celery worker -P threads -c 16 --without-gossip --without-mingle"
    assert usual in " ".join(processes.worker().command)
    assert usual in " ".join(SERVICES["worker"]["command"])


def test_its_migration_installs_what_make_up_installs() -> None:
    programs = list(_programs(SERVICES["migrate"]["command"]))
    assert [words[2] for words in programs] == ["migrate", *DATA_COMMANDS]


@pytest.mark.parametrize("service", sorted(OURS))
def test_settings_read_every_name_that_a_process_is_given(service: str) -> None:
    assert set(SERVICES[service]["environment"]) <= SETTINGS_NAMES


def test_a_deployment_can_say_every_name_that_the_manual_offers_it() -> None:
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \| (.*)$", MANUAL, re.MULTILINE)
    offered = {
        name
        for names, meaning in rows
        for name in re.findall(r"`(\w+)`", names)
        if not meaning.startswith("Demo:") and "never in a deployment" not in meaning
    }
    assert len(offered) > 30
    # What the image and the panel's own servers need is no choice of a deployment.
    elsewhere = {"PANEL_VAR", "PORT", "PANEL_PG_BIN", "PANEL_VALKEY_BIN"}
    assert offered - set(SERVICES["web"]["environment"]) == elsewhere


def test_what_settings_cannot_do_without_is_required() -> None:
    names = {"SECRET_KEY", "API_KEY_PEPPER", "FIELD_KEYS", "SITE_URL", "ALLOWED_HOSTS", "EMAIL_URL"}
    assert {name for name in names if _interpolated(TEXT)[name].startswith(":?")} == names
    never = {"DEMO", "DEBUG", "PROVIDER_DEV_HOSTS", "WEBHOOK_DEV_HOSTS"}
    assert not never & set(SERVICES["web"]["environment"])


def test_the_example_names_what_the_file_asks_for() -> None:
    rarely_changed = {"PANEL_VERSION", "BEHIND_PROXY", "TRUSTED_PROXY_COUNT"}
    assert set(EXAMPLE) == set(_interpolated(TEXT)) - rarely_changed


def test_no_secret_is_written_down() -> None:
    secret = re.compile(r"PASSWORD|SECRET|PEPPER|KEY")
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if secret.search(name):
                assert re.fullmatch(r"\$\{\w+:(\?[^}]*|-)\}", value), name
            assert re.search(r"://[^/:@]*:(?!\$\{)[^@]*@", str(value)) is None, name
    assert {name: value for name, value in EXAMPLE.items() if secret.search(name) and value} == {}


def test_health_paths_answer(client: Client, db: None) -> None:
    paths = re.findall(r"http://127\.0\.0\.1:8000(/\w+)", TEXT)
    assert paths == [processes.web(port=1).ready_url.rpartition(":1")[2]]
    assert client.get(paths[0], headers={"host": "127.0.0.1"}).status_code == 200
    assert any(re.match(pattern, paths[0][1:]) for pattern in settings.SECURE_REDIRECT_EXEMPT)
    assert SERVICES["web"]["environment"]["ALLOWED_HOSTS"].endswith(",127.0.0.1")


def test_nothing_runs_as_root() -> None:
    assert [name for name, service in SERVICES.items() if service["user"] in {"root", "0"}] == []
    user = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert SERVICES["web"]["user"] == f"{user[-1]}:{user[-1]}"


def test_the_image_installs_only_what_the_lock_pins() -> None:
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]
    assert len(installs) == 1
    assert "--require-hashes -r requirements.lock" in installs[0]
    copied = re.findall(r"^!(\S+)$", (PROJECT / ".dockerignore").read_text(), re.MULTILINE)
    assert not {"var", ".env", ".git", "tests"} & set(copied)
