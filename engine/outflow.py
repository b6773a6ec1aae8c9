"""Long answers, such as downloads, of which few are on their way at once.

Each holds a thread as long as its line takes: whoever reads a byte a second must not take all threads of a process from
everybody else.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Any

from flask import Flask, Response, current_app
from flask_babel import gettext as _

from engine.errors import Away

MOST = 4  # half of the threads that a process has (docs/deploy/gunicorn.conf.py)
LONG = 1024 * 1024  # bytes; what is shorter goes into the connection's own memory, or nearly


def init_app(app: Flask) -> None:
    app.extensions["outflow"] = Outflow(MOST)


def long(response: Response) -> Response:
    """This answer, counted until it is sent or given up; its pieces come from an iterator.

    Raises:
        Away: as many as may be are on their way.
    """
    outflow: Outflow = current_app.extensions["outflow"]
    return outflow.counted(response)


class Outflow:
    """At most `most` answers at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._seats: set[_Seat] = set()

    def counted(self, response: Response) -> Response:
        """As `long`."""
        seat = _Seat()
        with self._lock:
            if len(self._seats) >= self._most:
                raise Away(
                    _("Many downloads are on their way just now"),
                    now=_("Try again in a minute; nothing is lost."),
                )
            self._seats.add(seat)
        response.response = self._until_sent(response.response, seat)
        weakref.finalize(response, self._leave, seat)  # one of which not a single piece was asked for
        return response

    def _until_sent(self, pieces: Iterable[Any], seat: _Seat) -> Iterator[Any]:
        try:
            yield from pieces
        finally:
            self._leave(seat)

    def _leave(self, seat: _Seat) -> None:
        with self._lock:
            self._seats.discard(seat)


class _Seat:
    """One of them; each its own."""
