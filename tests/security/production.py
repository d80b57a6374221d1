"""The settings as they are in a deployment: the tests themselves run as a demonstration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache

_PRINT = """
import json, smmpanel.settings as settings
kinds = ("SECURE_", "SESSION_", "CSRF_", "LANGUAGE_COOKIE")
names = [n for n in dir(settings) if n.startswith(kinds)]
shown = {n: getattr(settings, n) for n in [*names, "IS_HTTPS", "DEBUG", "DEMO", "MESSAGE_STORAGE"]}
print(json.dumps(shown))
"""


@cache
def production() -> dict[str, object]:
    """What differs from a demonstration: redirects, HSTS, cookies."""
    environ = {**os.environ, "DEMO": "0", "DEBUG": "0", "BEHIND_PROXY": "1"}
    answer = subprocess.run(
        [sys.executable, "-c", _PRINT], env=environ, stdout=subprocess.PIPE, check=True
    )
    found: dict[str, object] = json.loads(answer.stdout)
    proxy_header = found["SECURE_PROXY_SSL_HEADER"]
    assert isinstance(proxy_header, list)
    return found | {"SECURE_PROXY_SSL_HEADER": tuple(proxy_header)}
