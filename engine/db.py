"""The database: one Base for all tables, one Session per request, the same code on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC as UTC_ZONE
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from inspect import iscoroutinefunction
from typing import Any, cast

from flask import Flask, request
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Index,
    MetaData,
    String,
    any_,
    event,
    func,
    literal,
    make_url,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from engine import described, instants, pooler, prepared

# Names that Alembic can find again, on every database.
NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTC(TypeDecorator[datetime]):
    """An aware UTC instant in and out, also on SQLite, which keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored; make it UTC first")
        return value.astimezone(UTC_ZONE)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """None at all for PostgreSQL, whose instants engine/instants.py has made UTC already; else in one call a value,
        and not SQLAlchemy's three: a page of a class reads tens of thousands, most of them empty."""
        parse = self.impl_instance.result_processor(dialect, coltype)
        if parse is None:
            return None

        def aware(value: Any) -> datetime | None:
            if value is None:
                return None
            moment = cast(datetime, parse(value))
            return moment.replace(tzinfo=UTC_ZONE) if moment.tzinfo is None else moment.astimezone(UTC_ZONE)

        return aware


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Words(Enum):
    """An Enum of one of our StrEnums, whose words a dict finds: SQLAlchemy's own takes three calls a value."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        kind = cast(type[StrEnum], self.enum_class)
        found: dict[str | None, StrEnum | None] = {None: None, **{word.value: word for word in kind}}
        return found.__getitem__


def text_enum(kind: type[StrEnum], name: str = "") -> Words:
    """A StrEnum stored as its own words: readable in SQL, and held to by a CHECK, which a new word has a migration for.

    `name`: of that CHECK, where a table has two columns of one kind.
    """
    return Words(
        kind,
        name=name or kind.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=40,
        validate_strings=True,
        values_callable=lambda words: [word.value for word in words],
    )


def some(name: str, column: str) -> Index:
    """An index of the rows alone that have something in this column, where most have nothing: a tenth of the size."""
    filled = text(f"{column} is not null")
    return Index(name, column, sqlite_where=filled, postgresql_where=filled)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UTC, dict[str, Any]: Json, list[str]: Json, list[int]: Json}


CONNECT_SECONDS = 5
NOTHING = ("[]", b"[]")
WORDS = ('["', b'["')  # how a list begins that has words in it
SHORT = 300  # characters of a list that is worth remembering
REST_SECONDS = 1.0


def insert_missing(session: Session, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that leaves out the rows whose unique key is taken, also by somebody who comes at the same moment."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(model).on_conflict_do_nothing()


db = SQLAlchemy()

# SQLite lets one writer in at a time. Who means to write says so at BEGIN and waits its turn there; a reader that
# turned writer half-way would be refused at once. Commands and workers write by default, GET requests read.
_writing: ContextVar[bool] = ContextVar("writing", default=True)


@contextmanager
def reading() -> Iterator[None]:
    """Begin transactions of this block as readers."""
    token = _writing.set(False)
    try:
        yield
    finally:
        _writing.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Begin transactions of this block as writers, also in a request that reads."""
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


class _Integers(UserDefinedType[str]):
    """PostgreSQL's own reading of "{1,2,3}", at the moment that it is bound: a cast within the statement would be read
    anew for each row that is looked through."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_words: Any) -> str:
        return "INTEGER[]"


class Ids(TypeDecorator[list[int]]):
    """Thousands of ids as one bound value, so that a statement is the same one however many there are.

    They go as one word: a driver that gets a list looks at each of them, and its answer to how large they are makes
    another statement of it.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_Integers() if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        words = ",".join(map(str, value))
        return f"{{{words}}}" if dialect.name == "postgresql" else f"[{words}]"

    def process_result_value(self, value: Any, dialect: Dialect) -> list[int] | None:
        ids: list[int] | None = json.loads(value) if isinstance(value, str) else value
        return ids


