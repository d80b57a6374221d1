"""The real settings in a fixed environment; DATABASE_URL and REDIS_URL may name servers to use.

pytest-django reads settings before any conftest runs, so the addresses of the throw-away servers
are decided here, and `tests/conftest.py` starts the servers on them.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from smmpanel.embedded.account import MEMORY
from smmpanel.embedded.valkey import free_port


def is_roomy(memory: Path) -> bool:
    """Whether throw-away servers fit in there, with programs of their own if need be."""
    if not os.access(memory, os.W_OK):
        return False
    status = os.statvfs(memory)
    return status.f_bavail * status.f_frsize > 4 << 30 and not status.f_flag & os.ST_NOEXEC


# A database is a thousand files, made and removed again and again: in memory, where that is quick.
# Importing must leave no trace (mypy reads settings too): the directory is made by conftest.
RUN_DIR = (MEMORY if is_roomy(MEMORY) else Path("/tmp")) / f"panel-tests-{os.getpid()}"
SOCKET_DIR = RUN_DIR / "pg"
VALKEY_PORT = free_port()
VALKEY_PASSWORD = "of-one-test-run"  # a loopback server that lives for minutes
STARTS_POSTGRES = "DATABASE_URL" not in os.environ
STARTS_VALKEY = "REDIS_URL" not in os.environ

os.environ.setdefault("DATABASE_URL", f"postgresql://app@/panel?host={SOCKET_DIR}")
os.environ.setdefault("REDIS_URL", f"redis://:{VALKEY_PASSWORD}@127.0.0.1:{VALKEY_PORT}/0")
# Where the servers are named, all workers of `pytest -n` use them: each has two numbered databases
# of Valkey, one of them for its house. (pytest-django names the other databases after the worker.)
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
VALKEY = urlsplit(os.environ["REDIS_URL"])
NUMBER = int(VALKEY.path.strip("/") or 0) + 2 * WORKER
os.environ["REDIS_URL"] = VALKEY._replace(path=f"/{NUMBER}").geturl()
HOUSE_REDIS_URL = VALKEY._replace(path=f"/{NUMBER + 1}").geturl()
# Hundreds of processes are started; each would compile Django and the panel anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.update(
    PANEL_VAR=str(RUN_DIR / "var"),
    DEBUG="0",
    DEMO="1",  # plain http on loopback; what differs in production is tested on its own
    SECRET_KEY="for-tests-only-" + "0123456789abcdef" * 3,
    API_KEY_PEPPER="pepper-for-tests-only",
    FIELD_KEYS="test:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    SITE_URL="http://127.0.0.1:8000",
    EMAIL_URL="memorymail://",
    # Offered, and nobody answers there: a test that pays takes the fixture `stripe`.
    STRIPE_SECRET_KEY="sk_test_of_the_tests",
    STRIPE_API_BASE="http://127.0.0.1:9",
    STRIPE_WEBHOOK_SECRETS="whsec_of_the_tests",
    # Everybody in a test has just signed up; what new accounts may not do is tested on its own.
    TOP_UP_DAILY_CAP="1000000",
    TOP_UP_DAILY_CAP_NEW="1000000",
)

from smmpanel.settings import *  # noqa: E402, F403 - the environment above is read by this import

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# No collectstatic before each run: addresses without fingerprints, files straight from the apps.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
# Looked up when asked for: the other way lists all files anew for every `Client()`.
WHITENOISE_AUTOREFRESH = True
