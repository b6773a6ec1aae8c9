"""Which shape the database has, and `flask db`, which brings it to the newest.

Whoever answers requests asks for the shape every now and then, and is not to hold Alembic in memory for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import Connection, column, select, table
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from engine import pooler
from engine.db import db, reason
from engine.numbered import KNOWN, NEWEST

NOTE = "alembic_version"  # where Alembic writes down which ones were taken
P = ParamSpec("P")

commands = AppGroup("db", help="Bring the database to the newest shape.")


def obstacle() -> str:
    """Why nothing can be done with the database as it is, in a few words; empty where it can."""
    try:
        with db.engine.connect() as connection:
            found = _noted(connection)
    except SQLAlchemyError:
        return "the database does not answer"
    if not found <= KNOWN:
        return "the database is newer than this code"
    return "" if found == {NEWEST} else "the database waits for `flask db upgrade`"


def _noted(connection: Connection) -> set[str]:
    """Empty where no migration was ever taken."""
    if not connection.dialect.has_table(connection, NOTE):
        return set()
    return set(connection.scalars(select(column("version_num")).select_from(table(NOTE))))


def needs_database(command: Callable[P, None]) -> Callable[P, None]:
    """A command that does nothing, and says why in one sentence, where the database is away or of another shape."""

    @wraps(command)
    def checked(*args: P.args, **kwargs: P.kwargs) -> None:
        if why := obstacle():
            raise click.ClickException(f"Nothing was done: {why}.")
        command(*args, **kwargs)

    return checked


def _reach(*, itself: bool = False) -> None:
    """Say in one sentence what is wrong where the database lets nobody in, as often first; or where it should be
    PostgreSQL `itself` that answers, and there is a pooler: the lock would be somebody's whom nobody finds again."""
    try:
        with db.engine.connect() as connection:
            pooled = pooler.is_pooled(connection)
    except SQLAlchemyError as away:
        raise click.ClickException(f"The database does not answer: {reason(away)}") from away
    if itself and pooled:
        raise click.ClickException(
            "DATABASE_URL leads to a pooler. To upgrade, give this command the address of PostgreSQL itself."
        )


# Here alone is Alembic loaded: engine/migrate.py imports it, and each of these imports that.


@commands.command()
@click.argument("revision", default="head")
@with_appcontext
def upgrade(revision: str) -> None:
    """Upgrade to REVISION (the newest, where none is given)."""
    from engine import migrate

    _reach(itself=True)
    try:
        migrate.bring_to(revision)
    except OperationalError as failed:
        raise click.ClickException(f"The upgrade is not done; run it again: {reason(failed)}") from failed


@commands.command()
@click.argument("revision")
@with_appcontext
def downgrade(revision: str) -> None:
    """Go back to REVISION."""
    from engine import migrate

    _reach(itself=True)
    migrate.back_to(revision)


@commands.command()
@with_appcontext
def current() -> None:
    """Say which revision the database is at."""
    from engine import migrate

    _reach()
    migrate.say_where()


@commands.command()
@click.option("-m", "--message", required=True)
@with_appcontext
def revision(message: str) -> None:
    """Write a new migration from what the models say and the database lacks."""
    from engine import migrate

    migrate.write(message, f"{int(NEWEST) + 1:04d}")
