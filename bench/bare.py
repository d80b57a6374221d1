"""Settings of the server that is measured beside ours: the same Django without any middleware."""

from smmpanel.settings import *  # noqa: F403
from smmpanel.settings import INSTALLED_APPS, MIDDLEWARE

MIDDLEWARE.clear()
# Does not start without its own.
INSTALLED_APPS.remove("allauth.account")
ROOT_URLCONF = "bench.naive"
