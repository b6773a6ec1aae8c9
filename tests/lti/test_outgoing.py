"""The way out, against real sockets: where it may go, how long, how much."""

from __future__ import annotations

import gzip
import socket
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
import requests
from flask import Flask
from urllib3.util import connection as connecting

from engine.config import Config
from lti import connections, tokens
from lti.outgoing import (
    MOST_BYTES,
    NotAllowed,
    Unreachable,
    ask,
    ask_pages,
    host_of,
    json_of,
    may_call,
    open_session,
    origin_of,
    text_of,
)

Reply = Callable[["Server"], None]

pytestmark = pytest.mark.one_database


class Server(BaseHTTPRequestHandler):
    """Answers as the test says: {path: reply}."""

    replies: dict[str, Reply] = {}
    seen: list[str] = []

    def do_GET(self) -> None:
        type(self).seen.append(self.path)
        with suppress(ConnectionError):  # whoever asked may have hung up, as they should
            self.replies[self.path](self)

    do_POST = do_GET

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[str]:
    Server.replies, Server.seen = {}, []
    with another_server() as address:
        yield address


@contextmanager
def another_server() -> Iterator[str]:
    """One on a port of its own."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def loopback(config: Config, app_with: Callable[[Config], Flask]) -> Iterator[Flask]:
    """An app that may call loopback."""
    app = app_with(replace(config, allowed_networks=(ip_network("127.0.0.0/8"),)))
    with app.app_context():
        yield app


@pytest.mark.usefixtures("loopback")
def test_an_allowed_network_is_reached(server: str) -> None:
    Server.replies["/"] = lambda s: s.say(200, b"hello")
    with open_session() as http:
        assert ask(http, "GET", server + "/").text == "hello"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::]"])
def test_private_addresses_are_not_called(app: Flask, host: str) -> None:
    with app.app_context(), open_session() as http:
        for scheme in ("http", "https"):
            with pytest.raises(NotAllowed):
                ask(http, "GET", f"{scheme}://{host}:9/")


@pytest.mark.usefixtures("loopback")
def test_a_redirect_to_a_forbidden_address_is_not_followed(server: str) -> None:
    Server.replies["/"] = lambda s: s.say(302, Location="http://10.0.0.1/secret")
    with open_session() as http, pytest.raises(NotAllowed):
        ask(http, "GET", server + "/")


def test_the_address_that_was_checked_is_the_one_connected_to(
    loopback: Flask, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that resolves to a good address when asked first, to another one afterwards: rebinding."""
    answers = iter(["127.0.0.1", "10.0.0.1"])
    port = int(server.rpartition(":")[2])

    def resolve(host: str, *args: Any, **options: Any) -> list[Any]:
        if host != "rebound.example":
            return real(host, *args, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    Server.replies["/"] = lambda s: s.say(200, s.headers["Host"].encode())
    with open_session() as http:
        assert ask(http, "GET", f"http://rebound.example:{port}/").text == f"rebound.example:{port}"
    with open_session() as http, pytest.raises(NotAllowed):
        ask(http, "GET", f"http://rebound.example:{port}/")


@pytest.mark.parametrize(
    ("address", "encrypted", "expected"),
    [
        ("93.184.216.34", True, True),
        ("93.184.216.34", False, False),  # public, but in the clear
        ("10.1.2.3", True, False),
        ("192.168.7.1", True, True),  # the operator allowed it
        ("192.168.7.1", False, True),
        ("::ffff:127.0.0.1", True, False),
        ("::ffff:192.168.7.1", True, True),
        ("64:ff9b::a00:1", True, False),  # NAT64 of 10.0.0.1
        ("2002:a00:1::", True, False),  # 6to4 of 10.0.0.1
        ("2001:0:53aa:64c:0:fbff:f5ff:fffe", True, False),  # Teredo
        ("fe80::1", True, False),
        ("fd00::1", True, False),
        ("224.0.0.1", True, False),
        ("ff0e::1", True, False),
        ("100.64.0.1", True, False),
        ("2606:2800:220:1::1", True, True),
    ],
)
def test_which_addresses_may_be_called(address: str, encrypted: bool, expected: bool) -> None:
    allowed = (ip_network("192.168.7.0/24"),)
    assert may_call(ip_address(address), allowed, encrypted=encrypted) is expected


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


def test_a_proxy_of_the_environment_is_not_used(loopback: Flask, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    Server.replies["/"] = lambda s: s.say(200, b"direct")
    with open_session() as http:
        assert ask(http, "GET", server + "/").text == "direct"


@pytest.mark.usefixtures("loopback")
def test_a_post_is_never_repeated_and_never_redirected(server: str) -> None:
    Server.replies["/scores"] = lambda s: s.say(503)
    Server.replies["/moved"] = lambda s: s.say(302, Location="/scores")
    with open_session() as http:
        assert ask(http, "POST", server + "/scores", data=b"{}").status_code == 503
        assert ask(http, "POST", server + "/moved", data=b"{}").status_code == 302
    assert Server.seen == ["/scores", "/moved"]


@pytest.mark.usefixtures("loopback")
def test_a_get_is_repeated_once(server: str) -> None:
    Server.replies["/"] = lambda s: s.say(503 if len(Server.seen) == 1 else 200, b"ok")
    with open_session() as http:
        assert ask(http, "GET", server + "/").text == "ok"
    assert Server.seen == ["/", "/"]


@pytest.mark.usefixtures("loopback")
def test_what_cannot_be_reached_is_said_without_the_path(server: str) -> None:
    with open_session() as http, pytest.raises(Unreachable) as failed:
        ask(http, "GET", "http://127.0.0.1:1/secret?token=x")
    assert failed.value.message == "127.0.0.1 could not be reached."


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://", "nothing", "http://[::1", "http://no.such.invalid/"])
def test_what_is_no_address_is_unreachable(url: str) -> None:
    with open_session() as http, pytest.raises(Unreachable):
        ask(http, "GET", url)


# What a hostile platform may try


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    "host",
    ["0x0a000001", "012.0.0.1", "167772161", "[::ffff:10.0.0.1]", "[::ffff:a00:1]", "0", "0.0.0.0"],  # noqa: S104
)
def test_no_spelling_of_a_private_address_gets_through(host: str) -> None:
    """Decimal, octal, hexadecimal, IPv4 in IPv6: what counts is where the connection would really go."""
    with open_session() as http:
        for scheme in ("http", "https"):
            with pytest.raises(NotAllowed):
                ask(http, "GET", f"{scheme}://{host}:9/")


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest", "http://0.0.0.0:1/", "http://[::1]:1/", "https://10.1/"]
)
def test_no_redirect_leads_inside(server: str, to: str) -> None:
    Server.replies["/"] = lambda s: s.say(302, Location="/2")
    Server.replies["/2"] = lambda s: s.say(307, Location=to)
    with open_session() as http, pytest.raises(NotAllowed):
        ask(http, "GET", server + "/")


