"""The one way out to a platform: calls and their pages, on connections that go only where they may."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from engine import clock
from lti.connections import (
    MOST_BYTES,
    WHOLE_SECONDS,
    Adapter,
    NotAllowed,
    Unreachable,
    host_of,
    in_time,
    may_call,
)
from lti.quirks import next_page_of
from lti.reasons import Reason
from lti.wiring import wiring

__all__ = [
    "MOST_BYTES",
    "Line",
    "NotAllowed",
    "Unreachable",
    "ask",
    "ask_pages",
    "guarded",
    "host_of",
    "json_of",
    "may_call",
    "open_session",
    "origin_of",
    "retry_after",
    "text_of",
]

MOST_PAGES = 1000  # Canvas gives 50 people a page
MOST_OF_PAGES = 20 * MOST_BYTES  # for all pages of one question: whoever asks keeps much of what they say
PAGES_SECONDS = 600.0  # for all pages of one question: one slow LMS must not keep a worker for hours
REDIRECTS = 3
LONGEST_WAIT = timedelta(hours=1)
REMEMBERED = 500  # characters of an address whose origin is remembered
USER_AGENT = "third-option/0.1"
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
AMBIGUOUS = re.compile(r"[\x00-\x1f]|^[^?#]*\\")

S = TypeVar("S", bound=requests.Session)


def open_session(seconds: float = WHOLE_SECONDS) -> requests.Session:
    """A session whose every connection obeys the rules above; use it in a `with`, for one run of calls.

    `seconds` is what one call may take in all, redirects included.
    """
    return guarded(requests.Session(), seconds)


def guarded(http: S, seconds: float = WHOLE_SECONDS) -> S:
    """Put the rules onto a session, also one that a library made."""
    http.trust_env = False  # no proxy, no .netrc that an environment variable could slip in
    http.max_redirects = REDIRECTS
    http.headers["User-Agent"] = USER_AGENT
    adapter = Adapter(wiring().config.allowed_networks, seconds)
    http.mount("https://", adapter)
    http.mount("http://", adapter)
    return http


def ask(http: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
    """One request. Only GET follows redirects: a redirected POST would become a GET that says nothing.

    Raises:
        NotAllowed: the address, or one it redirects to, may not be called.
        Unreachable: no answer in time, or too large a one.
    """
    with _no_usable_answer(url), in_time(http):
        return http.request(method, url, allow_redirects=method == "GET", **options)


class Line:
    """A kept connection for many POSTs of one kind to one address, one after the other: for one thread alone.

    It obeys the rules above, and spares what a session does for each call besides: cookies, proxies, redirects.
    """

    def __init__(self, url: str, media_type: str) -> None:
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Content-Type": media_type}
        self._call = requests.Request("POST", url, headers=headers).prepare()
        self._adapter = Adapter(wiring().config.allowed_networks, WHOLE_SECONDS)

    def post(self, body: bytes, token: str) -> requests.Response:
        """One authorised POST; a redirect is the answer.

        Raises:
            NotAllowed, Unreachable: as `ask`.
        """
        call = self._call.copy()
        call.body = body
        call.headers.update({"Content-Length": str(len(body)), "Authorization": f"Bearer {token}"})
        with _no_usable_answer(str(call.url)):
            return self._adapter.send(call)

    def close(self) -> None:
        self._adapter.close()


@contextmanager
def _no_usable_answer(url: str) -> Iterator[None]:
    """Say in one way why none came."""
    try:
        yield
    except requests.Timeout as late:
        raise Unreachable(Reason("late", {"host": host_of(url)})) from late
    except requests.exceptions.SSLError as bad:
        raise Unreachable(Reason("certificate", {"host": host_of(url)})) from bad
    except (requests.RequestException, HTTPError, UnicodeError) as failed:
        raise Unreachable(Reason("unreached", {"host": host_of(url)})) from failed


def ask_pages(http: requests.Session, url: str, **options: Any) -> Iterator[requests.Response]:
    """GET a page and those its Link header names next, on one origin; a bad answer is the last one given out.

    Raises:
        Unreachable: as `ask`; also if the next page is on another origin, or the pages do not end, or not in time, or
            say too much.
    """
    until, size = time.monotonic() + PAGES_SECONDS, 0
    seen: set[str] = set()
    page: str | None = url
    while page:
        if page in seen or len(seen) >= MOST_PAGES or time.monotonic() > until:
            raise Unreachable(Reason("endless", {"host": host_of(url)}))
        seen.add(page)
        answer = ask(http, "GET", page, **options)
        size += len(answer.content)
        if size > MOST_OF_PAGES:
            raise Unreachable(Reason("too_large", {"host": host_of(url)}))
        yield answer
        following = next_page_of(answer.headers.get("Link", "")) if answer.ok else None
        page = urljoin(page, following) if following else None
        if page and origin_of(page) != origin_of(url):
            raise Unreachable(Reason("elsewhere", {"host": host_of(url)}))


def text_of(answer: requests.Response) -> str:
    """What an answer says: Canvas in the body, Moodle in the reason phrase. At most 2,000 characters."""
    return f"{answer.content[:6000].decode(errors='replace')[:1500]} {(answer.reason or '')[:500]}"


def retry_after(answer: requests.Response) -> timedelta:
    """How long a platform wants to be left alone (RFC 9110, Retry-After): seconds or a date, at most an hour."""
    said = answer.headers.get("Retry-After", "")
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said[:9]), LONGEST_WAIT.total_seconds()))
    try:
        until = parsedate_to_datetime(said) if said else None
    except (ValueError, OverflowError):
        return timedelta(0)
    if until is None or until.tzinfo is None:
        return timedelta(0)
    return min(max(until - clock.real_now(), timedelta(0)), LONGEST_WAIT)


def json_of(answer: requests.Response) -> Any:
    """The body as JSON; None where it is none, or none to be read: nested without end, a number of 5,000 figures."""
    try:
        return json.loads(answer.content)  # UTF-8 or its kin (RFC 8259), whatever the header says: nothing is guessed
    except (ValueError, RecursionError):
        return None


def origin_of(url: str) -> str:
    """Scheme, host and port, lower-case, without a default port; "" if the address has none of them.

    It goes into headers: a host with any sign that no host name or number has is none. Nor has an address one that two
    readers take for different hosts: browsers end a host at a backslash, and some drop a line's end.
    """
    # Launches of a course name the same ones again and again. Who names long ones is not to fill our memory with them.
    return _origin_of(url) if len(url) <= REMEMBERED else _origin_of.__wrapped__(url)


@lru_cache(maxsize=1000)
def _origin_of(url: str) -> str:
    if AMBIGUOUS.search(url):
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not HOST.fullmatch(parts.hostname or ""):
        return ""
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")
