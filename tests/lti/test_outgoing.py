"""Calls to a platform and their pages: what is repeated, followed, and said where it fails."""

from __future__ import annotations

import sys
from functools import partial

import pytest
import requests
from flask import Flask

from lti.outgoing import Unreachable, ask, ask_pages, host_of, open_session, origin_of
from tests.lti.serving import Server, loopback, server

__all__ = ["loopback", "server"]

pytestmark = pytest.mark.one_database


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
    assert failed.value.message == "The LMS at 127.0.0.1 could not be reached."


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://", "nothing", "http://[::1", "http://no.such.invalid/"])
def test_what_is_no_address_is_unreachable(url: str) -> None:
    with open_session() as http, pytest.raises(Unreachable):
        ask(http, "GET", url)


@pytest.mark.usefixtures("loopback")
def test_redirects_end(server: str) -> None:
    Server.replies["/"] = lambda s: s.say(302, Location="/")
    with open_session() as http, pytest.raises(Unreachable):
        ask(http, "GET", server + "/")
    assert len(Server.seen) == 4


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
    for n, path in enumerate(["/", "/1", "/2", "/3", "/4"], start=1):
        Server.replies[path] = partial(Server.say, status=200, body=b"x" * 100, Link=f'<{server}/{n}>; rel="next"')
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
