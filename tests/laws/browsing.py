"""How the laws use the app: as a person with a browser, forms with their token; and the whole database at a glance."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import create_engine, insert, select
from werkzeug.test import TestResponse

from engine.db import Base
from lti.models import SignIn
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

    def rows(self) -> Rows:
        """{table: its rows}. Who is signed in is left out: the tests sign people in."""
        with self._engine.connect() as connection:
            return {
                table.name: [
                    dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
                ]
                for table in self._tables
            }

    def digest(self) -> str:
        return hashlib.sha256(repr(self.rows()).encode()).hexdigest()

    def restore(self, rows: Rows) -> None:
        """Make the database hold exactly these rows again; tables that do are left alone."""
        held = self.rows()
        changed = [table for table in self._tables if held[table.name] != rows[table.name]]
        sqlite = self._engine.dialect.name == "sqlite"
        unchecked = "PRAGMA foreign_keys=OFF" if sqlite else "SET session_replication_role = replica"
        checked = "PRAGMA foreign_keys=ON" if sqlite else "SET session_replication_role = DEFAULT"
        with self._engine.connect() as connection:
            connection.exec_driver_sql(unchecked)
            for table in changed:
                connection.execute(table.delete())
                if rows[table.name]:
                    connection.execute(insert(table), rows[table.name])
            connection.commit()
            connection.exec_driver_sql(checked)

    def close(self) -> None:
        self._engine.dispose()
