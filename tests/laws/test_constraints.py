"""The database itself refuses wrong states, whoever writes them. It has the rules that the models say, no others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import CheckConstraint, Connection, Enum, Table, create_engine, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from engine.db import Base
from tests import replay
from tests.cast import NOON
from tests.conftest import CLUSTER_HOME
from tests.laws.world import World
from tests.postgresql import Cluster

ON_A_WAY: dict[str, Any] = {"option_id": 1, "option_since": NOON, "way": "placed", "rule": None, "unplaced_at": None}
HANDED_IN: dict[str, Any] = {"handed_in_at": NOON, "handed_in_really_at": NOON}

# {CHECK: columns of a row that was right, as no row may have them}. Those of words are tried with a wrong one.
WRONG: dict[str, dict[str, Any]] = {
    "ck_accommodation_takes_no_time_away": {"factor": 0.5},
    "ck_activity_points": {"points": 0},
    "ck_agreement_change_answered": {"state": "agreed", "answered_at": None},
    "ck_banked_minutes": {"minutes": 0},
    "ck_choice_excused": {"excused_at": NOON, "excused_by_id": None},
    "ck_choice_placed_by_rule": ON_A_WAY | {"way": "picked", "rule": "plan b"},
    "ck_choice_unplaced": ON_A_WAY | {"unplaced_at": NOON},
    "ck_choice_option": ON_A_WAY | {"way": None},
    "ck_criterion_numbers": {"key": 0},
    "ck_decision_version": {"version": 0},
    "ck_due_counts": {"slots": 0},
    "ck_due_lease": {"leased_by": "a worker", "leased_until": None},
    "ck_evidence_file": {"kind": "file", "storage_key": None},
    "ck_grade_points": {"points": -1, "out_of": 100},
    "ck_grade_ready": {"status": "ready", "points": None, "out_of": None},
    "ck_key_withdrawn_signs_no_more": {"withdrawn_at": NOON},
    "ck_level_points": {"points": -1},
    "ck_level_value": {"value": 5},
    "ck_mail_counts": {"attempts": -1},
    "ck_mail_settled": {"sent_at": NOON, "next_at": NOON},
    "ck_mark_criterion": {"criterion_key": 0},
    "ck_mark_level": {"level": 0},
    "ck_option_numbers": {"capacity": 0},
    "ck_outgoing_score_counts": {"attempts": -1},
    "ck_outgoing_score_delivered": {"delivered_given": 5, "delivered_maximum": None},
    "ck_outgoing_score_hand_ins": {"sent_hand_in_number": 9},
    "ck_outgoing_score_handed_in": {"hand_in_number": 0, "sent_hand_in_number": 0, "handed_in_at": NOON},
    "ck_outgoing_score_score": {"score_given": -1, "withdrawn": False},
    "ck_outgoing_score_sent": {"status": "sent", "sent_at": None},
    "ck_outgoing_score_tried": {"tried_given": 1, "tried_maximum": 0},
    "ck_outgoing_score_versions": {"sent_version": 9},
    "ck_outgoing_score_withdrawn_is_none": {"withdrawn": True, "score_given": 5, "score_maximum": 10},
    "ck_person_absence": {"away_since": NOON, "back_at": None},
    "ck_person_news": {"news_seen_id": -1},
    "ck_platform_counts": {"at_once": 0},
    "ck_proposal_expired": {"status": "draft", "expired_from": "draft"},
    "ck_proposal_line_criterion": {"criterion_key": 0},
    "ck_proposal_version_number": {"number": 0},
    "ck_proposal_version_sent_as_saved": {"saved_at": NOON.replace(year=2030), "sent_at": NOON},
    "ck_release_points": {"out_of": 0},
    "ck_release_withdrawn": {"withdrawn_at": NOON, "withdrawn_by_id": None},
    "ck_rubric_number": {"number": 0},
    "ck_sharing_answered": {"consent": "yes", "answered_at": None},
    "ck_sharing_shared": {"consent": None, "answered_at": None, "shared_at": NOON},
    "ck_showing_criterion": {"criterion_key": 0},
    "ck_submission_handed_in": {"handed_in_at": NOON, "handed_in_really_at": None},
    "ck_submission_number": {"number": 0},
    "ck_submission_of_what_was_handed_in": {"handed_in_at": None, "handed_in_really_at": None, "late": True},
    "ck_submission_returned": HANDED_IN | {"returned_at": NOON, "returned_by_id": None},
    "ck_watch_numbers": {"idea_days": 0},
}

# {CHECK of words: what else the row has to have, so that nothing but the word is wrong}
AROUND: dict[str, dict[str, Any]] = {
    "ck_agreement_change_state": {"answered_at": NOON, "answered_by_id": 1},
    "ck_choice_rule": ON_A_WAY,
    "ck_choice_way": ON_A_WAY,
    "ck_evidence_kind": {"storage_key": None},
    "ck_grade_status": {"points": 1, "out_of": 1},
    "ck_proposal_expired_from": {"status": "expired"},
    "ck_sharing_consent": {"answered_at": NOON},
}

# Tables of which the world has no row: one for each.
BLANK: dict[str, dict[str, Any]] = {
    "due": {"kind": "a kind", "key": "1", "lane": "", "at": NOON, "version": 1, "attempts": 0, "slots": 1},
    "key": {"kid": "k", "private_key": "sealed", "public_jwk": {}, "created_at": NOON},
    "showing": {"criterion_key": 99, "shown": True, "how": "", "tenant_id": 1},
    "watch": {"unopened_days": 2, "still_minutes": 10, "idea_days": 1, "reply_days": 2, "seen": {}},
}

OPTION = Base.metadata.tables["option"]


def rules() -> list[CheckConstraint]:
    return [c for t in Base.metadata.sorted_tables for c in t.constraints if isinstance(c, CheckConstraint)]


def wrong_words() -> dict[str, dict[str, Any]]:
    """{name of the CHECK of a column's words: one that is none of them}."""
    columns = [column for table in Base.metadata.sorted_tables for column in table.columns]
    words = [(column, column.type) for column in columns if isinstance(column.type, Enum)]
    named = {f"ck_{column.table.name}_{kind.name}": column.name for column, kind in words}
    return {name: AROUND.get(name, {}) | {column: "sideways"} for name, column in named.items()}


def refusal(connection: Connection, table: Table, wrong: dict[str, Any]) -> str:
    """What the database says to a row of these values; "" if it takes it. No row is left changed."""
    (key, *_rest) = table.primary_key
    row_id = connection.scalar(select(key).limit(1))
    if row_id is None:
        return "there is no row to try it with"
    plain = {name: text(":" + name) for name in wrong}  # past the models' own types, which refuse words themselves
    typed = {name: value if isinstance(value, str) else None for name, value in wrong.items()}
    words = {name: value for name, value in typed.items() if value is not None}
    values = {name: plain[name] if name in words else value for name, value in wrong.items()}
    tried = connection.begin_nested()
    try:
        connection.execute(update(table).where(key == row_id).values(values), words)
    except IntegrityError as refused:
        return str(refused.orig)
    finally:
        tried.rollback()
    return ""


def test_every_rule_is_tried() -> None:
    assert {str(rule.name) for rule in rules()} == {*WRONG, *wrong_words()}


def test_the_database_refuses_each_wrong_state(world: World, database_url: str) -> None:
    taken = []
    with replay.engine_of(database_url).connect() as connection:
        for name, row in BLANK.items():
            table = Base.metadata.tables[name]
            owner = {"person_id": world.cast.teacher.id, "tenant_id": 1} if "person_id" in table.c else {}
            # ids go on from one test to the next: none is known beforehand
            option = {"option_id": connection.scalar(select(OPTION.c.id).limit(1))} if "option_id" in table.c else {}
            connection.execute(insert(table).values(**row, **owner, **option))
        for name, wrong in {**WRONG, **wrong_words()}.items():
            (table,) = {rule.table for rule in rules() if rule.name == name}
            if name not in (said := refusal(connection, table, wrong)):
                taken.append(f"{name}: {said}")
    assert not taken, "\n".join(taken)


# {unique index that says more than its columns' names: (what two rows have that may not be, how they differ)}
ONCE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "uq_agreement_option": ({}, {"version_id": -1, "ended_at": NOON}),
    "uq_agreement_version": ({}, {"option_id": -1, "ended_at": NOON}),
    "uq_agreement_one_live": ({"ended_at": None}, {"version_id": -1, "option_id": -1}),
    "uq_agreement_change_one_open": ({"state": "asked", "answered_at": None, "answered_by_id": None}, {}),
    "uq_decision_version": ({}, {}),
    "uq_proposal_one_open": ({"status": "draft", "expired_from": None}, {}),
    "uq_proposal_version_one_draft": ({"sent_at": None}, {"number": 99}),
    "uq_submission_one_draft": (
        {"handed_in_at": None, "handed_in_really_at": None, "returned_at": None, "returned_by_id": None}
        | {"late": False, "is_nothing": False},
        {"number": 99},
    ),
}


