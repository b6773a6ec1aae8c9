"""Two clocks. `now` is the domain's: a demo or a test may move it. `real_now` never moves: tokens, nonces, leases,
score timestamps and submittedAt are read by other machines and take it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, current_app

FIRST_YEAR, LAST_YEAR = 1970, 2999  # of the instants that others may send us

_fixed: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)


def init_app(app: Flask, clock_file: Path | None) -> None:
    app.extensions["clock_file"] = clock_file


def real_now() -> datetime:
    """The machine's time, aware, UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The domain's time, aware, UTC: `at` while one is in force, else what CLOCK_FILE says, else the real time.

    CLOCK_FILE holds a signed number of seconds to add to real time, or one ISO 8601 instant at which time stands still.
    A file that is missing, empty or half written means real time: a demo must not fall over its clock.
    """
    fixed = _fixed.get()
    if fixed is not None:
        return fixed
    clock_file: Path | None = current_app.extensions.get("clock_file") if current_app else None
    if clock_file is None:
        return real_now()
    try:
        text = clock_file.read_text().strip()
    except OSError:
        return real_now()
    return _moved(text)


def _moved(text: str) -> datetime:
    try:
        return real_now() + timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        pass
    try:
        return parse_instant(text)
    except ValueError:
        return real_now()


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant as aware UTC; one without a zone is taken as UTC.

    Raises:
        ValueError: the text is no such instant, or one of a year so far away that a page could not show it in every
            zone, nor anybody count days from it.
    """
    instant = datetime.fromisoformat(text)
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"not from {FIRST_YEAR} to {LAST_YEAR}")
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Hold the domain's time at an instant: `jobs run --now`, and tests."""
    token = _fixed.set(instant)
    try:
        yield
    finally:
        _fixed.reset(token)
