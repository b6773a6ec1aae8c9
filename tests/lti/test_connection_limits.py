"""How long a call may take and how much it may bring, against real sockets."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from urllib3.util import connection as connecting

from lti import connections
from lti.outgoing import MOST_BYTES, Unreachable, ask, json_of, open_session, text_of
from tests.lti.serving import Server, loopback, server

__all__ = ["loopback", "server"]

pytestmark = pytest.mark.one_database


@pytest.mark.usefixtures("loopback")
def test_a_huge_answer_is_cut_off(server: str) -> None:
    Server.replies["/"] = lambda s: s.say(200, b"x" * (MOST_BYTES + 1))
    with open_session() as http, pytest.raises(Unreachable, match="too large"):
        ask(http, "GET", server + "/")


@pytest.mark.usefixtures("loopback")
def test_a_small_answer_that_unpacks_to_a_huge_one_is_cut_off(server: str) -> None:
    packed = gzip.compress(b"x" * (MOST_BYTES * 4))
    Server.replies["/"] = lambda s: s.say(200, packed, **{"Content-Encoding": "gzip"})
    with open_session() as http, pytest.raises(Unreachable, match="too large"):
        ask(http, "GET", server + "/")


@pytest.mark.usefixtures("loopback")
def test_a_silent_server_is_not_waited_for(server: str) -> None:
    Server.replies["/"] = lambda s: time.sleep(1)
    started = time.monotonic()
    with open_session(seconds=0.2) as http, pytest.raises(Unreachable, match="in time"):
        ask(http, "GET", server + "/")
    assert time.monotonic() - started < 3


@pytest.mark.usefixtures("loopback")
def test_a_server_that_drips_is_not_waited_for(server: str) -> None:
    def drip(s: Server) -> None:
        s.send_response(200)
        s.end_headers()
        for _piece in range(20):
            s.wfile.write(b"x" * 70_000)
            time.sleep(0.1)

    Server.replies["/"] = drip
    with open_session(seconds=0.3) as http, pytest.raises(Unreachable, match="in time"):
        ask(http, "GET", server + "/")


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("line", [b"X-%d: " + b"x" * 1000 + b"\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_headers_without_end_are_cut_off(server: str, line: bytes) -> None:
    def pour(s: Server) -> None:
        s.wfile.write(b"" if b"Continue" in line else b"HTTP/1.1 200 OK\r\n")
        for _line in range(100_000):
            s.wfile.write(line)

    Server.replies["/"] = pour
    started = time.monotonic()
    with open_session(seconds=1) as http, pytest.raises(Unreachable):
        ask(http, "GET", server + "/")
    assert time.monotonic() - started < 3


@pytest.mark.usefixtures("loopback")
def test_packed_in_packed_is_no_way_round_the_size(server: str) -> None:
    packed = gzip.compress(gzip.compress(b"x" * (MOST_BYTES * 40)))
    Server.replies["/"] = lambda s: s.say(200, packed, **{"Content-Encoding": "gzip, gzip"})
    tracemalloc.start()
    try:
        with open_session() as http, pytest.raises(Unreachable):
            ask(http, "GET", server + "/")
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MOST_BYTES * 12


@pytest.mark.usefixtures("loopback")
def test_a_tls_handshake_that_drips_is_not_waited_for() -> None:
    """The connection is open and each byte comes in time, yet nothing that a limit on answers could look at."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def drip() -> None:
            taken, _address = listening.accept()
            with taken, suppress(OSError):
                taken.recv(4096)
                taken.sendall(b"\x16\x03\x03\x40\x00")  # a handshake record of 16 KiB begins
                for _byte in range(100):
                    taken.sendall(b"\x00")
                    time.sleep(0.05)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        started = time.monotonic()
        with open_session(seconds=0.3) as http, pytest.raises(Unreachable, match="in time"):
            ask(http, "GET", f"https://127.0.0.1:{port}/")
        assert time.monotonic() - started < 2
        thread.join()


@pytest.mark.usefixtures("loopback")
def test_a_name_of_many_silent_addresses_costs_a_few_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def resolve(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in range(1, 100)]

    def silent(address: tuple[str, int], *args: Any, **options: Any) -> socket.socket:
        tried.append(address[0])
        raise TimeoutError("silent")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(connecting, "create_connection", silent)
    with open_session() as http, pytest.raises(Unreachable):
        ask(http, "POST", "http://many.example:9/")
    assert len(tried) == 2 * connections.MOST_ADDRESSES, "a connection that was never made is tried once more"


@pytest.mark.usefixtures("loopback")
def test_when_the_time_is_over_no_further_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def resolve(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in range(1, 100)]

    def silent(address: tuple[str, int], *args: Any, **options: Any) -> socket.socket:
        tried.append(address[0])
        time.sleep(0.2)
        raise TimeoutError("silent")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(connecting, "create_connection", silent)
    with open_session(seconds=0.3) as http, pytest.raises(Unreachable, match="in time"):
        ask(http, "GET", "http://many.example:9/")
    assert 1 <= len(tried) <= 2  # on a busy machine the first may have taken all the time


@pytest.mark.usefixtures("loopback")
def test_all_that_a_call_is_redirected_to_shares_its_time(server: str) -> None:
    for number in range(4):
        Server.replies[f"/{number}"] = partial(_slowly_on, to=f"/{number + 1}")
    started = time.monotonic()
    with open_session(seconds=0.5) as http, pytest.raises(Unreachable, match="in time"):
        ask(http, "GET", server + "/0")
    assert time.monotonic() - started < 3


def _slowly_on(s: Server, to: str) -> None:
    time.sleep(0.3)
    s.say(302, Location=to)


@pytest.mark.usefixtures("loopback")
def test_an_answer_that_names_no_encoding_is_not_guessed_at(server: str) -> None:
    """Guessing from 5 MB of odd bytes takes a minute of one core."""
    body = b'{"name": "Zo\xc3\xab", "more": "' + bytes(range(160, 250)) * 50_000 + b'"}'
    Server.replies["/"] = lambda s: s.say(200, body, **{"Content-Type": "application/json"})
    started = time.monotonic()
    with open_session() as http:
        answer = ask(http, "GET", server + "/")
    assert json_of(answer) is None
    assert "Zoë" in text_of(answer)
    assert "Zoë" in answer.text
    assert time.monotonic() - started < 3
