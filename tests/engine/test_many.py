"""Rows that go to the database as one value are kept as the ORM would have kept them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Text, event, func, insert, literal, select, text

from engine import many
from engine.db import Base, Ids, among, db
from lti.models.context import Membership, User
from personalization.people.model import Person, Role
from tests.cast import NOON, Cast

ODD = ["", " ", "O’Neill", 'He said "no"\\n', "日本 🎓", "null", "[]", "$.sub", "{a: 1}", "%s ? :x", "1e3", "\u2028"]
EAST = datetime(2026, 11, 10, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))


@pytest.fixture
def users(app: Flask, cast: Cast) -> Iterator[list[int]]:
    """Ids of users who are in no course yet, one for each odd word."""
    with app.app_context():
        key = {"platform_id": cast.student.platform_id}
        db.session.execute(insert(User), [{**key, "sub": f"new-{n}"} for n, _word in enumerate(ODD)])
        yield list(db.session.scalars(select(User.id).where(User.sub.startswith("new-")).order_by(User.id)))
        db.session.rollback()


def kept(model: type[Base], rows: Sequence[dict[str, Any]], way: str) -> list[dict[str, Any]]:
    """What stands in the table after these rows went into it, in the driver's own values, and as nobody had done it."""
    table = model.__tablename__
    with db.session.begin_nested() as nested:
        if way == "many":
            many.add_missing(db.session, model, rows)
        else:
            db.session.execute(insert(model), list(rows))
        found = db.session.execute(text(f'SELECT * FROM "{table}" ORDER BY id')).mappings()  # noqa: S608  # a table of ours
        said = [{name: value for name, value in row.items() if name != "id"} for row in found]
        nested.rollback()
    return sorted(said, key=lambda row: (row.get("user_id", 0), str(row.get("sub"))))


def memberships(users: Sequence[int], cast: Cast) -> list[dict[str, Any]]:
    context_id = db.session.scalars(
        select(Membership.context_id).where(Membership.user_id == cast.student.user_id)
    ).one()
    same = {"tenant_id": cast.student.platform_id, "context_id": context_id}
    return [
        {**same, "user_id": user_id, "roster_roles": [word, "Learner"] if number else [], "status": word,
         "listed_at": EAST, "left_at": NOON if number % 2 else None, "section_restricted": number % 2 == 0}
        for number, (user_id, word) in enumerate(zip(users, ODD, strict=True))
    ]  # fmt: skip


def test_words_moments_lists_and_truths_are_kept_as_one_by_one(users: list[int], cast: Cast) -> None:
    rows = memberships(users, cast)
    assert kept(Membership, rows, "many") == kept(Membership, rows, "one by one")


def test_so_are_words_of_a_fixed_choice(users: list[int], cast: Cast) -> None:
    same = {"tenant_id": cast.student.platform_id, "course_id": cast.course_id, "first_seen_at": EAST}
    rows = [{**same, "user_id": u, "full_name": n, "role": Role.OBSERVER} for u, n in zip(users, ODD, strict=True)]
    assert kept(Person, rows, "many") == kept(Person, rows, "one by one")


def test_what_only_python_takes_for_the_same_is_kept_apart(users: list[int], cast: Cast) -> None:
    alike: list[Any] = [1, True, 1.0, "1", "True", 0, False, None, "None"]
    rows = [
        {**row, "roster_roles": [one], "sections": [str(one)], "listed_at": moment}
        for row, one, moment in zip(
            memberships(users, cast), alike, [EAST, NOON, EAST.astimezone(UTC)] * 3, strict=False
        )
    ]
    assert kept(Membership, rows, "many") == kept(Membership, rows, "one by one")


def test_who_is_there_already_is_left_as_they_are(users: list[int], cast: Cast) -> None:
    key = {"platform_id": cast.student.platform_id}
    many.add_missing(
        db.session, User, [{**key, "sub": "new-0", "name": "Other"}, {**key, "sub": "newer", "name": "New"}]
    )
    names = dict(db.session.execute(select(User.sub, User.name).where(User.sub.in_(["new-0", "newer"]))).all())
    assert names == {"new-0": "", "newer": "New"}


