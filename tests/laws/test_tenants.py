"""Every row says whose it is, and no row points at another school's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Column, Engine, Table, func, select

from engine.db import Base, db
from engine.tenant import Tenanted, parent_of, tenant_column
from personalization.people.model import Course, Person, Role
from tests import replay
from tests.cast import Cast, make_activity, make_person, writing
from tests.laws.world import World
from tests.personalization.arranging import hand_in, release

# Tables that nobody would split by school, each with the reason.
NOBODYS = {
    "audit": "what somebody did, which outlives the rows it tells of; names the platform where there is one",
    "due": "what to do next, for all; gone once it is done",
    "invite": "leave to register, given before there is a platform; names it once there is",
    "key": "our own pairs, with which we sign for every platform",
    "nonce": "spent words of the last minutes, none of which may come twice from anywhere",
    "platform": "the schools themselves",
}


def held(table: Table) -> Column[int]:
    column = tenant_column(table)
    assert column is not None
    return column


def pairs() -> Iterator[tuple[Column[int], Column[int]]]:
    """(foreign key, what it points at) of each between two tables of tenants."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if tenant_column(table) is not None and tenant_column(key.column.table) is not None:
                yield key.parent, key.column


def strangers(engine: Engine) -> list[str]:
    """Foreign keys that lead from a row of one tenant to a row of another."""
    found = []
    with engine.connect() as connection:
        for key, target in pairs():
            there = target.table.alias()
            crossed = held(key.table) != there.c[held(target.table).name]
            query = select(func.count()).select_from(key.table).join(there, key == there.c[target.name]).where(crossed)
            if connection.scalar(query):
                found.append(f"{key.table.name}.{key.name}")
    return found


def test_every_table_says_whose_its_rows_are_or_is_nobody_s() -> None:
    silent = {table.name for table in Base.metadata.tables.values() if tenant_column(table) is None}
    assert silent == set(NOBODYS)


def test_a_row_has_its_tenant_by_a_key_that_it_cannot_lack() -> None:
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Tenanted):
            key = mapper.columns[mapper.class_.__tenant_of__]
            assert not key.nullable, key
            assert tenant_column(parent_of(mapper.class_)[1].table) is not None


def test_the_number_is_a_platform_s() -> None:
    """Where a table holds the platform's id anyway, that is the one word for it."""
    for table in Base.metadata.tables.values():
        if (column := tenant_column(table)) is not None:
            leads_to = [key.column.table.name for key in column.foreign_keys]
            assert (column.name, leads_to) in [("tenant_id", []), ("platform_id", ["platform"])]
            assert not column.nullable


@pytest.mark.one_database
def test_in_the_whole_world_no_row_points_at_another_school(world: World, database_url: str) -> None:
    engine = replay.engine_of(database_url)
    assert strangers(engine) == []
    with engine.connect() as connection:
        tenants = set(connection.scalars(select(Base.metadata.tables["person"].c.tenant_id)))
    assert tenants == {world.cast.teacher.platform_id, world.cast.other_school_teacher.platform_id}


def test_two_schools_at_work_stay_apart(app: Flask, cast: Cast, database_url: str) -> None:
    """Each with an activity, an idea's worth of rows below it, a hand-in and a grade on its way."""
    with writing(app):
        for teacher in (cast.teacher, cast.other_school_teacher):
            student = make_person(db.session.get_one(Course, teacher.course_id), "Kim Vale", Role.STUDENT)
            activity_id = make_activity(teacher.course_id, teacher.id)
            release(hand_in(activity_id, student.id), teacher.id)
    engine = replay.engine_of(database_url)
    assert strangers(engine) == []
    with engine.connect() as connection:
        for name in ("choice_event", "level", "release", "outgoing_score"):
            mine = held(Base.metadata.tables[name])
            counts = connection.execute(select(mine, func.count()).group_by(mine).order_by(mine)).all()
            assert [tenant for tenant, _ in counts] == [cast.teacher.platform_id, cast.other_school_teacher.platform_id]


def test_a_row_of_another_school_is_noticed(app: Flask, cast: Cast, database_url: str) -> None:
    with writing(app):
        db.session.get_one(Person, cast.student.id).tenant_id = cast.other_school_teacher.platform_id
    assert set(strangers(replay.engine_of(database_url))) == {"person.course_id", "person.user_id"}
