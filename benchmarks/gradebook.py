"""An LMS's column in a process of its own, so cheap that its own CPU decides nothing; it prints its address.

A score takes LATENCY. After every BURST of them it turns all away for a second, as `Retry-After: 1` says: at once, as a
limiter before a server does, or with "late" after LATENCY too. `/state` tells what it took.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict
from typing import Any

LATENCY, BURST, CLOSED = 0.1, 400, 1.0  # seconds, scores, seconds
HEAD = b"HTTP/1.1 %d .\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"


class Column:
    """{sub: the timestamps that it took}; when the first score came and the last one was answered, and the windows."""

    def __init__(self, late: bool) -> None:
        self.late = late
        self.taken: dict[str, list[str]] = defaultdict(list)
        self.count = self.closed_times = self.refused = self.out_of_order = self.now = self.most = 0
        self.first = self.last = self.closed_until = 0.0

    def post(self, body: bytes, now: float) -> tuple[int, bytes]:
        """(status, more headers) for a score that arrives now."""
        self.first = self.first or now
        if now < self.closed_until:
            self.refused += 1
            return 429, b"Retry-After: 1\r\n"
        score = json.loads(body)
        times = self.taken[score["userId"]]
        if times and score["timestamp"] <= times[-1]:
            self.out_of_order += 1
        times.append(score["timestamp"])
        self.count, self.last = self.count + 1, now + LATENCY
        if self.count % BURST == 0:
            self.closed_until, self.closed_times = now + CLOSED, self.closed_times + 1
        return 200, b""

    def state(self) -> dict[str, Any]:
        return {
            "people": len(self.taken),
            "accepted": self.count,
            "repeats": self.count - len(self.taken),
            "out_of_order": self.out_of_order,
            "closed_times": self.closed_times,
            "refused": self.refused,
            "seconds": self.last - self.first,
            "most_at_once": self.most,
            "cpu": time.process_time(),
        }


class Connection(asyncio.Protocol):
    """One kept connection; requests come one after the other."""

    def __init__(self, column: Column) -> None:
        self._column, self._read = column, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if not end:
            return
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0)
        if len(body) >= length:
            self._read = b""
            self._answer(head.split(b" ", 2)[1].decode(), body)

    def _answer(self, path: str, body: bytes) -> None:
        if path == "/token":
            self._say(200, b"", json.dumps({"access_token": "t", "token_type": "Bearer", "expires_in": 3600}).encode())
        elif path == "/state":
            self._say(200, b"", json.dumps(self._column.state()).encode())
        elif path.endswith("/scores"):
            column = self._column
            column.now += 1
            column.most = max(column.most, column.now)
            status, more = column.post(body, time.monotonic())
            wait = LATENCY if column.late or status == 200 else 0.0
            asyncio.get_running_loop().call_later(wait, self._done, status, more)
        else:
            self._say(200, b"", b"[]")

    def _done(self, status: int, more: bytes) -> None:
        self._column.now -= 1
        self._say(status, more, b"")

    def _say(self, status: int, more: bytes, body: bytes) -> None:
        self._transport.write(HEAD % (status, len(body), more) + body)


async def serve(late: bool) -> None:
    column = Column(late)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(column), "127.0.0.1", 0, backlog=256)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve("late" in sys.argv))
