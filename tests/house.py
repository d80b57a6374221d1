"""`house`: the whole panel behind a port, run by the same code as `make up`; `browser` looks at it.

Web server, worker, beat, the demo provider and the fake gateway are real processes with a database
of their own. What they print is shown under a failing test.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker

from smmpanel.embedded.errors import CannotStart
from smmpanel.embedded.runtime import PROJECT, Runtime
from smmpanel.embedded.valkey import HOST, free_port
from smmpanel.supervisor import processes
from smmpanel.supervisor.console import Console
from smmpanel.supervisor.stack import Stack
from tests import settings as test_settings
from tests.databases import Template, TestDatabase
from tests.demo_provider.process import DemoProvider
from tests.fake_stripe.process import FakeStripe

SECONDS_PER_ORDER = 4.0
LOG_CHARACTERS = 8000
# A page is there in a moment; a busy machine needs longer.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
LOG = pytest.StashKey[Path]()
QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class House:
    """A running panel: its address, its provider, its rows and its commands."""

    root: Path
    port: int
    provider: DemoProvider
    stripe: FakeStripe
    database: TestDatabase
    blocker: DjangoDbBlocker

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """Of its processes and commands."""
        return self.database.environ | {
            "PANEL_VAR": str(self.root),
            # A broker and cache of its own: the tests empty theirs.
            "REDIS_URL": test_settings.HOUSE_REDIS_URL,
            "SITE_URL": self.url,
            "DEMO_PROVIDER_URL": self.provider.url,
            "DEMO_PROVIDER_KEY": self.provider.key,
            "PROVIDER_DEV_HOSTS": self.provider.host,
            "STRIPE_API_BASE": self.stripe.url,
            "GATEWAY_ORIGINS": self.stripe.url,
            "STRIPE_SECRET_KEY": self.stripe.key,
            "STRIPE_WEBHOOK_SECRETS": self.stripe.webhook_secret,
        }

    @cached_property
    def log_ins(self) -> dict[str, dict[str, str]]:
        """What `manage.py demo_credentials` says, by role; asked once."""
        found: dict[str, dict[str, str]] = json.loads(self.manage("demo_credentials", "--json"))
        return found

    @contextmanager
    def rows(self) -> Iterator[None]:
        """Inside, this process works on the panel's database too."""
        with self.blocker.unblock(), self.database.as_default():
            yield

    def manage(self, *arguments: str) -> str:
        """What a management command prints; a failing one raises CalledProcessError."""
        answer = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=self.environ,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return answer.stdout


@pytest.fixture(scope="session")
def house(
    database_template: Template,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[House]:
    root = tmp_path_factory.mktemp("house")
    log = request.config.stash[LOG] = root / "house.log"
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            database = stack.enter_context(database_template.copy())
        provider = DemoProvider(store=root / "provider.sqlite", seconds_per_order=SECONDS_PER_ORDER)
        stack.enter_context(provider)
        stripe = stack.enter_context(FakeStripe(store=root / "stripe.sqlite"))
        house = House(
            root=root,
            port=free_port(),
            provider=provider,
            stripe=stripe,
            database=database,
            blocker=django_db_blocker,
        )
        stack.enter_context(_running(house, log))
        yield house
        with django_db_blocker.unblock():
            stack.close()


@contextmanager
def _running(house: House, log: Path) -> Iterator[None]:
    house.stripe.deliver_to(f"{house.url}/webhooks/stripe/")
    wanted = [
        processes.web(port=house.port),
        processes.worker(),
        processes.beat(schedule=house.root / "celerybeat"),
    ]
    with log.open("w") as file:
        runtime, console = Runtime(root=house.root), Console(file)
        stack = Stack(runtime=runtime, environ=house.environ, console=console)
        try:
            stack.prepare()
            stack.start(wanted)
            yield
        except CannotStart as error:
            pytest.fail(f"{error}\n{log.read_text()[-LOG_CHARACTERS:]}")
        finally:
            stack.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    log = item.config.stash.get(LOG, None)
    if report.failed and log and "house" in getattr(item, "fixturenames", ()):
        report.sections.append(("house", log.read_text()[-LOG_CHARACTERS:]))
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's own browser; playwright's downloads are not needed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("chromium is missing: sudo apt-get install -y chromium", pytrace=False)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@dataclass
class Browsing:
    """Opens pages of the house, each in a browser profile of its own (a person of its own).

    `problems` are script errors and blocked content on any page; a test that provokes some on
    purpose clears the list, otherwise it must end empty.
    """

    chromium: Browser
    url: str
    problems: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    def page(
        self,
        *,
        scripts: Literal["on", "off"] = "on",
        scheme: Literal["light", "dark"] = "light",
        width: int = 1280,
    ) -> Page:
        context = self.chromium.new_context(
            base_url=self.url,
            java_script_enabled=scripts == "on",
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", self._on_error)
        page.on("console", self._on_console)
        self.pages.append(page)
        return page

    def close(self) -> None:
        for page in self.pages:
            page.context.close()

    def _on_error(self, error: Error) -> None:
        self.problems.append(str(error))

    def _on_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.problems.append(message.text)


@pytest.fixture
def browser(house: House, chromium: Browser) -> Iterator[Browsing]:
    browsing = Browsing(chromium=chromium, url=house.url)
    yield browsing
    browsing.close()
    assert browsing.problems == []
