"""Choosing a port that is free, and saying so when it is not the one asked for."""

import socket

from smmpanel.embedded.errors import CannotStart
from smmpanel.embedded.valkey import HOST

TRIES = 100


def parse_port(text: str) -> int:
    """A port as written in PORT=; raises CannotStart for anything else."""
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise CannotStart(f"PORT={text} is not a port; it takes a number from 1 to 65535.")


def free_port_from(first: int) -> int:
    """`first`, or the next port above it that nobody listens on."""
    for port in range(first, min(first + TRIES, 65536)):
        if is_free(port):
            return port
    raise CannotStart(f"No port from {first} to {first + TRIES - 1} is free; choose with PORT=.")


def is_free(port: int) -> bool:
    """Whether we may listen there; raises CannotStart for a port reserved to root."""
    with socket.socket() as probe:
        # As servers do it: a connection that lingers after a stop does not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise CannotStart(f"Port {port} is reserved to root; choose above 1023.") from error
        except OSError:
            return False
    return True