def test_every_unique_index_is_tried() -> None:
    named = {index.name for table in Base.metadata.sorted_tables for index in table.indexes if index.unique}
    assert named == set(ONCE)


@pytest.mark.parametrize("name", ONCE)
def test_a_second_one_is_refused(world: World, database_url: str, name: str) -> None:
    (table,) = [t for t in Base.metadata.sorted_tables if any(index.name == name for index in t.indexes)]
    (key,) = table.primary_key
    with replay.engine_of(database_url).connect() as connection:
        connection.exec_driver_sql(replay.UNCHECKED[connection.dialect.name])
        same, other = ONCE[name]
        row = dict(connection.execute(select(table).order_by(key).limit(1)).mappings().one())
        connection.execute(update(table).where(key == row.pop(key.name)).values(row | same))
        with pytest.raises(IntegrityError) as refused:
            connection.execute(insert(table).values(row | same | other))
    columns = [
        f"{table.name}.{column.name}" for index in table.indexes if index.name == name for column in index.columns
    ]
    said = str(refused.value.orig)
    assert name in said or said == f"UNIQUE constraint failed: {', '.join(columns)}"


def shape(url: str) -> dict[str, Any]:
    """{table: its CHECKs and indexes, as the database tells them}: what Alembic's own comparison passes over."""
    engine = create_engine(url)
    found = inspect(engine)
    told: dict[str, Any] = {}
    for table in Base.metadata.tables:
        checks = {check["name"]: plain(check["sqltext"]) for check in found.get_check_constraints(table)}
        indexes = {
            index["name"]: (
                index["column_names"],
                index["unique"],
                [plain(v) for v in index.get("dialect_options", {}).values()],
            )
            for index in found.get_indexes(table)
        }
        told[table] = (checks, indexes)
    engine.dispose()
    return told


def plain(said: object) -> str:
    return "".join(str(said).lower().replace('"', "").split())


def test_the_migrations_make_the_rules_that_the_models_say(database_url: str, tmp_path: Path) -> None:
    sqlite = database_url.startswith("sqlite")
    made = f"sqlite:///{tmp_path}/made.sqlite3"
    url = made if sqlite else Cluster(Path(os.environ[CLUSTER_HOME])).create(f"made_{uuid4().hex}")
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()
    assert shape(database_url) == shape(url)
