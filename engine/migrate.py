"""Brings the database to another shape, by Alembic. For `flask db` alone: no other process loads this file."""

from __future__ import annotations

import time

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from engine.db import db
from engine.numbered import FOLDER

UPGRADING = 7_203_118  # the number of PostgreSQL's advisory lock under which one process upgrades
HELD_UP = {"55P03", "40P01", "SQLITE_BUSY"}  # a lock was not to be had in time; two waited for each other
TRIES, PAUSE = 120, 1.0  # a step that is held up comes again after so many seconds


def alembic_config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(FOLDER))
    return config


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


def back_to(revision: str) -> None:
    command.downgrade(alembic_config(), revision)


def say_where() -> None:
    """Print which revision the database is at."""
    command.current(alembic_config(), verbose=True)


def write(message: str, number: str) -> None:
    """A new migration, of this number, from what the models say and the database lacks."""
    command.revision(alembic_config(), message, autogenerate=True, rev_id=number)
