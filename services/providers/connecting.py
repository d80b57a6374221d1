"""From a checked URL to an open connection; every failure here proves that nothing was sent."""

import socket
import ssl
import threading
from functools import lru_cache

from services.providers.errors import NotSent
from services.providers.guard import Target, is_public
from services.providers.wire import DeadlineExceeded, remaining_seconds

Address = tuple[socket.AddressFamily, tuple[str, int]]


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """Certificates and host names are verified; loading the roots once saves 10 ms a call."""
    return ssl.create_default_context()


def open_connection(
    target: Target, *, deadline: float, connect_timeout_seconds: float
) -> socket.socket:
    """Resolve once, check every address, connect, shake hands; raises NotSent."""
    try:
        addresses = _resolve(target, deadline=deadline)
        if not target.is_dev and not all(is_public(address[0]) for _, address in addresses):
            raise NotSent("address")
        sock = _connect(addresses, deadline=deadline, timeout_seconds=connect_timeout_seconds)
        return _shake_hands(sock, target, deadline=deadline) if target.is_tls else sock
    except DeadlineExceeded:
        raise NotSent("deadline") from None


def _resolve(target: Target, *, deadline: float) -> list[Address]:
    # getaddrinfo knows no timeout: it runs aside and is left behind when the time is up.
    found: list[Address] = []
    failed: list[Exception] = []
    asking = threading.Thread(target=_look_up, args=(target, found, failed), daemon=True)
    asking.start()
    asking.join(remaining_seconds(deadline))
    if asking.is_alive():
        raise DeadlineExceeded
    if failed or not found:
        raise NotSent("dns")
    return found


def _look_up(target: Target, found: list[Address], failed: list[Exception]) -> None:
    try:
        answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        failed.append(error)
        return
    found.extend((family, (str(answer[0]), target.port)) for family, _, _, _, answer in answers)


def _connect(addresses: list[Address], *, deadline: float, timeout_seconds: float) -> socket.socket:
    reason = "connect"
    for family, address in addresses:
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue
        try:
            sock.settimeout(min(timeout_seconds, remaining_seconds(deadline)))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except DeadlineExceeded:
            sock.close()
            raise
        except OSError as error:
            sock.close()
            reason = "connect_timeout" if isinstance(error, TimeoutError) else "connect"
        else:
            return sock
    raise NotSent(reason)


def _shake_hands(sock: socket.socket, target: Target, *, deadline: float) -> ssl.SSLSocket:
    try:
        sock.settimeout(remaining_seconds(deadline))
        return tls_context().wrap_socket(sock, server_hostname=target.host)
    except DeadlineExceeded:
        sock.close()
        raise
    except (OSError, ValueError) as error:
        sock.close()
        raise NotSent("deadline" if isinstance(error, TimeoutError) else "tls") from None
