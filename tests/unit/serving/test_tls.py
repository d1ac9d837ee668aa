from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from predict import ahead
from tests.unit.serving.http_stub import plain
from tideline.serving import onnx_library, tls
from tideline.serving.http_connection import Endpoint, HttpConnection

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture(autouse=True)
def fresh_context() -> Iterator[None]:
    tls.context.cache_clear()
    yield
    tls.context.cache_clear()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stub")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "stub.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + built.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """A server that answers one encrypted request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_answer, args=(server, context))
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def _answer(server: socket.socket, context: ssl.SSLContext) -> None:
    accepted, _ = server.accept()
    with accepted:
        try:
            secure = context.wrap_socket(accepted, server_side=True)
        except OSError:
            return
        with secure:
            secure.recv(10_000)
            secure.sendall(plain(b"secret"))


def _get(port: int) -> bytes:
    connection = HttpConnection(Endpoint(secure=True, host="127.0.0.1", port=port), connect_timeout_s=1)
    try:
        return connection.request("GET", "/", headers={}, body=b"", timeout_s=1, max_bytes=100).body
    finally:
        connection.close()


def test_a_trusted_server_is_read(port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    assert _get(port) == b"secret"


def test_an_unknown_server_is_not_trusted(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    with pytest.raises(ssl.SSLCertVerificationError):
        _get(port)


@pytest.mark.parametrize(
    ("variables", "read"),
    [
        ({}, False),
        ({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}, True),
        ({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, False),
    ],
)
def test_certificates_are_read_ahead_where_calls_will_be_encrypted(
    variables: dict[str, str], read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_LAMBDA_RUNTIME_API", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(onnx_library, "load_ahead", lambda: None)
    ahead.load_ahead()
    for thread in threading.enumerate():
        if thread.name == "certificates":
            thread.join()
    assert (tls.context.cache_info().currsize == 1) is read


def test_an_unreadable_bundle_is_left_to_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/bundle.pem")
    ahead._read_certificates()
    with pytest.raises(FileNotFoundError):
        tls.context()
