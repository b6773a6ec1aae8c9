"""What a connection prepared it keeps over rollbacks, with which every request ends that only read."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from engine.db import db
from tests.engine.test_rested import asked, cut_off

pytestmark = pytest.mark.one_database("postgresql")

OFTEN = 8  # more than the five times after which psycopg prepares a statement
PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT id FROM platform%'")


def read(app: Flask) -> int:
    """A request's worth of reading; how many statements about platforms were prepared by then."""
    with app.app_context():
        db.session.execute(text("SELECT id FROM platform WHERE id = :id"), {"id": 1}).all()
        return int(db.session.execute(PREPARED).scalar_one())


def test_what_was_prepared_stays_after_a_rollback(app: Flask) -> None:
    assert [read(app) for _ in range(OFTEN)][-1] == 1


def test_after_a_failure_nothing_is_left_of_it(app: Flask) -> None:
    for _ in range(OFTEN):
        read(app)
    with app.app_context(), pytest.raises(DBAPIError):
        db.session.execute(text("SELECT 1 / 0"))
    assert read(app) == 0


def test_what_was_not_committed_is_gone(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("CREATE TEMPORARY TABLE slip (id integer)"))
        db.session.execute(text("INSERT INTO slip VALUES (1)"))
    with app.app_context():
        assert db.session.execute(text("SELECT to_regclass('slip')")).scalar_one() is None


def test_a_connection_that_is_gone_says_so_and_is_replaced(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()  # the only connection is the one that is cut off
        first = asked(app)
    with app.app_context():
        here = db.session.connection()
        assert here.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() == first
        cut_off(app, first)
        with pytest.raises(OperationalError):
            here.exec_driver_sql("SELECT 1")
    assert asked(app) != first
