"""The way out, against real sockets: where it may go, how long, how much."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from flask import Flask

from engine.config import Config
from lti.outgoing import (
    MOST_BYTES,
    NotAllowed,
    Unreachable,
    ask,
    ask_pages,
    host_of,
    may_call,
    open_session,
    origin_of,
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
    import gzip

    packed = gzip.compress(b"x" * (MOST_BYTES * 4))
    Server.replies["/"] = lambda s: s.say(200, packed, **{"Content-Encoding": "gzip"})
    with open_session() as http, pytest.raises(Unreachable, match="too large"):
        ask(http, "GET", server + "/")


def test_a_silent_server_is_not_waited_for(loopback: Flask, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ask.__globals__, "READ_SECONDS", 0.2)
    Server.replies["/"] = lambda s: time.sleep(1)
    started = time.monotonic()
    with open_session() as http, pytest.raises(Unreachable, match="in time"):
        ask(http, "GET", server + "/")
    assert time.monotonic() - started < 0.9


def test_a_server_that_drips_is_not_waited_for(loopback: Flask, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ask.__globals__, "WHOLE_SECONDS", 0.3)

    def drip(s: Server) -> None:
        s.send_response(200)
        s.end_headers()
        for _piece in range(20):
            s.wfile.write(b"x" * 70_000)
            time.sleep(0.1)

    Server.replies["/"] = drip
    with open_session() as http, pytest.raises(Unreachable, match="in time"):
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
    ],
)
def test_origins(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_the_host_is_all_that_a_sentence_names(app: Flask) -> None:
    with app.app_context():
        assert host_of("https://lms.example/secret?x=1") == "lms.example"
        assert host_of("nothing") == "the address"
