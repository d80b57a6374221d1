"""Which addresses a provider's URL may lead to (security: server-side request forgery).

https only, known ports, and every address the name resolves to must be public; the connection is
then made to exactly that address. Plain http and private addresses are for the "host:port" pairs
of `dev_hosts` alone.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from services.providers.errors import NotSent

SAFE_URL = re.compile(r"[!#-;=?-\[\]_a-z~]{1,2000}", re.ASCII)
HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII)
NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
# Special blocks that ipaddress calls global in some releases of Python 3.11 and 3.12.
SPECIAL_V4 = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
SPECIAL_V6 = (IPv6Network("2001::/23"), IPv6Network("2002::/16"), IPv6Network("3fff::/20"))


@dataclass(frozen=True)
class Target:
    """Where one request goes; `host` is the name for SNI, certificate and Host header."""

    host: str
    port: int
    path: str
    is_tls: bool
    is_dev: bool

    @property
    def authority(self) -> str:
        """The Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.is_tls else 80) else f"{name}:{self.port}"


def parse_target(url: str, *, dev_hosts: frozenset[str], allowed_ports: frozenset[int]) -> Target:
    """Check a provider's URL without resolving it; raises NotSent("url")."""
    if not SAFE_URL.fullmatch(url):
        raise NotSent("url")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise NotSent("url") from None
    is_tls = parts.scheme == "https"
    port = (443 if is_tls else 80) if port is None else port
    is_dev = f"{host}:{port}" in dev_hosts
    is_allowed = is_dev or (is_tls and port in allowed_ports)
    has_extras = "@" in parts.netloc or "#" in url
    if parts.scheme not in {"http", "https"} or not is_allowed or has_extras or not _is_host(host):
        raise NotSent("url")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host=host, port=port, path=path, is_tls=is_tls, is_dev=is_dev)


def _is_host(host: str) -> bool:
    """A dotted name, or an address in its canonical spelling: 0177.1 and 0x7f000001 are neither."""
    last_label = host.rsplit(".", 1)[-1]
    if ":" in host or NUMERIC_LABEL.fullmatch(last_label):
        try:
            return str(ip_address(host)) == host
        except ValueError:
            return False
    return bool(HOST_NAME.fullmatch(host))


def is_public(address: str) -> bool:
    """Whether an address, as resolved, belongs to the public internet."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return _is_public_v4(parsed)
    if parsed in NAT64:
        return _is_public_v4(IPv4Address(int(parsed) & 0xFFFFFFFF))
    return _is_public_v6(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    is_special = any(address in block for block in SPECIAL_V4)
    return address.is_global and not (address.is_multicast or address.is_reserved or is_special)


def _is_public_v6(address: IPv6Address) -> bool:
    # Teredo (in 2001::/23) and 6to4 (2002::/16) carry an IPv4 address that nothing here would see.
    is_special = any(address in block for block in SPECIAL_V6)
    return address in GLOBAL_UNICAST and address.is_global and not is_special
