"""What a launch leaves behind: every row of every table, and what the browser keeps."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests import replay

CACHED = {"jwks", "jwks_fetched_at"}  # a platform's keys may be looked up for a launch that is then refused


def everything(app: Flask) -> replay.Rows:
    """All rows of all tables, but for what is only a copy of the platform's own."""
    found = replay.recorded(replay.engine_of(app.extensions["config"].database_url))
    for row in found.get("platform", []):
        for name in [name for name in row if name in CACHED or name.startswith("jwks_")]:
            del row[name]
    return found


def counts(app: Flask) -> tuple[int, ...]:
    """How many rows each table has, in one statement: quicker than `everything`, blind to changed values."""
    counted = select(*[select(func.count()).select_from(table).scalar_subquery() for table in replay.tables()])
    with replay.engine_of(app.extensions["config"].database_url).connect() as connection:
        return tuple(connection.execute(counted).one())


def session_cookie(app: Flask, answer: TestResponse) -> str:
    """The session that an answer gives to the browser; "" if none."""
    name = re.escape(app.config["SESSION_COOKIE_NAME"])
    found = [re.match(rf"{name}=([^;]*)", line) for line in answer.headers.getlist("Set-Cookie")]
    return next((match[1] for match in found if match), "")


def assert_refused(app: Flask, answer: TestResponse, before: replay.Rows, status: int, words: str) -> None:
    """A page that says what is wrong; no session, no row more or less, nor another value in one."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "text/html"
    assert answer.text.count("<h1") == 1
    assert words in answer.text
    assert session_cookie(app, answer) == ""
    assert everything(app) == before
