"""A launch whose database goes away at any statement, or at the commit, leaves no row and no cookie behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from engine.db import db
from tests import replay
from tests.lti.framed import who
from tests.lti.platform import Lms

MOMENTS = ("before_cursor_execute", "commit")


@contextmanager
def gone_at(app: Flask, moment: int) -> Iterator[None]:
    """The database answers that many statements and commits, and then nothing more."""
    left = [moment]

    def leave(*_said: object) -> None:
        if not left[0]:
            raise OperationalError(None, None, ConnectionError("the server closed the connection"))
        left[0] -= 1

    with app.app_context():
        engine = db.engine
    for name in MOMENTS:
        event.listen(engine, name, leave)
    yield
    for name in MOMENTS:
        event.remove(engine, name, leave)


def test_a_launch_that_is_cut_off_anywhere_can_be_sent_again(
    app: Flask, client: FlaskClient, lms: Lms, database_url: str
) -> None:
    lms.launch(app.test_client(), lms.claims(sub="somebody-else"))  # the keys are known, and a course is there
    asked = lms.login(client)
    token = lms.sign({**lms.claims(**lms.services()), "nonce": asked["nonce"]})
    before = replay.recorded(replay.engine_of(database_url))
    for moment in range(100):
        with gone_at(app, moment):
            answer = client.post("/lti/launch", data={"id_token": token, "state": asked["state"]})
        if answer.status_code == 303:
            break
        assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (503, []), moment
        assert "frame-ancestors 'self' *" in answer.headers["Content-Security-Policy"], moment
        assert replay.recorded(replay.engine_of(database_url)) == before, moment
    assert moment > 5, "a launch has more statements than that"
    assert who(client) == ["user-1"]
