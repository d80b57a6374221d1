"""Processes of the product itself, started by a test and gone with it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from smmpanel.embedded.runtime import PROJECT


@contextmanager
def running(
    command: Sequence[str], environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """The process while the block runs; at its end it is killed, not asked."""
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
