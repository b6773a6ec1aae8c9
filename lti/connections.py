"""Connections that go only where they may: each is checked where it really goes, and has limits of time and size."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPResponse
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import requests
from flask_babel import gettext as _
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError
from urllib3.util import connection as connecting

from engine.config import Network
from lti import deadline
from lti.reasons import Reason

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 20.0, 60.0
MOST_BYTES = 5 * 1024 * 1024
MOST_ADDRESSES = 4  # of one name: each that is silent costs a wait
# All that is handed out of IPv6 for public use; addresses elsewhere may hide an IPv4 one (NAT64), or a site's own.
PUBLIC = ip_network("2000::/3")
# IPv6 networks in there whose addresses carry an IPv4 one that we cannot judge from here.
TUNNELS = (ip_network("2002::/16"), ip_network("2001::/32"))

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


@contextmanager
def in_time(http: requests.Session) -> Iterator[None]:
    """One deadline for a call and all that it is redirected to."""
    adapter = http.get_adapter("https://")
    with deadline.Deadline(adapter.seconds if isinstance(adapter, Adapter) else WHOLE_SECONDS):
        yield


class _Answer(HTTPResponse):
    """Passes over each word that comes before the answer (RFC 9110, 15.2), as its parent does over 100 alone: taken for
    the answer, it would leave the true one lying for whoever asks next."""

    def _read_status(self) -> tuple[str, int, str]:
        parent: Any = super()
        version, status, reason = parent._read_status()
        return version, HTTPStatus.CONTINUE if status < HTTPStatus.OK else status, reason


class _Checked:
    """A connection to the very address that was checked: a name that resolves anew cannot slip another one in."""

    allowed: tuple[Network, ...] = ()
    encrypted = False
    response_class = _Answer

    @property
    def is_connected(self) -> bool:
        """Whether it may be used again: not where more came than the answer, which would be taken for the next one.

        TLS keeps what it has unpacked to itself, where nobody who looks at the bare connection sees it.
        """
        parent: Any = super()
        unread = getattr(getattr(self, "sock", None), "pending", None)
        return bool(parent.is_connected) and not (unread and unread())

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
        failed: OSError | None = None
        for address in good[:MOST_ADDRESSES]:
            if deadline.is_over():
                break
            try:
                connected = connecting.create_connection(
                    (address, me.port), me.timeout, source_address=None, socket_options=me.socket_options
                )
            except OSError as one:
                failed = one
            else:
                deadline.watch(connected)
                return connected
        raise NewConnectionError(me, str(failed)) from failed

    def request(self, *args: Any, **options: Any) -> None:
        me: Any = self
        if me.sock is not None:  # kept from an earlier call: this one has its own time
            deadline.watch(me.sock)
        parent: Any = super()
        parent.request(*args, **options)


class Adapter(HTTPAdapter):
    """Limits of time and size on whatever goes through it, redirects included. Only a GET is ever repeated."""

    def __init__(self, allowed: tuple[Network, ...], seconds: float) -> None:
        self._allowed = allowed
        self.seconds = seconds
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
        url = request.url or ""
        if "@" in urlsplit(url).netloc:  # name and password in an address would take our own Authorization's place
            raise NotAllowed(Reason("not_allowed", {"host": host_of(url)}))
        options["stream"] = True
        options["timeout"] = (min(CONNECT_SECONDS, self.seconds), min(READ_SECONDS, self.seconds))
        with deadline.own_or_outer(self.seconds) as until:
            try:
                answer = super().send(request, **options)
                answer._content = _read(answer, url)
            except (requests.RequestException, HTTPError):
                if not until.passed:
                    raise
            if until.passed:  # also where the body looks whole: without a length it ends where we hung up
                raise Unreachable(Reason("late", {"host": host_of(url)}))
        answer._content_consumed = True  # type: ignore[attr-defined]
        answer.encoding = answer.encoding or "utf-8"  # to guess it from 5 MB would take a minute
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
