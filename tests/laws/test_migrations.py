"""The migrations lead from nothing to what the models say, on every database, and back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Column, Integer, MetaData, create_engine, inspect
from sqlalchemy.engine import Connection

from engine.db import Base, db
from engine.migrate import alembic_config
from engine.numbered import FOLDER, KNOWN, NEWEST
from tests.conftest import CLUSTER_HOME
from tests.postgresql import Cluster

NUMBERED = re.compile(r"(\d{4})_[a-z][a-z0-9_]*\.py")


@pytest.fixture
def empty(database_url: str, tmp_path: Path) -> str:
    """The address of a database in which nothing was ever made, of the same kind as the test's."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/empty.sqlite3"
    return Cluster(Path(os.environ[CLUSTER_HOME])).create(f"empty_{uuid4().hex}")


@pytest.fixture
def blank(make_app: Callable[..., Flask], empty: str) -> Iterator[Flask]:
    """An app on that database, its context pushed."""
    app = make_app(database_url=empty)
    with app.app_context():
        yield app


def differences(connection: Connection, models: MetaData = Base.metadata) -> list[object]:
    """What autogenerate would still write; types as the models name them are compared by migrations/env.py's rule."""
    context = MigrationContext.configure(connection, opts={"compare_type": False, "compare_server_default": True})
    return list(compare_metadata(context, models))


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names()) - {"alembic_version"}
    engine.dispose()
    return found


def test_they_are_numbered_one_after_the_other_with_one_head() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    newest_first = list(scripts.walk_revisions())
    numbers = [f"{n:04d}" for n in range(1, len(newest_first) + 1)]
    assert len(scripts.get_heads()) == 1
    assert [script.revision for script in reversed(newest_first)] == numbers
    names = sorted(path.name for path in (FOLDER / "versions").glob("*.py"))
    assert [match.group(1) for name in names if (match := NUMBERED.fullmatch(name))] == numbers
    assert len(names) == len(numbers)
    assert (frozenset(numbers), numbers[-1]) == (KNOWN, NEWEST)


def test_head_is_what_the_models_say(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        assert differences(connection) == []


def test_alembic_itself_finds_nothing_to_write(blank: Flask) -> None:
    """Types included, by the rule of migrations/env.py; raises where a migration is missing."""
    command.upgrade(alembic_config(), "head")
    command.check(alembic_config())


def test_up_and_down_and_up_again(blank: Flask, empty: str) -> None:
    config = alembic_config()
    command.upgrade(config, "head")
    whole = tables(empty)
    assert whole == set(Base.metadata.tables)
    command.downgrade(config, "base")
    assert tables(empty) == set()
    command.upgrade(config, "head")
    assert tables(empty) == whole


def test_a_column_without_a_migration_is_noticed(app: Flask) -> None:
    models = MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.tables.values():
        table.to_metadata(models)
    models.tables["course"].append_column(Column("forgotten", Integer))
    with app.app_context(), db.engine.connect() as connection:
        (change,) = differences(connection, models)
    assert isinstance(change, tuple)
    assert (change[0], change[2], change[3].name) == ("add_column", "course", "forgotten")
