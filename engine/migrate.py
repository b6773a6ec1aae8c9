"""`flask db`: brings the database to the newest shape, by Alembic."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec

import click
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from engine import pooler
from engine.db import db, reason

UPGRADING = 7_203_118  # the number of PostgreSQL's advisory lock under which one process upgrades
HELD_UP = {"55P03", "40P01", "SQLITE_BUSY"}  # a lock was not to be had in time; two waited for each other
TRIES, PAUSE = 120, 1.0  # a step that is held up comes again after so many seconds
FOLDER = Path(__file__).parent.parent / "migrations"
P = ParamSpec("P")

commands = AppGroup("db", help="Bring the database to the newest shape.")


def alembic_config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(FOLDER))
    return config


def obstacle() -> str:
    """Why nothing can be done with the database as it is, in a few words; empty where it can."""
    try:
        with db.engine.connect() as connection:
            at = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError:
        return "the database does not answer"
    heads, known = _shapes()
    if not known.issuperset(at):
        return "the database is newer than this code"
    return "" if heads == set(at) else "the database waits for `flask db upgrade`"


@cache
def _shapes() -> tuple[frozenset[str], frozenset[str]]:
    """The shape that this process's code needs, and all that it knows, whatever lies in its folder by now."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return frozenset(scripts.get_heads()), frozenset(script.revision for script in scripts.walk_revisions())


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


def bring_to(revision: str) -> None:
    """Upgrade, one process at a time: another one waits until this one is done, and finds nothing left to do.

    The lock is the session's, so it ends with the process; it needs PostgreSQL itself at the other end, not a pooler
    that hands each transaction to another session. A step that somebody holds up gives way and comes again.

    Raises:
        OperationalError: somebody held a table each time; what was done is whole, and the next try goes on from there.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as alone:
        if alone.dialect.name == "postgresql":
            alone.detach()
            # Asked again and again: a statement that waits for the lock would itself be waited for, by whoever has the
            # lock and makes an index beside what goes on.
            while not alone.scalar(select(func.pg_try_advisory_lock(UPGRADING))):
                time.sleep(PAUSE)
        for left in reversed(range(TRIES)):
            try:
                return command.upgrade(alembic_config(), revision)
            except OperationalError as held:
                if not left or not HELD_UP & {
                    getattr(held.orig, name, "") for name in ("sqlstate", "sqlite_errorname")
                }:
                    raise
                time.sleep(PAUSE)


@commands.command()
@click.argument("revision", default="head")
@with_appcontext
def upgrade(revision: str) -> None:
    """Upgrade to REVISION (the newest, where none is given)."""
    _reach(itself=True)
    try:
        bring_to(revision)
    except OperationalError as failed:
        raise click.ClickException(f"The upgrade is not done; run it again: {reason(failed)}") from failed


@commands.command()
@click.argument("revision")
@with_appcontext
def downgrade(revision: str) -> None:
    """Go back to REVISION."""
    _reach(itself=True)
    command.downgrade(alembic_config(), revision)


@commands.command()
@with_appcontext
def current() -> None:
    """Say which revision the database is at."""
    _reach()
    command.current(alembic_config(), verbose=True)


@commands.command()
@click.option("-m", "--message", required=True)
@with_appcontext
def revision(message: str) -> None:
    """Write a new migration from what the models say and the database lacks."""
    numbers = [int(path.name[:4]) for path in (FOLDER / "versions").glob("[0-9]*.py")]
    number = f"{max(numbers, default=0) + 1:04d}"
    command.revision(alembic_config(), message, autogenerate=True, rev_id=number)
