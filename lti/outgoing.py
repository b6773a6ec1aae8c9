"""The one way out to a platform: every connection is checked where it really goes, and has limits of time and size."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from contextvars import ContextVar
from datetime import timedelta
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from flask_babel import gettext as _
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError
from urllib3.util import connection as connecting

from engine import clock
from engine.config import Network
from lti.quirks import next_page_of
from lti.reasons import Reason
from lti.wiring import wiring

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 20.0, 60.0
MOST_BYTES = 5 * 1024 * 1024
MOST_PAGES = 1000  # Canvas gives 50 people a page
PAGES_SECONDS = 600.0  # for all pages of one question: one slow LMS must not keep a worker for hours
REDIRECTS = 3
LONGEST_WAIT = timedelta(hours=1)
USER_AGENT = "third-option/0.1"
# All that is handed out of IPv6 for public use; addresses elsewhere may hide an IPv4 one (NAT64), or a site's own.
PUBLIC = ip_network("2000::/3")
# IPv6 networks in there whose addresses carry an IPv4 one that we cannot judge from here.
TUNNELS = (ip_network("2002::/16"), ip_network("2001::/32"))
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")

S = TypeVar("S", bound=requests.Session)
Address = IPv4Address | IPv6Address


class Unreachable(Exception):
    """No usable answer came; `message` says it to a person. Trying again later may help."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.said())
        self.reason = reason

    @property
    def message(self) -> str:
        return self.reason.said()


class NotAllowed(Unreachable):
    """The address is one this server may not call. Trying again will not help."""


def open_session() -> requests.Session:
    """A session whose every connection obeys the rules above; use it in a `with`, for one run of calls."""
    return guarded(requests.Session())


def guarded(http: S) -> S:
    """Put the rules onto a session, also one that a library made."""
    http.trust_env = False  # no proxy, no .netrc that an environment variable could slip in
    http.max_redirects = REDIRECTS
    http.headers["User-Agent"] = USER_AGENT
    adapter = _Adapter(wiring().config.allowed_networks)
    http.mount("https://", adapter)
    http.mount("http://", adapter)
    return http


