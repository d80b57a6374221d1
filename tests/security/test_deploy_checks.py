"""`check --deploy` refuses what only a demonstration may have."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.apps import apps
from django.core.checks import CheckMessage
from django.core.checks.registry import registry
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from smmpanel.checks import check_deployment, payment_faults
from smmpanel.embedded.runtime import PROJECT

GOOD: dict[str, object] = {
    "DEMO": False,
    "DEBUG": False,
    "PROVIDER_DEV_HOSTS": [],
    "WEBHOOK_DEV_HOSTS": [],
    "FIELD_KEYS": ["first:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="],
    "SECRET_KEY": "one secret",
    "API_KEY_PEPPER": "another secret",
    "SITE_URL": "https://panel.example",
    "ALLOWED_HOSTS": ["panel.example"],
    "STRIPE_SECRET_KEY": "rk_live_of_a_test",
    "STRIPE_API_BASE": "",
    "STRIPE_WEBHOOK_SECRETS": ["whsec_of_a_test"],
    "STRIPE_LIVE_MODE": True,
}


TEST_MODE = {"STRIPE_LIVE_MODE": "0", "STRIPE_SECRET_KEY": "sk_test_of_a_test"}


def found_with(settings: Settings, **changes: object) -> list[str]:
    for name, value in {**GOOD, **changes}.items():
        setattr(settings, name, value)
    return [str(message.id) for message in check_deployment(None)]


def test_a_good_deployment_has_nothing_to_say(settings: Settings) -> None:
    assert found_with(settings) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"DEMO": True}, "smmpanel.E001"),
        ({"DEBUG": True}, "smmpanel.E002"),
        ({"PROVIDER_DEV_HOSTS": ["127.0.0.1:9000"]}, "smmpanel.E003"),
        ({"WEBHOOK_DEV_HOSTS": ["127.0.0.1:9000"]}, "smmpanel.E009"),
        ({"FIELD_KEYS": []}, "smmpanel.E004"),
        ({"API_KEY_PEPPER": "one secret"}, "smmpanel.E005"),
        ({"SITE_URL": "http://panel.example"}, "smmpanel.E006"),
        ({"SITE_URL": "https:panel.example"}, "smmpanel.E006"),
        ({"ALLOWED_HOSTS": ["panel.example", "*"]}, "smmpanel.E007"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:9"}, "smmpanel.E008"),
        ({"STRIPE_SECRET_KEY": ""}, "smmpanel.W001"),
        ({"COMPANY_ADDRESS": " "}, "smmpanel.W002"),
    ],
)
def test_each_fault_is_named(settings: Settings, changes: dict[str, object], expected: str) -> None:
    assert found_with(settings, **changes) == [expected]


def test_every_message_says_what_to_do_and_no_secret(settings: Settings) -> None:
    found_with(settings, DEMO=True, API_KEY_PEPPER="one secret", SITE_URL="http://panel.example")
    messages: list[CheckMessage] = check_deployment(None)
    assert len(messages) == 3
    assert all(message.hint for message in messages)
    assert not any("one secret" in f"{message.msg}{message.hint}" for message in messages)


def test_the_checks_belong_to_deployments_only() -> None:
    assert check_deployment in registry.get_checks(include_deployment_checks=True)
    assert check_deployment not in registry.get_checks(include_deployment_checks=False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"STRIPE_WEBHOOK_SECRETS": []}, "STRIPE_WEBHOOK_SECRETS is empty"),
        ({"STRIPE_WEBHOOK_SECRETS": [""]}, "holds an empty secret"),
        ({"STRIPE_WEBHOOK_SECRETS": ["whsec_of_a_test", " "]}, "holds an empty secret"),
        ({"STRIPE_SECRET_KEY": "", "STRIPE_WEBHOOK_SECRETS": [""]}, "holds an empty secret"),
        ({"STRIPE_SECRET_KEY": "sk_test_x"}, "is no live key"),
        ({"STRIPE_LIVE_MODE": False}, "is no test key"),
        ({"STRIPE_SECRET_KEY": "pk_live_x"}, "is no live key"),
        ({"DEMO": True}, "would take real money"),
        ({"TOP_UP_DAILY_CAP": "10,000"}, "TOP_UP_DAILY_CAP is no amount"),
        ({"MANUAL_SECOND_PERSON_FROM": ""}, "MANUAL_SECOND_PERSON_FROM is no amount"),
    ],
)
def test_no_process_starts_with_keys_that_do_not_belong_together(
    settings: Settings, changes: dict[str, object], words: str
) -> None:
    for name, value in {**GOOD, **changes}.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=words) as refused:
        apps.get_app_config("smmpanel").ready()
    assert "of_a_test" not in str(refused.value)


@pytest.mark.parametrize("changes", [{}, {"STRIPE_SECRET_KEY": "", "STRIPE_WEBHOOK_SECRETS": []}])
def test_good_keys_and_none_at_all_may_start(
    settings: Settings, changes: dict[str, object]
) -> None:
    for name, value in {**GOOD, **changes}.items():
        setattr(settings, name, value)
    apps.get_app_config("smmpanel").ready()
    assert payment_faults() == []


def check_deploy(**environ: str) -> subprocess.CompletedProcess[str]:
    deployment = {
        "DJANGO_SETTINGS_MODULE": "smmpanel.settings",
        "DEMO": "0",
        "SECRET_KEY": "".join(chr(33 + number) for number in range(60)),
        "SITE_URL": "https://panel.example",
        "ALLOWED_HOSTS": "panel.example",
        "STRIPE_SECRET_KEY": "rk_live_of_a_test",
        "STRIPE_API_BASE": "",
        "STRIPE_WEBHOOK_SECRETS": "whsec_of_a_test",
        "STRIPE_LIVE_MODE": "1",
        "COMPANY_ADDRESS": "1 Example Street",
    }
    # The browser's fixtures set this one for the whole run.
    inherited = {name: text for name, text in os.environ.items() if "ASYNC_UNSAFE" not in name}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=PROJECT,
        env={**inherited, **deployment, **environ},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_the_command_passes_a_deployment_and_refuses_a_demonstration() -> None:
    good, demo = check_deploy(), check_deploy(DEMO="1", **TEST_MODE)
    assert (good.returncode, good.stderr) == (0, "")
    assert demo.returncode != 0
    assert "smmpanel.E001" in demo.stderr