def among(
    column: ColumnElement[int] | InstrumentedAttribute[int], ids: Sequence[int] | BindParameter[list[int]]
) -> ColumnElement[bool]:
    """`column.in_(ids)`, of thousands. A statement that is made once takes `bindparam(name, type_=Ids())`."""
    bound = ids if isinstance(ids, BindParameter) else literal(list(ids), Ids())
    if db.session.get_bind().dialect.name == "postgresql":
        return column == any_(bound)
    return column.in_(select(func.json_each(bound).table_valued("value").c.value))


def gathered(column: ColumnElement[int]) -> ColumnElement[list[int]]:
    """The ids of a group as one value, in no order: what `among` takes."""
    name = "array_agg" if db.session.get_bind().dialect.name == "postgresql" else "json_group_array"
    return type_coerce(getattr(func, name)(column), Ids())


def init_app(app: Flask, url: str) -> None:
    """Bind the database and set what SQLite needs to bear several writers."""
    app.config["SQLALCHEMY_ENGINES"] = {"default": {"url": url, **_engine_options(url)}}
    db.init_app(app)
    # There are no async sessions here, yet closing them would start an event loop at the end of every request, and fail
    # in a thread that has one running, such as a browser test's.
    app.teardown_appcontext_funcs = [f for f in app.teardown_appcontext_funcs if not iscoroutinefunction(f)]
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _look_after_a_rest(engine)
        described.init_engine(engine)
        pooler.init_engine(engine)
        instants.init_engine(engine)
        prepared.init_engine(engine)
    app.before_request(_begin_as_the_method_says)
    app.teardown_request(_write_by_default)


def reason(error: BaseException) -> str:
    """What the database itself said, in one line, for the log: neither the statement nor its values."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def _engine_options(url: str) -> dict[str, Any]:
    # What people wrote has no business in a traceback.
    options: dict[str, Any] = {"hide_parameters": True, "json_deserializer": _from_json}
    if url.startswith("sqlite"):
        return options | {"connect_args": {"timeout": 15}}
    arguments = {}
    if "connect_timeout" not in url:  # a host that swallows packets would hold every thread for minutes
        arguments["connect_timeout"] = CONNECT_SECONDS
    if said := make_url(url).query.get(pooler.THRESHOLD):
        arguments[pooler.THRESHOLD] = int(str(said))
    # The connection that was used last knows the statements and has its tables at hand; the others may rest.
    return options | {"connect_args": arguments, "pool_use_lifo": True}


def _from_json(said: str | bytes) -> Any:
    """As `json.loads`, which takes ten times as long for what lists of a roster say: nothing, or the same of all."""
    if said in NOTHING:
        return []
    words = _words(said) if len(said) < SHORT and said[:2] in WORDS else None
    return json.loads(said) if words is None else list(words)


@lru_cache(maxsize=1000)
def _words(said: str | bytes) -> tuple[str, ...] | None:
    """A list of words; None where there is something else in it, which could be changed by whoever gets it."""
    found = json.loads(said)
    return tuple(found) if all(isinstance(word, str) for word in found) else None


def _begin_as_the_method_says() -> None:
    _writing.set(request.method not in {"GET", "HEAD", "OPTIONS"})


def _write_by_default(_error: BaseException | None) -> None:
    """Whatever this thread does after a request that read."""
    _writing.set(True)


def _look_after_a_rest(engine: Engine) -> None:
    """Ask a connection that was not used for a moment whether it still lives, as the pool would before each use: a
    database that was restarted costs nobody a page, and amid traffic no page pays for the question."""

    @event.listens_for(engine, "checkin")
    def rests(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def look(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) < REST_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as gone:
            if not engine.dialect.is_disconnect(gone, connection, None):
                raise
            raise InvalidatePoolError() from gone  # the others are as old


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we emit BEGIN ourselves, below
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "busy_timeout=15000", "foreign_keys=ON", "synchronous=NORMAL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")
