"""Rows that are due, for tests of what moves them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from engine import clock, due
from engine.db import db
from engine.due import Due

SECONDS = 10.0  # that a thread may take at most


def schedule(app: Flask, *rows: tuple[str, str], kind: str = "score") -> None:
    """(key, lane), due since some minutes, in this order."""
    with app.app_context():
        for number, (key, lane) in enumerate(rows):
            due.schedule(db.session, kind, key, clock.real_now() - timedelta(minutes=9 - number), lane)
        db.session.commit()


def leases(app: Flask) -> dict[str, str | None]:
    """{key: who has it}"""
    with app.app_context():
        return dict(db.session.execute(select(Due.key, Due.leased_by)).all())


def until(true: Callable[[], Any], seconds: float = SECONDS) -> None:
    """Wait for a condition, which comes as soon as it can."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
