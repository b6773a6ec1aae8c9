"""Mail goes out by SMTP: one connection for a round of messages, encrypted, with limits of time."""

from __future__ import annotations

import smtplib
import ssl
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, Self
from urllib.parse import unquote, urlsplit

SECONDS = 10.0  # that a server may take for one answer
WHOLE_SECONDS = 60.0  # and for one message, so that one that answers drop by drop holds nobody
PORTS = {"smtp": 587, "smtps": 465}
READY = 220
PERMANENT = 500
BUSY = 421  # "closing the channel": an answer that is about the server, not about the message


class Policy(EmailPolicy):
    """Headers on one line, or in encoded words of the usual length (RFC 2047).

    Python's own folding (3.11) moves spaces between encoded words, "a “b c”" becoming "a  “bc”", and encodes an address
    of the web that is longer than a line, which no mail program can press then.
    """

    def fold(self, name: str, value: Any) -> str:
        text = str(value)
        if not text.isascii():
            text = Header(text, "utf-8", header_name=name).encode(linesep=self.linesep)
            if hasattr(value, "addresses"):
                text = f",{self.linesep} ".join(_address(name, one, self.linesep) for one in value.addresses)
        return f"{name}: {text}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("ascii")


def _address(name: str, address: Address, linesep: str) -> str:
    if address.display_name.isascii():
        return str(address)
    said = Header(address.display_name, "utf-8", header_name=name).encode(linesep=linesep)
    return f"{said} <{address.addr_spec}>"


POLICY = Policy(linesep="\r\n")


class NotSent(Exception):
    """A message did not leave; `why` says it in a line, with the server's own words where it had some.

    Those may hold an address: a log takes the `code` alone, None where the server said none.
    """

    def __init__(self, why: str, code: int | None = None) -> None:
        super().__init__(why)
        self.why, self.code = why, code


class Refused(NotSent):
    """This message will never be taken (RFC 5321, 4.2.1: 5yz), or is none."""


class Later(NotSent):
    """This message may be taken another time (4yz)."""


class Away(NotSent):
    """The server takes no message at all now. `in_doubt`: it had this one whole, and did not say what became of it."""

    def __init__(self, why: str, code: int | None = None, *, in_doubt: bool = False) -> None:
        super().__init__(why, code)
        self.in_doubt = in_doubt


class _Talk(smtplib.SMTP):
    """`handed_over`: the message that it is about has begun to leave."""

    handed_over = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.handed_over = True
        return super().data(msg)


class _SealedTalk(_Talk, smtplib.SMTP_SSL):
    """From the first byte on."""


