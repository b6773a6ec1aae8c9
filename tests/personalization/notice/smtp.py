"""A small SMTP server on loopback that keeps what it is given and answers as a test wants: a fake on the wire."""

from __future__ import annotations

import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

# What the server says to one line of the client, or None for the usual; it may sleep, or raise to hang up.
Answer = Callable[[str], str | None]


class Sink(socketserver.ThreadingTCPServer):
    """With a `certificate` it encrypts: `at_once`, or when asked by STARTTLS.

    `took`: the messages it said 250 to; `raw`: the same as they came; `sealed`: whether encrypted.
    `heard`: every line but those of messages.

    `answer` is asked first.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, certificate: Path | None, at_once: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self.tls and certificate:
            self.tls.load_cert_chain(certificate)
        self.at_once = at_once
        self.took: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.sealed: list[bool] = []
        self.heard: list[str] = []
        self.answer: Answer = lambda line: None
        self.greeting = "220 sink"

    @property
    def url(self) -> str:
        return f"{'smtps' if self.at_once else 'smtp'}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up as some tests want; that is no news."""


class _Talk(socketserver.StreamRequestHandler):
    server: Sink

    def setup(self) -> None:
        super().setup()
        self.encrypted = False
        if self.server.at_once:
            self._encrypt()

    def _encrypt(self) -> None:
        assert self.server.tls is not None
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()
        self.encrypted = True

    def finish(self) -> None:
        super().finish()
        if self.encrypted:
            self.request.close()  # the server closes the plain one only

    def handle(self) -> None:
        self._say(self.server.greeting)
        while line := self.rfile.readline().decode("utf-8").strip():
            self.server.heard.append(line)
            said = self.server.answer(line) or self._usual(line)
            self._say(said)
            if line.upper() == "STARTTLS":
                self._encrypt()
            if line.upper() == "DATA" and said.startswith("354"):
                self._take()
            if line.upper() == "QUIT" or said.startswith("421"):
                return

    def _usual(self, line: str) -> str:
        word = line.split(":")[0].split()[0].upper()
        hello = "250-sink\r\n250 STARTTLS" if self.server.tls and not self.encrypted else "250 sink"
        usual = {"EHLO": hello, "DATA": "354 go on", "QUIT": "221 bye", "STARTTLS": "220 go on"}
        return usual.get(word, "250 ok")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        whole = b"".join(lines)
        said = self.server.answer("<message>") or "250 taken"
        if said.startswith("250"):
            message = message_from_bytes(whole, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.server.took.append(message)
            self.server.raw.append(whole)
            self.server.sealed.append(self.encrypted)
        self._say(said)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
        self.wfile.flush()


@contextmanager
def listening(certificate: Path | None = None, at_once: bool = False) -> Iterator[Sink]:
    with Sink(certificate, at_once) as sink:
        thread = threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            sink.shutdown()
            thread.join()


def drop_by_drop(seconds: float) -> Answer:
    """Answers that never end: each is preceded by a wait."""

    def answer(line: str) -> str | None:
        time.sleep(seconds)
        return None

    return answer
