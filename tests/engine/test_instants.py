"""An instant is UTC, whatever zone a session of PostgreSQL is in."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import literal, select, text

from engine import db as database
from engine.db import db

pytestmark = pytest.mark.one_database("postgresql")

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
DENVER = NOON.astimezone(ZoneInfo("America/Denver"))


def read(moment: datetime | None) -> datetime | None:
    """What comes back of an instant that is sent there."""
    return db.session.scalar(select(literal(moment, database.UTC())))


def test_a_session_is_in_utc(app: Flask) -> None:
    with app.app_context():
        assert db.session.scalar(text("SHOW TIME ZONE")) == "UTC"


@pytest.mark.parametrize("zone", ["UTC", "America/Denver", "Etc/UTC", "Asia/Kathmandu"])
def test_an_instant_is_utc_in_whatever_zone_the_session_is(app: Flask, zone: str) -> None:
    with app.app_context():
        db.session.execute(text(f"SET LOCAL TIME ZONE '{zone}'"))
        for moment in (NOON, DENVER):
            found = read(moment)
            assert (found, found and found.tzinfo) == (NOON, UTC)
        assert read(None) is None


def test_a_session_may_change_its_zone_midway(app: Flask) -> None:
    with app.app_context():
        for zone in ("Asia/Kathmandu", "UTC", "America/Denver"):
            db.session.execute(text(f"SET LOCAL TIME ZONE '{zone}'"))
            found = read(DENVER)
            assert (found, found and found.tzinfo) == (NOON, UTC)
