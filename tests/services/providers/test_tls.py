"""Certificates are verified against the name of the URL, while the address was checked before."""

import datetime as dt
import ipaddress
import socket
import ssl
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.providers import client, connecting
from services.providers.errors import NotSent
from tests.services.providers.conftest import KEY
from tests.services.providers.raw_server import answer

ORDER = answer(b'{"order": 23501}')
NAME = "panel.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names = [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), serial_number=1)
    signed = (
        builder.not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def names_seen():
    return []


@pytest.fixture
def tls_server(raw_server, certificate, names_seen):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: names_seen.append(name)
    served = []

    def speak(plain, _):
        with context.wrap_socket(plain, server_side=True) as secure:
            served.append(secure.recv(65536))
            secure.sendall(ORDER)

    server = raw_server(speak)
    server.served = served
    return server


@pytest.fixture(autouse=True)
def handshake_first(monkeypatch):
    # The raw server would read the handshake as a request.
    monkeypatch.setattr("tests.services.providers.raw_server._read_request", lambda _: b"")


def endpoint(server, host):
    authority = f"{host}:{server.port}"
    return client.Endpoint(
        url=f"https://{authority}/api/v2", key=KEY, dev_hosts=frozenset({authority})
    )


def trust(monkeypatch, certificate):
    context = partial(ssl.create_default_context, cafile=str(certificate))
    monkeypatch.setattr(connecting, "tls_context", context)


def resolve_to_loopback(monkeypatch):
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _, port, **options: real("127.0.0.1", port, **options)
    )


def refused(endpoint):
    with pytest.raises(NotSent) as caught:
        client.balance(endpoint)
    return caught.value.reason


def test_a_self_signed_certificate_is_not_sent_to(tls_server):
    assert refused(endpoint(tls_server, "127.0.0.1")) == "tls"
    assert tls_server.served == []


def test_a_certificate_for_another_name_is_not_sent_to(tls_server, monkeypatch, certificate):
    trust(monkeypatch, certificate)
    resolve_to_loopback(monkeypatch)
    assert refused(endpoint(tls_server, "other.example")) == "tls"
    assert tls_server.served == []


def test_a_server_without_tls_is_not_sent_to(raw_server):
    server = raw_server(lambda plain, _: plain.sendall(ORDER))
    assert refused(endpoint(server, "127.0.0.1")) == "tls"


def test_the_name_of_the_url_is_asked_for_at_the_checked_address(
    tls_server, monkeypatch, certificate, names_seen
):
    trust(monkeypatch, certificate)
    resolve_to_loopback(monkeypatch)
    placed = client.add(endpoint(tls_server, NAME), service="1", fields={"quantity": "10"})
    assert placed == "23501"
    assert names_seen == [NAME]
    assert f"Host: {NAME}:{tls_server.port}\r\n".encode() in tls_server.served[0]


def test_a_hanging_handshake_is_not_sent_at_the_deadline(raw_server, hasty):
    server = raw_server(lambda _, stopping: stopping.wait())
    with pytest.raises(NotSent) as caught:
        client.balance(endpoint(server, "127.0.0.1"), dialect=hasty)
    assert caught.value.reason == "deadline"
