"""What every record of the school stands on: the file, times, and the few words that have a fixed set of values."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, DateTime, Engine, Enum, TypeDecorator, create_engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase


class Manner(StrEnum):
    """Which real LMS a course behaves like; also the first part of that platform's URLs."""

    CANVAS = "canvas"
    MOODLE = "moodle"


class Role(StrEnum):
    STUDENT = "student"
    TEACHER = "teacher"
    ASSISTANT = "teaching assistant"
    DESIGNER = "designer"
    OBSERVER = "observer"
    TEST_STUDENT = "test student"
    BOTH = "teacher and student"


AUTHORS = {Role.TEACHER, Role.DESIGNER}
GRADERS = {Role.TEACHER, Role.ASSISTANT}
GRADED = {Role.STUDENT, Role.TEST_STUDENT, Role.BOTH}


class Moment(TypeDecorator[datetime]):
    """An aware UTC time. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


def _words(kind: type[StrEnum]) -> Enum:
    return Enum(
        kind, native_enum=False, length=20, values_callable=lambda members: [member.value for member in members]
    )


class Base(DeclarativeBase):
    type_annotation_map = {
        datetime: Moment,
        dict[str, Any]: JSON,
        list[str]: JSON,
        Manner: _words(Manner),
        Role: _words(Role),
    }


def open_store(path: Path) -> Engine:
    """Make or open the file, with the tables of every record that is imported by then."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")

    Base.metadata.create_all(engine)
    return engine
