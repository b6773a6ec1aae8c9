"""Behind a pooler nothing is left with a session of PostgreSQL's, and an upgrade, which must leave a lock, says so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from socket import AF_UNIX, SHUT_RDWR, SHUT_WR, socket
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import literal, make_url, select, text

from engine import db as database
from engine.db import db

pytestmark = pytest.mark.one_database("postgresql")


class Pooler(BaseRequestHandler):
    """Greets with another process's number than that of the session behind it, as PgBouncer does; hands on the rest."""

    behind: str

    def handle(self) -> None:
        with socket(AF_UNIX) as server:
            server.connect(self.behind)
            there = threading.Thread(target=self._there, args=(server,), daemon=True)
            there.start()
            with suppress(ConnectionError):
                self._back(server)
            there.join(10)

    def _there(self, server: socket) -> None:
        with suppress(ConnectionError):
            while said := self.request.recv(65536):
                server.sendall(said)
            server.shutdown(SHUT_WR)

    def _back(self, server: socket) -> None:
        """A message is a letter, four bytes of its length with them, and what it says; "K" has the number."""
        with server.makefile("rb") as answers:
            kind = b""
            while kind != b"Z":  # from here on it is ready for statements
                kind, length = answers.read(1), answers.read(4)
                said = answers.read(int.from_bytes(length, "big") - 4)
                self.request.sendall(kind + length + (bytes(4) + said[4:] if kind == b"K" else said))
            while more := answers.read1():
                self.request.sendall(more)


class Listening(ThreadingTCPServer):
    """Ends whoever is still connected through it when it ends: a test that breaks off leaves a transaction open, and
    its thread would be waited for without end."""

    daemon_threads = True

    def __init__(self, handler: type[Pooler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._clients: list[socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self._clients.append(request)
        super().process_request(request, client_address)

    def server_close(self) -> None:
        for client in self._clients:
            with suppress(OSError):  # most are closed
                client.shutdown(SHUT_RDWR)
        super().server_close()


@pytest.fixture
def through(make_app: Callable[..., Flask], database_url: str) -> Iterator[Callable[..., Flask]]:
    """through(): an app that reaches the test's database through a pooler; with more words in its address, if any."""
    url = make_url(database_url)
    handler = type("Handler", (Pooler,), {"behind": f"{url.query['host']}/.s.PGSQL.5432"})
    with Listening(handler) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        plain = {"sslmode": "disable", "gssencmode": "disable"}
        there = url.set(host="127.0.0.1", port=server.server_address[1], query=plain)
        made: list[Flask] = []

        def make(**words: str) -> Flask:
            address = there.update_query_dict(words).render_as_string(hide_password=False)
            made.append(make_app(database_url=address))
            return made[-1]

        try:
            yield make
            for app in made:
                with app.app_context():
                    db.engine.dispose()
        finally:
            server.shutdown()
            serving.join()


@pytest.fixture
def pooled(through: Callable[..., Flask]) -> Flask:
    return through()


def prepared(app: Flask) -> int:
    """How many statements a session keeps that was asked the same one often."""
    with app.app_context(), db.engine.connect() as connection:
        for _time in range(10):
            connection.execute(text("SELECT 1"))
        return int(connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one())


def test_statements_are_prepared_where_postgresql_itself_answers(app: Flask) -> None:
    assert prepared(app) > 0


def test_nothing_is_prepared_behind_a_pooler(pooled: Flask) -> None:
    assert prepared(pooled) == 0


def test_a_pooler_that_carries_statements_along_is_taken_at_its_word(through: Callable[..., Flask]) -> None:
    assert prepared(through(prepare_threshold="2")) == 1


def test_a_session_of_everybody_s_is_left_in_its_zone_and_gives_utc(pooled: Flask) -> None:
    whose = text("SELECT source FROM pg_settings WHERE name = 'TimeZone'")
    with pooled.app_context():
        assert db.session.scalar(whose) != "session"
        db.session.execute(text("SET LOCAL TIME ZONE 'Asia/Kathmandu'"))
        moment = db.session.scalar(select(literal(datetime(2026, 7, 1, 12, tzinfo=UTC), database.UTC())))
    assert moment is not None
    assert (moment.hour, moment.tzinfo) == (12, UTC)


@pytest.mark.parametrize("words", [["upgrade"], ["downgrade", "0001"]])
def test_an_upgrade_behind_a_pooler_does_nothing_and_says_what_it_needs(pooled: Flask, words: list[str]) -> None:
    done = pooled.test_cli_runner().invoke(args=["db", *words])
    assert done.exit_code == 1
    assert "DATABASE_URL leads to a pooler" in done.output


def test_a_test_that_breaks_off_amid_a_transaction_is_not_waited_for(database_url: str) -> None:
    """Else a run that is aborted would never end."""
    url = make_url(database_url)
    handler = type("Handler", (Pooler,), {"behind": f"{url.query['host']}/.s.PGSQL.5432"})
    server = Listening(handler)
    serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    there = f"host=127.0.0.1 port={server.server_address[1]} sslmode=disable gssencmode=disable"
    with closing(psycopg.connect(there, user=url.username, dbname=url.database)) as left_open:
        left_open.execute("SELECT 1")
        server.shutdown()
        ending = threading.Thread(target=server.server_close, daemon=True)
        ending.start()
        ending.join(10)
        assert not ending.is_alive()
        with pytest.raises(psycopg.OperationalError):
            left_open.execute("SELECT 1")


def test_what_is_read_only_goes_through_a_pooler(pooled: Flask) -> None:
    done = pooled.test_cli_runner().invoke(args=["db", "current"])
    assert done.exit_code == 0, done.output