@dataclass(frozen=True)
class Server:
    """Where mail is handed over. `tls`: from the first byte on; else by STARTTLS."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """smtp://user:password@host:587 or smtps://…; user and password percent-encoded.

        Raises:
            ValueError: it is no such address.
        """
        wanted = "give smtp://user:password@host:587 or smtps://user:password@host, with odd signs percent-encoded"
        try:
            parts = urlsplit(url)
            port = PORTS[parts.scheme] if parts.port is None else parts.port
        except (KeyError, ValueError):
            raise ValueError(wanted) from None  # the cause might name a piece of the password
        if not port or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(wanted)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, parts.scheme == "smtps", user, password)


class Post:
    """A way to the server, opened with the first message. Use it in a `with`, by one thread.

    `me` is the host name to greet with. Without encryption it talks to this machine and the networks `near` only.
    """

    def __init__(self, server: Server, me: str, near: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._server, self._me, self._near = server, me, near
        self._smtp: _Talk | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        if self._smtp is not None:
            with self._no_longer_than(SECONDS), suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._hang_up()

    def send(self, message: EmailMessage) -> None:
        """Hand one message over to its To.

        Raises:
            Refused, Later: about this message alone; the next may be sent.
            Away: about all of them.
        """
        with self._no_longer_than(WHOLE_SECONDS):
            smtp = self._smtp or self._open()
            smtp.handed_over = False
            try:
                smtp.send_message(message)
            except smtplib.SMTPRecipientsRefused as refused:
                raise self._verdict(*next(iter(refused.recipients.values()))) from refused
            except smtplib.SMTPDataError as refused:
                raise self._verdict(refused.smtp_code, refused.smtp_error) from refused
            except (smtplib.SMTPNotSupportedError, ValueError) as cannot:
                raise Refused("the address cannot be written to") from cannot
            except (OSError, smtplib.SMTPException) as failed:
                raise self._away(failed) from failed

    def _open(self) -> _Talk:
        server = self._server
        context = ssl.create_default_context()
        talk = _SealedTalk(context=context, timeout=SECONDS) if server.tls else _Talk(timeout=SECONDS)
        self._smtp = smtp = talk  # before it connects, so that it can be hung up meanwhile
        smtp.local_hostname = self._me
        setattr(smtp, "_host", server.host)  # noqa: B010  # what certificates are held to; `connect` forgets to set it
        try:
            code, said = smtp.connect(server.host, server.port)
            if code != READY:
                raise smtplib.SMTPConnectError(code, said)
            if not server.tls:
                self._encrypt(smtp, context)
            if server.user:
                smtp.login(server.user, server.password)
        except (OSError, smtplib.SMTPException) as failed:
            raise self._away(failed) from failed
        return smtp

    def _encrypt(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        """STARTTLS; a near server may have a certificate of its own making, or none."""
        smtp.ehlo_or_helo_if_needed()
        near = self._is_near(smtp)
        if smtp.has_extn("starttls"):
            if near:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            smtp.starttls(context=context)
        elif not near:
            raise smtplib.SMTPException("it offers no encryption")

    def _is_near(self, smtp: smtplib.SMTP) -> bool:
        if smtp.sock is None:
            return False
        address = ip_address(smtp.sock.getpeername()[0])
        return address.is_loopback or any(address in net for net in self._near if net.version == address.version)

    def _verdict(self, code: int, text: bytes | str) -> NotSent:
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        why = f"{code} {one_line(words)}"
        if code == BUSY:
            self._hang_up()
            return Away(why, code)
        return Refused(why, code) if code >= PERMANENT else Later(why, code)

    def _away(self, failed: Exception) -> Away:
        in_doubt = self._smtp is not None and self._smtp.handed_over
        self._hang_up()
        said = getattr(failed, "smtp_error", b"")
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        code = getattr(failed, "smtp_code", None)
        why = one_line(f"{code or ''} {words}" if words else str(failed) or type(failed).__name__)
        return Away(why, code, in_doubt=in_doubt)

    @contextmanager
    def _no_longer_than(self, seconds: float) -> Iterator[None]:
        watch = threading.Timer(seconds, self._cut)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def _cut(self) -> None:
        """End whatever the connection waits for; from another thread."""
        sock = self._smtp.sock if self._smtp is not None else None
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(2)

    def _hang_up(self) -> None:
        if self._smtp is not None:
            with suppress(OSError):
                self._smtp.close()
            self._smtp = None


@lru_cache(maxsize=16)
def header(name: str, text: str) -> Any:
    """What stands in every message, such as whom it is from: made sense of once."""
    return POLICY.header_factory(name, text)


def address_of(text: str, name: str = "") -> Address:
    """A mail address as it may stand in a header, with `name` beside it; a domain in other letters by its ASCII name.

    Raises:
        ValueError: it is none that every server takes.
    """
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        raise ValueError("it holds a sign that no address has.")
    user, at, domain = text.strip().rpartition("@")
    try:
        address = Address(one_line(name), addr_spec=f"{user}{at}{domain.encode('idna').decode()}")
    except (HeaderParseError, ValueError, IndexError) as wrong:
        raise ValueError("it is no mail address such as office@example.edu") from wrong
    if not address.username or not address.domain:
        raise ValueError("it is no mail address such as office@example.edu")
    return address


def one_line(text: str) -> str:
    """A person's words as a header may hold them: one line, without control signs or those that turn the direction."""
    turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    spaced = "".join(" " if unicodedata.category(s) in {"Cc", "Cs", "Zl", "Zp"} or s in turning else s for s in text)
    return " ".join(spaced.split())
