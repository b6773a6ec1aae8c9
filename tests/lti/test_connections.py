"""Where a call may go, against real sockets, whatever a hostile platform names."""

from __future__ import annotations

import socket
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from flask import Flask

from lti import tokens
from lti.outgoing import NotAllowed, ask, may_call, open_session
from tests.lti.serving import Server, another_server, loopback, server

__all__ = ["loopback", "server"]

pytestmark = pytest.mark.one_database


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


def test_a_proxy_of_the_environment_is_not_used(loopback: Flask, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    Server.replies["/"] = lambda s: s.say(200, b"direct")
    with open_session() as http:
        assert ask(http, "GET", server + "/").text == "direct"


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
