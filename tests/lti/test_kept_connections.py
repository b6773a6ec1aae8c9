"""A connection that is kept for the next grade: what lies on it must never be taken for that grade's answer."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lti.outgoing import Line, ask, open_session
from tests.lti.serving import loopback

__all__ = ["loopback"]  # a fixture of another file

SCORE = b"{}"
NO = b"HTTP/1.1 422 Unprocessable\r\nContent-Length: 0\r\n\r\n"
YES = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
UNPACKED = 8192  # bytes that Python's reader of answers takes from a connection at once

pytestmark = [pytest.mark.one_database, pytest.mark.usefixtures("loopback")]


@contextmanager
def answering(*connections: list[bytes], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server whose n-th connection answers its requests with these bytes, one piece each, whatever is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for pieces in connections:
                bare, _address = listening.accept()
                with suppress(OSError), tls.wrap_socket(bare, server_side=True) if tls else bare as taken:
                    asked = taken.makefile("rb")
                    for piece in pieces:
                        while asked.readline() not in {b"\r\n", b""}:
                            pass
                        asked.read(len(SCORE))
                        taken.sendall(piece)
                    asked.read()  # till whoever asks hangs up

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]


def post_two(port: int) -> list[int]:
    line = Line(f"http://127.0.0.1:{port}/scores", "application/json")
    try:
        return [line.post(SCORE, "token").status_code for _time in range(2)]
    finally:
        line.close()


@pytest.mark.parametrize("early", [b"102 Processing", b"103 Early Hints\r\nLink: </x>; rel=preload", b"101 Switching"])
def test_a_word_before_the_answer_is_not_the_answer(early: bytes) -> None:
    """Taken for it, each grade would get the answer of the one before."""
    with answering([b"HTTP/1.1 " + early + b"\r\n\r\n" + NO, YES]) as port:
        assert post_two(port) == [422, 200]


def test_an_answer_that_nobody_asked_for_is_nobody_s() -> None:
    """It lies on the connection before the next grade leaves, so that leaves by another one."""
    padded = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % UNPACKED + b" " * UNPACKED
    with answering([padded + YES * 1000], [NO]) as port:
        assert post_two(port) == [200, 422]


def test_an_answer_that_lies_unpacked_in_tls_is_nobody_s(tmp_path: Path) -> None:
    """The bare connection looks empty: all came in one record, and what was not read of it waits inside."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    size = UNPACKED - len(head % UNPACKED)
    first = head % size
    one_record = first + b" " * size + YES
    assert len(first) + size == UNPACKED
    certificate, context = own_certificate(tmp_path)
    with answering([one_record], [NO], tls=context) as port, open_session() as http:
        url = f"https://127.0.0.1:{port}/scores"
        assert [ask(http, "POST", url, data=SCORE, verify=certificate).status_code for _time in range(2)] == [200, 422]


def own_certificate(folder: Path) -> tuple[str, ssl.SSLContext]:
    """(file of a certificate for 127.0.0.1, a server's context with it)."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return str(certificate), context
