"""A database that does not answer: a calm page in any frame, truthful health, a log without anybody's words."""

from __future__ import annotations

import html
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError

from engine.db import CONNECT_SECONDS, db
from lti.sign_in import NAME
from tests.cast import ISSUER, Cast, Member, make_platform

SignedIn = Callable[[Member], FlaskClient]


@pytest.fixture
def cut_off(make_app: Callable[..., Flask], tmp_path: Path) -> FlaskClient:
    """A browser that was signed in before the database went."""
    client = make_app(database_url=f"sqlite:///{tmp_path}/gone/file.sqlite3").test_client()
    with client.session_transaction() as session:
        session[NAME] = "somebody"
    return client


@pytest.mark.one_database
def test_a_page_says_that_it_will_be_back_inside_the_frame_of_any_lms(cut_off: FlaskClient) -> None:
    answer = cut_off.get("/courses/1/queue")
    assert answer.status_code == 503
    assert "We can’t get at our records just now" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert "frame-ancestors 'self' *" in answer.headers["Content-Security-Policy"]


@pytest.mark.one_database
def test_what_was_typed_comes_back(cut_off: FlaskClient) -> None:
    typed = "The pond has three kinds of snails."
    answer = cut_off.post("/activities/1/submission", data={"text": typed, "do": "hand-in"})
    assert answer.status_code == 503
    assert typed in answer.text
    saved = cut_off.post("/activities/1/submission/draft", data={"text": typed}, headers={"X-Autosave": "1"})
    assert (saved.status_code, saved.json) == (503, {"status": "We can’t get at our records just now"})


@pytest.mark.one_database
def test_an_lms_s_own_hints_are_nobody_s_words(cut_off: FlaskClient) -> None:
    hint = "a hint of the LMS's, signed and long"
    login = {"iss": ISSUER, "login_hint": "me", "lti_message_hint": hint, "target_link_uri": "https://tool.example"}
    answer = cut_off.post("/lti/login", data=login)
    assert answer.status_code == 503
    assert "Your words are safe" not in answer.text
    assert hint not in html.unescape(answer.text)


@pytest.mark.one_database
def test_the_process_is_well_and_not_ready(cut_off: FlaskClient) -> None:
    assert cut_off.get("/healthz").status_code == 200
    answer = cut_off.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "down", "reason": "the database does not answer"}


@pytest.fixture
def goes_away(app: Flask) -> Iterator[None]:
    """The database answers who asks, up to their course, and then nothing more."""
    seen: list[str] = []
    with app.app_context():
        engine = db.engine

    def leave(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if seen and re.search(r"\b(FROM|JOIN) course\b", seen[-1]):
            raise OperationalError(None, None, ConnectionError("server closed the connection\nunexpectedly"))
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", leave)
    yield
    event.remove(engine, "before_cursor_execute", leave)


def test_a_database_that_goes_in_the_middle_of_a_page_still_gives_a_whole_page(
    signed_in: SignedIn, cast: Cast, activity_id: int, request: pytest.FixtureRequest
) -> None:
    client = signed_in(cast.teacher)
    request.getfixturevalue("goes_away")
    with structlog.testing.capture_logs() as logs:
        answer = client.get(f"/courses/{cast.course_id}/queue")
    assert answer.status_code == 503
    assert "We can’t get at our records just now" in answer.text
    assert [line["why"] for line in logs if "why" in line] == ["server closed the connection"]


def test_no_error_repeats_what_somebody_wrote(app: Flask) -> None:
    with app.app_context():
        for _twice in range(2):
            make_platform("101").name = "what Amara wrote"
        with pytest.raises(IntegrityError) as failed:
            db.session.flush()
        db.session.rollback()
    assert "what Amara wrote" not in str(failed.value)


@pytest.mark.one_database
def test_a_server_that_swallows_what_is_said_holds_a_probe_for_two_seconds(make_app: Callable[..., Flask]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = make_app(
            database_url=f"postgresql+psycopg://me@127.0.0.1:{silent.getsockname()[1]}/name"
        ).test_client()
        start = time.monotonic()
        answer = client.get("/readyz")
        assert 1.9 < time.monotonic() - start < CONNECT_SECONDS - 1
    assert (answer.status_code, answer.json) == (503, {"status": "down", "reason": "the database does not answer"})