@pytest.mark.usefixtures("loopback")
def test_a_redirect_to_a_name_that_turns_private_is_not_followed(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["127.0.0.1", "192.168.0.1"])

    def resolve(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        address = next(answers) if host == "rebound.example" else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    port = server.rpartition(":")[2]
    Server.replies["/"] = lambda s: s.say(302, Location=f"http://rebound.example:{port}/2", Connection="close")
    with open_session() as http, pytest.raises(NotAllowed):
        ask(http, "GET", f"http://rebound.example:{port}/")


@pytest.mark.usefixtures("loopback")
def test_redirects_end(server: str) -> None:
    Server.replies["/"] = lambda s: s.say(302, Location="/")
    with open_session() as http, pytest.raises(Unreachable):
        ask(http, "GET", server + "/")
    assert len(Server.seen) == 4


@pytest.mark.usefixtures("loopback")
def test_a_redirect_takes_no_token_to_another_origin(server: str) -> None:
    """Another port is another origin; so is another name of the same machine."""
    seen: list[tuple[str, str | None]] = []

    def note(s: Server) -> None:
        seen.append((s.headers["Host"], s.headers["Authorization"]))
        s.say(200)

    with another_server() as elsewhere:
        Server.replies["/other"] = lambda s: s.say(302, Location=elsewhere + "/end")
        Server.replies["/name"] = lambda s: s.say(302, Location=server.replace("127.0.0.1", "localhost") + "/end")
        Server.replies["/same"] = lambda s: s.say(302, Location="/end")
        Server.replies["/end"] = note
        with open_session() as http:
            for path in ("/other", "/name", "/same"):
                ask(http, "GET", server + path, headers={"Authorization": "Bearer secret"})
    assert [token for _host, token in seen] == [None, None, "Bearer secret"]


@pytest.mark.usefixtures("loopback")
def test_name_and_password_in_an_address_are_not_sent_in_place_of_our_token(server: str) -> None:
    Server.replies["/"] = lambda s: s.say(302, Location=server.replace("//", "//me:secret@") + "/2")
    with open_session() as http:
        for address in (server + "/", server.replace("//", "//me:secret@") + "/2"):
            with pytest.raises(NotAllowed):
                ask(http, "GET", address, headers={"Authorization": "Bearer ours"})
    assert Server.seen == ["/"]


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("url", ["http://93.184.216.34/token", "http://10.0.0.1/token", "https://10.0.0.1/token"])
def test_our_signature_is_sent_by_https_or_inside_alone(url: str) -> None:
    """A token request says nothing that a listener could not use once; so nobody is to listen."""
    with pytest.raises(NotAllowed):
        tokens._ask(tokens.Client(1, "client", url, url), tokens.SCORES)


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


# Paging


@pytest.mark.usefixtures("loopback")
def test_pages_are_followed_with_capitals_in_their_ids_kept(server: str) -> None:
    following = f'<{server}/Roster?p=AbC>; rel="next", <{server}/Roster>; rel="first"'
    Server.replies["/Roster"] = lambda s: s.say(200, b"1", Link=following)
    Server.replies["/Roster?p=AbC"] = lambda s: s.say(200, b"2")
    with open_session() as http:
        assert [page.text for page in ask_pages(http, server + "/Roster")] == ["1", "2"]


@pytest.mark.usefixtures("loopback")
def test_a_next_page_elsewhere_is_not_followed(server: str) -> None:
    Server.replies["/"] = lambda s: s.say(200, b"1", Link='<http://127.0.0.2:9/steal>; rel="next"')
    with open_session() as http, pytest.raises(Unreachable, match="elsewhere"):
        list(ask_pages(http, server + "/"))


@pytest.mark.usefixtures("loopback")
def test_pages_in_a_circle_end(server: str) -> None:
    Server.replies["/"] = lambda s: s.say(200, b"1", Link=f'<{server}/>; rel="next"')
    with open_session() as http, pytest.raises(Unreachable, match="do not end"):
        list(ask_pages(http, server + "/"))


@pytest.mark.usefixtures("loopback")
def test_pages_that_take_too_long_end(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Server.replies["/"] = lambda s: s.say(200, b"1", Link=f'<{server}/2>; rel="next"')
    Server.replies["/2"] = lambda s: s.say(200, b"2")
    monkeypatch.setattr(sys.modules[ask_pages.__module__], "PAGES_SECONDS", -1.0)
    with open_session() as http, pytest.raises(Unreachable, match="do not end"):
        list(ask_pages(http, server + "/"))


@pytest.mark.usefixtures("loopback")
def test_pages_that_say_too_much_in_all_end(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        Server.replies[f"/{n or ''}"] = lambda s, n=n: s.say(200, b"x" * 100, Link=f'<{server}/{n + 1}>; rel="next"')
    monkeypatch.setattr(sys.modules[ask_pages.__module__], "MOST_OF_PAGES", 350)
    read: list[requests.Response] = []
    with open_session() as http, pytest.raises(Unreachable, match="too large"):
        read.extend(ask_pages(http, server + "/"))
    assert len(read) == 3


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://LMS.example:443/x?y", "https://lms.example"),
        ("http://lms.example:8080/x", "http://lms.example:8080"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443"),
        ("https://user:secret@lms.example/", "https://lms.example"),
        ("javascript:alert(1)", ""),
        ("", ""),
        ("https://lms.example:notaport/", ""),
        ("https://evil.example\\@lms.example/", ""),
        ("https://lms.example/a\r\nb", ""),
        ("https://lms.example/?a\nb", ""),
        ("https://lms.example/?path=a\\b", "https://lms.example"),
    ],
)
def test_origins(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_the_host_is_all_that_a_sentence_names(app: Flask) -> None:
    with app.app_context():
        assert host_of("https://lms.example/secret?x=1") == "lms.example"
        assert host_of("nothing") == "the address"
