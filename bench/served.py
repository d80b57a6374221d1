"""Settings of the web server that is measured: the panel's own, with two addresses more."""

from smmpanel.settings import *  # noqa: F403

ROOT_URLCONF = "bench.naive"