def ask(http: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
    """One request. Only GET follows redirects: a redirected POST would become a GET that says nothing.

    Raises:
        NotAllowed: the address, or one it redirects to, may not be called.
        Unreachable: no answer in time, or too large a one.
    """
    try:
        return http.request(method, url, allow_redirects=method == "GET", **options)
    except requests.Timeout as late:
        raise Unreachable(Reason("late", {"host": host_of(url)})) from late
    except requests.exceptions.SSLError as bad:
        raise Unreachable(Reason("certificate", {"host": host_of(url)})) from bad
    except (requests.RequestException, HTTPError, UnicodeError) as failed:
        raise Unreachable(Reason("unreached", {"host": host_of(url)})) from failed


def ask_pages(http: requests.Session, url: str, **options: Any) -> Iterator[requests.Response]:
    """GET a page and those its Link header names next, on one origin; a bad answer is the last one given out.

    Raises:
        Unreachable: as `ask`; also if the next page is on another origin, or the pages do not end, or not in time.
    """
    until = time.monotonic() + PAGES_SECONDS
    seen: set[str] = set()
    page: str | None = url
    while page:
        if page in seen or len(seen) >= MOST_PAGES or time.monotonic() > until:
            raise Unreachable(Reason("endless", {"host": host_of(url)}))
        seen.add(page)
        answer = ask(http, "GET", page, **options)
        yield answer
        following = next_page_of(answer.headers.get("Link", "")) if answer.ok else None
        page = urljoin(page, following) if following else None
        if page and origin_of(page) != origin_of(url):
            raise Unreachable(Reason("elsewhere", {"host": host_of(url)}))


def text_of(answer: requests.Response) -> str:
    """What an answer says: Canvas in the body, Moodle in the reason phrase. At most 2,000 characters."""
    return f"{answer.text[:1500]} {(answer.reason or '')[:500]}"


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
        return answer.json()
    except (ValueError, RecursionError):
        return None


def origin_of(url: str) -> str:
    """Scheme, host and port, lower-case, without a default port; "" if the address has none of them.

    It goes into headers: a host with any sign that no host name or number has is none.
    """
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


def host_of(url: str) -> str:
    """The host, for a sentence; never the path or query, which may hold what is nobody's business."""
    try:
        return urlsplit(url).hostname or str(_("the address"))
    except ValueError:
        return str(_("the address"))


def may_call(address: Address, allowed: tuple[Network, ...], *, encrypted: bool) -> bool:
    """Public addresses by https only; the operator's own networks by either."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in allowed if network.version == address.version):
        return True
    if isinstance(address, IPv6Address) and (address not in PUBLIC or any(address in one for one in TUNNELS)):
        return False
    return encrypted and address.is_global and not address.is_multicast


class _Deadline:
    """Hangs up on a server that says so little at a time that no single wait is ever too long."""

    def __init__(self) -> None:
        self.passed = False
        self._watched: list[socket.socket] = []
        self._timer = threading.Timer(WHOLE_SECONDS, self._hang_up)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._outer = _deadline.set(self)
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        _deadline.reset(self._outer)

    def watch(self, connected: socket.socket) -> None:
        self._watched.append(connected)
        if self.passed:
            self._hang_up()

    def _hang_up(self) -> None:
        self.passed = True
        for connected in self._watched:
            with suppress(OSError):  # the bare socket's own, whatever TLS is in the midst of
                socket.socket.shutdown(connected, socket.SHUT_RDWR)


_deadline: ContextVar[_Deadline] = ContextVar("deadline")


class _Checked:
    """A connection to the very address that was checked: a name that resolves anew cannot slip another one in."""

    allowed: tuple[Network, ...] = ()
    encrypted = False

    def _new_conn(self) -> socket.socket:
        me: Any = self
        try:
            found = socket.getaddrinfo(me._dns_host, me.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as unknown:
            raise NameResolutionError(me.host, me, socket.gaierror(str(unknown))) from unknown
        addresses = [str(sockaddr[0]).partition("%")[0] for *_rest, sockaddr in found]
        good = [a for a in addresses if may_call(ip_address(a), self.allowed, encrypted=self.encrypted)]
        if not good:
            raise NotAllowed(Reason("not_allowed", {"host": me.host}))
        for last, address in enumerate(good, 1 - len(good)):
            try:
                return connecting.create_connection(
                    (address, me.port), me.timeout, source_address=None, socket_options=me.socket_options
                )
            except OSError as failed:
                if last == 0:
                    raise NewConnectionError(me, str(failed)) from failed
        raise AssertionError("one of the addresses returned or raised")

    def getresponse(self) -> Any:
        me: Any = self
        _deadline.get().watch(me.sock)
        parent: Any = super()
        return parent.getresponse()


class _Adapter(HTTPAdapter):
    """Limits of time and size on whatever goes through it, redirects included. Only a GET is ever repeated."""

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self._allowed = allowed
        super().__init__(
            max_retries=Retry(
                total=1, read=False, allowed_methods={"GET"}, status_forcelist={502, 503}, raise_on_status=False,
                backoff_factor=0.2, respect_retry_after_header=False,
            )
        )  # fmt: skip

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        plain = type("Plain", (_Checked, HTTPConnection), {"allowed": self._allowed})
        secure = type("Secure", (_Checked, HTTPSConnection), {"allowed": self._allowed, "encrypted": True})
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        options["stream"] = True
        options["timeout"] = (CONNECT_SECONDS, READ_SECONDS)
        with _Deadline() as deadline:
            try:
                answer = super().send(request, **options)
                answer._content = _read(answer, request.url or "")
            except (requests.RequestException, HTTPError):
                if not deadline.passed:
                    raise
        if deadline.passed:  # also where the body looks whole: without a length it ends where we hung up
            raise Unreachable(Reason("late", {"host": host_of(request.url or "")}))
        answer._content_consumed = True  # type: ignore[attr-defined]
        return answer


def _read(answer: requests.Response, url: str) -> bytes:
    """The body, whole, unless it is larger than MOST_BYTES."""
    body = bytearray()
    for piece in answer.iter_content(64 * 1024):
        body += piece
        if len(body) > MOST_BYTES:
            answer.close()
            raise Unreachable(Reason("too_large", {"host": host_of(url)}))
    return bytes(body)
