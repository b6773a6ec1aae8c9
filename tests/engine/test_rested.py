"""A database that was restarted costs nobody a page: connections that rested are asked before they are used."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from engine import db as database
from engine.db import db

pytestmark = pytest.mark.one_database("postgresql")


def cut_off(app: Flask, pid: int) -> None:
    """End what a connection stands on, as a restart does to all of them."""
    with app.app_context():
        other = create_engine(db.engine.url)
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    other.dispose()


def asked(app: Flask) -> int:
    """The process that answers at the other end."""
    with app.app_context():
        return int(db.session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_a_connection_that_rested_is_replaced_unnoticed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "REST_SECONDS", 0)
    cut_off(app, first := asked(app))
    assert asked(app) != first


def test_amid_traffic_nobody_asks_and_one_failure_clears_the_pool(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "REST_SECONDS", 3600)
    pings: list[str] = []
    with app.app_context():
        engine = db.engine
    engine.dispose()  # the only connection is the one that is cut off
    monkeypatch.setattr(engine.dialect, "do_ping", lambda connection: pings.append("ping"))
    cut_off(app, first := asked(app))
    with pytest.raises(OperationalError):
        asked(app)
    assert asked(app) != first
    assert pings == []
