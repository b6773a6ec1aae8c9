"""An LMS that misbehaves as it is told, in a process of its own: tokens, columns, results, scores and rosters.

`python -m tests.faults.misbehaving moodle` prints its address and serves until it is ended. Its paths:

- `/token`, `/items/N` (a column, with `/results` and `/scores` behind), `/roster/C` (pages of a course's people);
- `/control`: POST a Fault as JSON and the next calls fail so; DELETE ends them all;
- `/type-in`: POST {"item", "sub", "score"}, a teacher's own hand; `/people`: POST {"course", "people"}; `/expire`:
  POST, and all tokens given so far are refused;
- `/state`: what it took, what it holds, how many calls it had at once.
"""

from __future__ import annotations

import json
import random
import re
import socket
import struct
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.faults.gradebook import Answer, Book

PLACE = re.compile(r"/(token|items|roster|control|type-in|people|expire|state)(?:/([^/]+))?(?:/(results|scores))?")
PAGE = 50


@dataclass
class Fault:
    """What goes wrong, and how often.

    `at` names the calls: "scores", "results", "items", "token", "roster", or "" for all of these, `item` the column, or
    "" for all. `do`: "answer" with
    `status`, `headers` and `body`; "slow", `seconds` late but right; "reset" the connection; send "half" a body and
    hang up; answer 200 with "malformed" JSON. With `taken` the work is done before it goes wrong, so only the answer
    is lost. `calls` (-1: any number) of them fail, each by the chance of `share`, and none later than `lasts` seconds
    from now.
    """

    at: str = ""
    item: str = ""
    do: str = "answer"
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 0.0
    taken: bool = False
    calls: int = -1
    share: float = 1.0
    lasts: float = 1e9


class School:
    """What the LMS knows; every method is one thread's at a time."""

    def __init__(self, family: str) -> None:
        self.family = family
        self.books: dict[str, Book] = {}
        self.people: dict[str, list[dict[str, Any]]] = {}
        self.tokens: set[str] = set()
        self.given = self.now = self.most = 0
        self.calls: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self._faults: list[tuple[Fault, float]] = []
        self._chance = random.Random(7)  # noqa: S311 the same faults in each run
        self.lock = threading.Lock()

    def book(self, item: str) -> Book:
        return self.books.setdefault(item, Book(self.family))

    def misbehave(self, fault: Fault) -> None:
        self._faults.append((fault, time.monotonic() + fault.lasts))

    def behave(self) -> None:
        self._faults.clear()

    def fault_at(self, place: str, item: str) -> Fault | None:
        """What goes wrong with this call, counted down."""
        for fault, until in self._faults:
            if fault.calls and fault.at in {"", place} and fault.item in {"", item} and time.monotonic() < until:
                if self._chance.random() < fault.share:
                    fault.calls -= 1
                    return fault
                return None
        return None

    def state(self) -> dict[str, Any]:
        return {
            "items": {
                item: {
                    "accepted": book.accepted,
                    "grades": book.grades,
                    "comments": book.comments,
                    "attempts": book.attempts,
                }
                for item, book in self.books.items()
            },
            "calls": dict(self.calls),
            "answers": dict(self.answers),
            "tokens_given": self.given,
            "most_at_once": self.most,
        }


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one piece
    disable_nagle_algorithm = True
    school: School

    def do_POST(self) -> None:
        self._said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = PLACE.fullmatch(urlsplit(self.path).path)
        if not found:
            self._send((404, {}))
            return
        first, self._name, last = found.groups()
        if first in {"control", "type-in", "people", "expire", "state"}:
            self._steer(first)
            return
        school, place = self.school, last or first
        with school.lock:
            school.now += 1
            school.most = max(school.most, school.now)
            school.calls[place] += 1
            fault = school.fault_at(place, self._name or "")
        try:
            with suppress(ConnectionError):  # whoever asked may be killed by now
                self._serve(place, fault)
        finally:
            with school.lock:
                school.now -= 1

    do_GET = do_DELETE = do_POST

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def _steer(self, what: str) -> None:
        said, school = json.loads(self._said or b"{}"), self.school
        with school.lock:
            if what == "control" and self.command == "DELETE":
                school.behave()
            elif what == "control":
                school.misbehave(Fault(**said))
            elif what == "type-in":
                school.book(str(said["item"])).type_in(said["sub"], said["score"])
            elif what == "people":
                school.people[str(said["course"])] = said["people"]
            elif what == "expire":
                school.tokens.clear()
            text = json.dumps(school.state() if what == "state" else {})
        self._send((200, {}), text)

    def _serve(self, place: str, fault: Fault | None) -> None:
        if fault and fault.do == "slow":
            time.sleep(fault.seconds)
            fault = None
        if fault is None:
            self._send(*self._answer(place))
            return
        if fault.taken and (said := self._answer(place))[0][0] != 200:
            self._send(*said)  # such as an expired token: it was not taken, and none may say that it was
            return
        if fault.do == "answer":
            self._send((fault.status, {}), fault.body, fault.headers)
        elif fault.do == "malformed":
            self._send((200, {}), '[{"userId": ')
        elif fault.do == "half":
            self._begin(200, 4000, {})
            self.wfile.write(b"[" + b" " * 1999)
            self.close_connection = True
        else:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()  # with that, a reset
            self.close_connection = True

    def _answer(self, place: str) -> tuple[Answer, str, dict[str, str]]:
        """What a healthy LMS says: (status and body, another body in its place, headers)."""
        school = self.school
        with school.lock:
            if place == "token":
                school.given += 1
                token = f"token-{school.given}"
                school.tokens.add(token)
                return (200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600}), "", {}
            if self.headers.get("Authorization", "").removeprefix("Bearer ") not in school.tokens:
                return (401, {"errors": {"type": "unauthorized", "message": "Access token expired"}}), "", {}
            if place == "roster":
                return self._people(school.people.get(self._name, []))
            book, query = school.book(self._name), parse_qs(urlsplit(self.path).query)
            if place == "scores":
                return book.post(json.loads(self._said)), "", {}
            if place == "results":
                return (200, {}), json.dumps(book.results(query.get("user_id", [""])[0])), {}
            address = f"http://{self.headers['Host']}/items/{self._name}"
            return (200, {"id": address, "label": "Energy project", "scoreMaximum": book.maximum}), "", {}

    def _people(self, people: list[dict[str, Any]]) -> tuple[Answer, str, dict[str, str]]:
        page = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
        here, more = people[PAGE * (page - 1) : PAGE * page], len(people) > PAGE * page
        address = f"http://{self.headers['Host']}/roster/{self._name}"
        link = {"Link": f'<{address}?page={page + 1}>; rel="next"'} if more else {}
        return (200, {"id": address, "context": {"id": self._name}, "members": here}), "", link

    def _send(self, answer: Answer, text: str = "", headers: dict[str, str] | None = None) -> None:
        status, body = answer
        data = (text or json.dumps(body)).encode()
        self._begin(status, len(data), headers or {})
        self.wfile.write(data)

    def _begin(self, status: int, length: int, headers: dict[str, str]) -> None:
        with self.school.lock:
            self.school.answers[str(status)] += 1
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, address: Any) -> None:
        """A connection that was reset, by whom ever."""


def serve(family: str) -> None:
    """Print the address, then serve until the process is ended."""
    handler = type("OneSchool", (Handler,), {"school": School(family)})
    server = Server(("127.0.0.1", 0), handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever(0.05)


if __name__ == "__main__":
    serve(sys.argv[1])
