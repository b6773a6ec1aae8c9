"""A mail server in a process of its own that takes everything and keeps nothing; it prints its address.

Each answer is WAIT seconds on its way, given as the one argument: lines that came together are answered together.
`NOOP` tells how many messages it took, how many of them were there before, and in how many connections.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Any

MESSAGE_ID = re.compile(rb"^message-id: (.*)\r$", re.IGNORECASE | re.MULTILINE)
ANSWERS = {b"EHLO": b"250-mailbox\r\n250-PIPELINING\r\n250 8BITMIME", b"DATA": b"354 go on", b"QUIT": b"221 bye"}


class Box:
    """What was taken by all connections together."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self.messages = self.repeats = self.connections = 0

    def take(self, message: bytes) -> None:
        found = MESSAGE_ID.search(message)
        name = found[1] if found else message
        self.repeats += name in self.seen
        self.seen.add(name)
        self.messages += 1


class Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self, box: Box, wait: float) -> None:
        self._box, self._wait, self._read, self._amid = box, wait, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._say(b"220 mailbox")

    def data_received(self, data: bytes) -> None:
        self._read += data
        answers: list[bytes] = []
        while (answer := self._next()) is not None:
            answers.append(answer)
        if answers:
            self._say(b"\r\n".join(answers))

    def _next(self) -> bytes | None:
        """The answer to what came whole, None where the rest is on its way."""
        line, end, rest = self._read.partition(b"\r\n.\r\n" if self._amid else b"\r\n")
        if not end:
            return None
        self._read = rest
        if self._amid:
            self._amid = False
            self._box.take(line)
            return b"250 taken"
        word = line[:4].upper()
        self._amid = word == b"DATA"
        if word == b"MAIL":
            self._box.connections += not hasattr(self, "_wrote")
            self._wrote = True
        box = self._box
        told = f"250 {box.messages} {box.repeats} {box.connections}".encode()
        return told if word == b"NOOP" else ANSWERS.get(word, b"250 ok")

    def _say(self, words: bytes) -> None:
        asyncio.get_running_loop().call_later(self._wait, self._transport.write, words + b"\r\n")


async def serve(wait: float) -> None:
    box = Box()
    server = await asyncio.get_running_loop().create_server(lambda: Talk(box, wait), "127.0.0.1", 0)
    print(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
