"""How the LMS feels today: as usual, slow, throttled, down or unreachable, as somebody picks on its own page.

It concerns what the tool's server asks for: tokens, scores, results, columns, class lists. Pages are as ever.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from enum import StrEnum

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Mapped, mapped_column

from demo.base import Base, Manner
from demo.school import store

bp = Blueprint("weather", __name__)
SERVICES = {"canvas": ("/canvas/api/", "/canvas/token"), "moodle": ("/moodle/services/", "/moodle/token")}
SLOW_SECONDS = 2.0
CALLS, SECONDS = 4, 10.0  # of which a throttled LMS answers so many in so long


class Mood(StrEnum):
    USUAL = "as usual"
    SLOW = "slow"
    THROTTLED = "throttled"
    DOWN = "down"
    SILENT = "unreachable"


SAID = {
    Mood.USUAL: "Every call is answered at once.",
    Mood.SLOW: "Each call takes two seconds.",
    Mood.THROTTLED: "Four calls in ten seconds are answered; all others get 429, with how long to wait.",
    Mood.DOWN: "Every call gets 503: under maintenance.",
    Mood.SILENT: "No call gets an answer: the connection breaks off.",
}


class Weather(Base):
    """How the LMS of one manner feels; as usual where there is no row."""

    __tablename__ = "weather"
    manner: Mapped[Manner] = mapped_column(primary_key=True)
    mood: Mapped[str]


class Throttle:
    """Which calls of the last seconds were answered, of one manner."""

    def __init__(self) -> None:
        self._lock, self._answered = threading.Lock(), deque[float]()

    def wait(self) -> float:
        """Seconds until a call is answered again; 0 where this one is."""
        now = time.monotonic()
        with self._lock:
            while self._answered and self._answered[0] <= now - SECONDS:
                self._answered.popleft()
            if len(self._answered) < CALLS:
                self._answered.append(now)
                return 0.0
            return self._answered[0] + SECONDS - now


THROTTLES = {manner: Throttle() for manner in Manner}


def mood_of(manner: Manner) -> Mood:
    row = store().get(Weather, manner)
    return Mood(row.mood) if row else Mood.USUAL


@bp.get("/weather")
def show() -> ResponseReturnValue:
    return render_template("demo/weather.html", moods={manner: mood_of(manner) for manner in Manner}, said=SAID)


@bp.post("/weather")
def change() -> ResponseReturnValue:
    """Each LMS feels from now on as was picked."""
    for manner in Manner:
        picked = request.form.get(manner.value, mood_of(manner).value)
        if picked not in set(Mood):
            abort(400, "Pick one of the moods.")
        store().merge(Weather(manner=manner, mood=picked))
    store().commit()
    flash("The LMS feels so from now on.")
    return redirect(url_for(".show"), 303)


@bp.before_app_request
def feel() -> ResponseReturnValue | None:
    """Answer the tool's server as the LMS feels."""
    manner = next((Manner(name) for name, paths in SERVICES.items() if request.path.startswith(paths)), None)
    mood = mood_of(manner) if manner else Mood.USUAL
    if manner is None or mood is Mood.USUAL:
        return None
    store().rollback()  # no reader stands in the way of whoever changes the weather meanwhile
    if mood is Mood.SLOW:
        time.sleep(SLOW_SECONDS)
    elif mood is Mood.DOWN:
        return Response("Riverbend is under maintenance.", 503)
    elif mood is Mood.SILENT:
        return _break_off()
    elif wait := THROTTLES[manner].wait():
        return Response("Too many requests.", 429, {"Retry-After": str(int(wait) + 1)})
    return None


def _break_off() -> Response:
    """Close the connection without a word; 503 where no server of ours holds it."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
    return Response("", 503)
