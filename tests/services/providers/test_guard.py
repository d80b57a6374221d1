"""Server-side request forgery by a provider's URL: a listener must see no connection at all."""

import socket

import pytest

from services.providers import client
from services.providers.errors import NotSent
from services.providers.guard import is_public
from tests.services.providers.conftest import KEY
from tests.services.providers.raw_server import answer, saying

HOSTILE_URLS = [
    "https://127.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.0.0.1:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://127.0.0.1.:{port}/",
    "https://0:{port}/",
    "https://0.0.0.0:{port}/",
    "https://[::1]:{port}/",
    "https://[::]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[0:0:0:0:0:0:0:1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://localhost:{port}/",
    "https://localhost.:{port}/",
    "https://LOCALHOST:{port}/",
    "https://good.example@127.0.0.1:{port}/",
    "https://good.example:secret@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}@good.example/",
    "https://127.0.0.1:{port}\\@good.example/",
    "https://127.0.0.1:{port}#@good.example/",
    "https://\u2460\u2461\u2466.0.0.1:{port}/",
    "https://b\u00fccher.example:{port}/",
    "https://127\u30020\u30020\u30021:{port}/",
    "https://127.0.0.1:{port}/\r\nHost: x",
    " https://127.0.0.1:{port}/",
    "https:///127.0.0.1:{port}/",
    "https:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/",
    "http://good.example:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "ftp://127.0.0.1:{port}/",
    "https://good.example:22/",
    "https://good.example:6379/",
    "https://good.example:5432/",
    "https://good.example:0/",
    "https://good.example:99999/",
    "https://good.example:x/",
    "https://[::1/",
    "https://[fe80::1%25eth0]:{port}/",
    "https://",
    "",
    "https://a..b:{port}/",
    "https://" + "a" * 300 + ".example:{port}/",
    "https://good.example:{port}/" + "a" * 3000,
]
PRIVATE = ["127.0.0.1", "127.255.0.3", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"]
PRIVATE += ["169.254.169.254", "100.64.0.1", "100.127.255.254", "192.0.0.8", "192.0.2.1"]
PRIVATE += ["192.88.99.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"]
PRIVATE += ["::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "fe80::1", "fec0::1"]
PRIVATE += ["fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "2002:7f00:1::"]
PRIVATE += ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "x"]
PRIVATE += ["2001:20::1", "3fff::1", "5f00::1"]
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111"]
PUBLIC += ["64:ff9b::808:808"]


@pytest.fixture
def listener(raw_server):
    return raw_server(saying(answer(b'{"order": 23501}')))


def refusal(url, listener):
    ports = frozenset({443, listener.port})
    endpoint = client.Endpoint(url=url, key=KEY, allowed_ports=ports)
    with pytest.raises(NotSent) as caught:
        client.add(endpoint, service="1", fields={})
    assert listener.connections == 0
    return caught.value.reason


@pytest.fixture
def resolved(monkeypatch):
    """Names resolve to what the test says, one list per question; the questions are counted."""
    answers: list[list[str]] = []
    asked: list[str] = []

    def resolve(host, port, **_):
        asked.append(host)
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in answers[min(len(asked), len(answers)) - 1]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return answers, asked


@pytest.mark.parametrize("url", HOSTILE_URLS, ids=lambda url: url[:50])
def test_a_hostile_url_connects_nowhere(listener, url):
    assert refusal(url.format(port=listener.port), listener) in {"url", "address", "dns"}


@pytest.mark.parametrize(
    "url",
    [
        "http://good.example/",
        "https://good.example:22/",
        "https://good.example:6379/",
        "https://user@good.example/",
        "https://user:secret@good.example/",
        "https://@good.example/",
        "https://good.example/#fragment",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://8.8.8.010/",
        "https://b\u00fccher.example/",
        "gopher://good.example:443/",
    ],
)
def test_a_wrong_form_is_refused_before_the_name_is_resolved(listener, resolved, url):
    resolved[0].append(["8.8.8.8"])
    assert refusal(url, listener) == "url"
    assert resolved[1] == []


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_inside_connects_nowhere(listener, resolved, address):
    resolved[0].append([address])
    assert refusal(f"https://good.example:{listener.port}/", listener) == "address"


@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_private_address_among_public_ones_spoils_the_name(listener, resolved, position):
    addresses = ["8.8.8.8", "1.1.1.1"]
    addresses.insert(position, "127.0.0.1")
    resolved[0].append(addresses)
    assert refusal(f"https://good.example:{listener.port}/", listener) == "address"


def test_the_name_is_resolved_once_and_that_address_is_connected(monkeypatch, resolved, listener):
    resolved[0].extend([["8.8.8.8"], ["127.0.0.1"]])
    connected = []

    def connect(_, address):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert refusal(f"https://good.example:{listener.port}/", listener) == "connect"
    assert connected == [("8.8.8.8", listener.port)]
    assert resolved[1] == ["good.example"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not(address):
    assert not is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_development_host_is_allowed_with_its_port(listener, host):
    authority = f"{host}:{listener.port}"
    endpoint = client.Endpoint(
        url=f"http://{authority}/api/v2?panel=1", key=KEY, dev_hosts=frozenset({authority})
    )
    assert client.add(endpoint, service="1", fields={}) == "23501"
    assert listener.requests[0].startswith(b"POST /api/v2?panel=1 HTTP/1.1")


def test_a_development_host_opens_no_other_port(listener):
    endpoint = client.Endpoint(
        url=listener.url, key=KEY, dev_hosts=frozenset({"127.0.0.1", "127.0.0.1:1"})
    )
    with pytest.raises(NotSent):
        client.add(endpoint, service="1", fields={})
    assert listener.connections == 0
