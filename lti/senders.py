"""Threads that put scores on the wire, each on a connection of its own that it keeps: no rule, and no row.

Whoever has them (lti/sending.py) notes what leaves before and what came back after; here nothing is noted.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

import requests
from flask import Flask, current_app

from engine import logs
from lti import quirks, tokens
from lti.column import ColumnFailed, read_results
from lti.held import Held
from lti.outgoing import Line, Unreachable, open_session, text_of
from lti.refusals import Do, Refusal, answer_to_score
from lti.score_request import Request

SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
# What an answer that is a refusal is counted as.
COUNTED = {
    Do.LATER: "older",
    Do.AS_NO_ATTEMPT: "attempts_used_up",
    Do.WAIT: "away",
    Do.TRY_AGAIN: "fault",
    Do.STOP_PERSON: "refused",
    Do.STOP_COLUMN: "refused",
    Do.STOP_COURSE: "refused",
}


@dataclass(eq=False)
class Outcome:
    """What became of one request, which left at `left_at` (monotonic, in seconds) with `token`.

    There is an `answer`, and its `refusal` if it is one, or else none came and `failed` says why. `looked`: the
    gradebook was then asked what it holds for this person, `held`; `unread` if that could not be read. `unheard`: its
    token was refused, and there is no other.
    """

    request: Request
    token: str
    left_at: float
    answer: requests.Response | None = None
    refusal: Refusal | None = None
    failed: Unreachable | None = None
    looked: bool = False
    held: Held | None = None
    unread: ColumnFailed | None = None
    unheard: bool = False
    crashed: BaseException | None = None

    @property
    def status(self) -> int:
        """The answer's; 0 if none came."""
        return self.answer.status_code if self.answer is not None else 0

    @property
    def is_throttled(self) -> bool:
        """Turned away unread, since there were too many at once."""
        return self.refusal is not None and self.refusal.reason == "throttled"

    @property
    def counted(self) -> str:
        """In a word, for the figures."""
        if self.failed is not None:
            return "no_answer"
        if self.is_throttled:
            return "throttled"
        if self.unheard:
            return "no_leave"
        return COUNTED[self.refusal.do] if self.refusal else "sent"


class Senders:
    """At most `most` of these threads for one column, begun as they are needed; use it in a `with`."""

    def __init__(self, client: tokens.Client, url: str, most: int) -> None:
        self._client, self._url, self._most = client, url, most
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._out: SimpleQueue[tuple[Request, str] | None] = SimpleQueue()
        self._back: SimpleQueue[Outcome] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._flying = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for _thread in self._threads:
            self._out.put(None)
        for thread in self._threads if kind is None else ():  # else they may wait for an answer that nobody wants
            thread.join()

    def send(self, request: Request, token: str) -> None:
        self._flying += 1
        if self._flying > len(self._threads) and len(self._threads) < self._most:
            thread = threading.Thread(target=logs.carried(self._work), name="third-option-sender", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._out.put((request, token))

    def outcomes(self, most: int, seconds: float | None) -> list[Outcome]:
        """What came back, at most so many; the first is waited for that long, for ever if None.

        Raises:
            BaseException: what went wrong in a thread and is no matter of the platform's.
        """
        found: list[Outcome] = []
        while len(found) < most:
            try:
                waits = not found and seconds != 0
                found.append(self._back.get(waits, seconds) if waits else self._back.get_nowait())
            except Empty:
                break
        self._flying -= len(found)
        for outcome in found:
            if outcome.crashed is not None:
                raise outcome.crashed
        return found

    def _work(self) -> None:
        with self._app.app_context(), ExitStack() as stack:
            line = Line(quirks.with_path_end(self._url, "/scores"), SCORE_TYPE)
            stack.callback(line.close)
            while job := self._out.get():
                outcome = Outcome(*job, left_at=time.monotonic())
                try:
                    self._post(line, outcome)
                except BaseException as error:  # whoever waits for the outcome would wait for ever
                    outcome.crashed = error
                self._back.put(outcome)

    def _post(self, line: Line, outcome: Outcome) -> None:
        try:
            outcome.answer = answer = line.post(outcome.request.body.encode(), outcome.token)
        except Unreachable as failed:
            outcome.failed = failed
            return
        outcome.refusal = answer_to_score(answer.status_code, text_of(answer))
        if outcome.refusal.do is Do.LATER if outcome.refusal else outcome.request.look:
            self._look(outcome)

    def _look(self, outcome: Outcome) -> None:
        """What the gradebook holds now; on a connection of its own, since this is rare."""
        outcome.looked, sub = True, outcome.request.sub
        try:
            with open_session() as http:
                outcome.held = read_results(self._client, http, self._url, only=sub).get(sub)
        except ColumnFailed as failed:
            outcome.unread = failed
