"""How the laws use the app: as a person with a browser, forms with their token; and the whole database at a glance."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Table, create_engine, insert, select, tuple_
from werkzeug.test import TestResponse

from engine.db import Base
from lti.models.launch import SignIn
from tests.cast import Member, browser_of

Rows = dict[str, list[dict[str, Any]]]
Form = Mapping[str, Any]


class Visitor:
    """A person's browser; nobody's, where `who` is None. It sends forms with the token that our pages put into them."""

    def __init__(self, app: Flask, who: Member | None) -> None:
        self.app, self.who = app, who
        self.client = app.test_client() if who is None else browser_of(app, who)
        raw = secrets.token_hex(16)
        with self.client.session_transaction() as session:
            session["csrf_token"] = raw
        self.token = URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(raw)

    def get(self, address: str, **headers: str) -> TestResponse:
        return self.client.get(address, headers=headers)

    def post(self, address: str, form: Form | None = None, **headers: str) -> TestResponse:
        """`form` may hold lists of values, and halves of characters, which go out as they are."""
        fields = {"csrf_token": self.token, **(form or {})}
        body = urlencode(fields, doseq=True, errors="surrogatepass")
        return self.client.post(address, data=body, headers=headers, content_type="application/x-www-form-urlencoded")

    @property
    def cookie(self) -> str:
        """The session cookie's value, for a real browser."""
        found = self.client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        assert found is not None
        return found.value


class Database:
    """All rows beside the app's own sessions: to see that nothing changed, and to put everything back."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        self._tables = [t for t in Base.metadata.tables.values() if t.name != SignIn.__tablename__]
        self._marking = self._marks_of_all()
        self._read: dict[str, tuple[str | None, list[dict[str, Any]]]] = {}  # {table: (its mark, its rows)}

    def rows(self) -> Rows:
        """{table: its rows}. Who is signed in is left out: the tests sign people in.

        The laws look thousands of times, and mostly nothing happened: a table is read anew only where the database
        says that it holds something else. What comes back is not to be changed.
        """
        with self._engine.connect() as connection:
            marks = connection.exec_driver_sql(self._marking).one()
            for table, mark in zip(self._tables, marks, strict=True):
                if table.name not in self._read or self._read[table.name][0] != mark:
                    found = connection.execute(select(table).order_by(*table.primary_key)).mappings()
                    self._read[table.name] = mark, [dict(row) for row in found]
        return {name: rows for name, (_mark, rows) in self._read.items()}

    def _marks_of_all(self) -> str:
        """A statement that tells all tables' contents in one row, a text for each: another content, another text.

        PostgreSQL names each version of a row by where it lies and by the transaction that wrote it: a fifth of the
        work of reading what is in it.
        """
        if self._engine.dialect.name == "postgresql":
            marks = [f"SELECT md5(string_agg(ctid::text || xmin::text, '|')) FROM \"{t.name}\"" for t in self._tables]  # noqa: S608 (names of ours)
        else:
            told = {t.name: " || ',' || ".join(f'quote("{c.name}")' for c in t.columns) for t in self._tables}
            marks = [f"SELECT group_concat({values}, '|') FROM \"{name}\"" for name, values in told.items()]  # noqa: S608
        return f"SELECT {', '.join(f'({mark})' for mark in marks)}"

    def digest(self) -> str:
        return hashlib.sha256(repr(self.rows()).encode()).hexdigest()

    def restore(self, rows: Rows) -> None:
        """Make the database hold exactly these rows again; those that it holds are left alone."""
        held = self.rows()
        sqlite = self._engine.dialect.name == "sqlite"
        unchecked = "PRAGMA foreign_keys=OFF" if sqlite else "SET session_replication_role = replica"
        checked = "PRAGMA foreign_keys=ON" if sqlite else "SET session_replication_role = DEFAULT"
        with self._engine.connect() as connection:
            connection.exec_driver_sql(unchecked)
            for table in self._tables:
                if held[table.name] is rows[table.name]:  # not read anew since: nothing happened there
                    continue
                there, wanted = by_key(table, held[table.name]), by_key(table, rows[table.name])
                wrong = [key for key, row in there.items() if wanted.get(key) != row]
                if wrong:
                    connection.execute(table.delete().where(tuple_(*table.primary_key).in_(wrong)))
                if lacking := [row for key, row in wanted.items() if there.get(key) != row]:
                    connection.execute(insert(table), lacking)
            connection.commit()
            connection.exec_driver_sql(checked)

    def close(self) -> None:
        self._engine.dispose()


def by_key(table: Table, rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row[column.name] for column in table.primary_key): row for row in rows}