def test_more_than_fit_into_one_value(users: list[int], cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "SOME", 5)
    rows = memberships(users, cast)
    assert kept(Membership, rows, "many") == kept(Membership, rows, "one by one")


def test_none_at_all_asks_the_database_nothing(app: Flask) -> None:
    with app.app_context():
        many.add_missing(db.session, User, [])
        assert not db.session.in_transaction()


def test_a_statement_reads_them_as_a_table(users: list[int], cast: Cast) -> None:
    named = many.as_table(db.session, User, [{"sub": sub} for sub in (*ODD, "new-3", "new-5")])
    found = select(User.sub).where(User.sub.in_(select(named.c.sub))).order_by(User.sub)
    assert db.session.scalars(found).all() == ["new-3", "new-5"]


def test_each_id_of_a_group_has_what_its_row_says(users: list[int], cast: Cast) -> None:
    rows = memberships(users, cast)[:2]
    said = many.each(db.session, Membership, [(rows[0], users[:3]), (rows[1], [users[4]])])
    found = db.session.execute(
        select(said.c.of, said.c.status, said.c.listed_at, said.c.left_at, said.c.section_restricted).order_by(
            said.c.of
        )
    ).all()
    assert [tuple(row) for row in found] == [
        *((of, ODD[0], EAST, None, True) for of in users[:3]),
        (users[4], ODD[1], EAST, NOON, False),
    ]


def test_those_with_a_group_s_ids_take_its_values_and_nobody_else_does(users: list[int], cast: Cast) -> None:
    first, second = users[:3], users[3:5]
    named: list[many.Group] = [({"name": ODD[2], "email": "a@x"}, first), ({"name": "", "email": "b@x"}, second)]
    many.change(db.session, User, named, given_name=User.sub + "!")
    found = db.session.execute(select(User.id, User.name, User.email, User.given_name, User.sub).order_by(User.id))
    for user_id, *said, sub in found:
        if user_id in first:
            assert said == [ODD[2], "a@x", f"{sub}!"]
        elif user_id in second:
            assert said == ["", "b@x", f"{sub}!"]
        else:
            assert said[1] not in {"a@x", "b@x"}
            assert said[2] != f"{sub}!"


def test_a_group_is_read_once_and_rows_are_found_by_their_ids(users: list[int]) -> None:
    """Else SQLite reads all of a group's ids again for each of them, and PostgreSQL the whole table."""
    plans: list[str] = []
    lite = db.engine.dialect.name == "sqlite"

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        cursor.execute(f"EXPLAIN {'QUERY PLAN' if lite else ''} {statement}", parameters)
        plans.append(" ".join(str(word) for row in cursor.fetchall() for word in row))

    db.session.connection()  # begun before, so that nothing but the change itself is heard of
    event.listen(db.engine, "before_cursor_execute", explain)
    try:
        many.change(db.session, User, [({"name": "New"}, users)])
    finally:
        event.remove(db.engine, "before_cursor_execute", explain)
    (plan,) = plans
    for step in ("MATERIALIZE once", "SEARCH user USING INTEGER PRIMARY KEY") if lite else ("id = ANY", "ProjectSet"):
        assert step in plan


@pytest.mark.one_database("postgresql")
def test_ids_are_read_when_they_are_bound_and_not_for_each_row(app: Flask) -> None:
    """What was bound is the list itself: as a text that a statement casts, a class of 10,000 took twice as long."""
    with app.app_context():
        assert db.session.scalar(select(func.pg_typeof(literal([7, 70_000], Ids())).cast(Text))) == "integer[]"
        found = select(User.id).where(among(User.id, [7, 70_000]))
        assert "CAST" not in str(found.compile(db.engine))
