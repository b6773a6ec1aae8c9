"""What the laws look at the database with: it misses no change, and puts back what there was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from personalization.choice.model import Choice, Event
from tests.cast import NOON
from tests.laws.browsing import Database
from tests.laws.world import World


@pytest.mark.parametrize(
    ("column", "value"),
    [("looked_at", NOON + timedelta(microseconds=1)), ("row_version", 99), ("reminded", ["a word"])],
)
def test_a_change_of_one_value_is_seen_and_taken_back(
    world: World, database: Database, session: Session, column: str, value: object
) -> None:
    before = database.rows()
    session.execute(update(Choice).where(Choice.id == world.choices["picked"]).values({column: value}))
    changed = database.rows()
    assert [table for table in before if before[table] != changed[table]] == ["choice"]
    database.restore(before)
    assert database.rows() == before


def test_rows_that_are_new_or_gone_are_seen_and_taken_back(world: World, database: Database, session: Session) -> None:
    before = database.rows()
    session.execute(delete(Event).where(Event.choice_id == world.choices["picked"]))
    session.execute(update(Event).where(Event.choice_id == world.choices["working"]).values(id=Event.id + 100_000))
    changed = database.rows()["choice_event"]
    assert len(changed) < len(before["choice_event"])
    assert max(row["id"] for row in changed) > 100_000
    database.restore(before)
    assert database.rows() == before


def test_an_empty_table_that_is_filled_is_seen(world: World, database: Database) -> None:
    before = database.rows()
    database.restore({table: [] for table in before})
    assert not any(database.rows().values())
    database.restore(before)
    assert database.rows() == before
