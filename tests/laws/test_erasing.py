"""Whoever is erased is gone from every table and every file, and nobody else notices more than that."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from engine import clock
from engine.db import Base, db
from lti import erasing as lti_erasing
from lti.models.context import User
from lti.models.launch import SignIn
from personalization.archive.keys import KEYS, LETS_GO
from personalization.choice import asking
from personalization.choice.model import Choice
from personalization.people.model import Person
from personalization.proposal.answering import accept
from personalization.proposal.change import AgreementChange
from personalization.proposal.model import Words
from personalization.proposal.sharing import Sharing
from personalization.proposal.starting import begin_idea
from personalization.submission import storage
from personalization.submission.blueprint import store
from personalization.submission.model import Evidence, Submission
from tests.cast import NOON, writing
from tests.laws.browsing import Database, Visitor
from tests.laws.standings import NAMES
from tests.laws.tries import may, tries
from tests.laws.world import MOMENTS, World

ROOMS = (KEYS, lti_erasing.KEYS)
# What no erasing reaches by a key, and why it need not, or what does it.
NOBODYS = {
    "audit": "ids only; says that the erasing happened",
    "context_origin": "an LMS's ids of courses; lti/erasing.py `forget_context` deletes it by these",
    "deployment": "an LMS's",
    "due": "ids only; a course's go with it",
    "invite": "an LMS's",
    "key": "ours",
    "nonce": "a digest that ends within the hour",
    "platform": "an LMS's",
    "service_token": "an LMS's",
}
# Whom others name: their row is changed or deleted by hand, in archive/erasing.py and lti/erasing.py.
ROOTS = {"context", "user"}
MARK = "Quokka"  # in every text of one student, and in nobody else's


@pytest.fixture
def folder(storage: Path, world: World, tmp_path: Path) -> Path:
    """The world's stored files once more: what is deleted here is there for the next test."""
    return Path(shutil.copytree(storage, tmp_path / "storage"))


@pytest.fixture
def tool(make_app: Callable[..., Flask], folder: Path) -> Flask:
    """An app whose files lie in `folder`."""
    return make_app(storage_url=f"file://{folder}")


def table_of(key: str) -> str:
    return key.partition(".")[0]


def test_every_foreign_key_says_what_becomes_of_its_row() -> None:
    """A new table or column that names a person, or anything that goes with one, is decided here or fails."""
    erasable = {table_of(key) for keys in ROOMS for key in keys.goes} | ROOTS
    decided = [key for keys in ROOMS for key in (*keys.goes, *keys.loosens, *keys.stays)] + list(LETS_GO)
    there = [
        f"{table.name}.{key.parent.name}"
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in erasable
    ]
    assert sorted(decided) == sorted(there)


def test_every_table_goes_or_says_why_not() -> None:
    going = {table_of(key) for keys in ROOMS for key in keys.goes} | ROOTS
    assert going | set(NOBODYS) == set(Base.metadata.tables)
    assert not going & set(NOBODYS)


def test_what_is_emptied_may_be_empty() -> None:
    columns = [key.partition(".") for keys in ROOMS for key in keys.loosens]
    assert all(Base.metadata.tables[table].c[column].nullable for table, _dot, column in columns)


def erase(app: Flask, world: World, *more: str) -> str:
    arguments = ["erase", "--platform", str(world.cast.teacher.platform_id), "--course", "bio-9b", *more]
    with clock.at(MOMENTS["ideas"]):
        done = app.test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 0, done.output
    return done.output


def sub_of(app: Flask, person_id: int) -> str:
    with app.app_context():
        query = select(User.sub).join(Person, Person.user_id == User.id)
        return db.session.scalars(query.where(Person.id == person_id)).one()


def traces(database: Database, words: list[str]) -> list[str]:
    """Where a row still says one of these words, whatever the column."""
    return [
        f"{table}: {row}"
        for table, rows in database.rows().items()
        for row in rows
        if any(word in repr(row) for word in words)
    ]


def pages_that_broke(app: Flask, world: World, kinds: tuple[str, ...]) -> list[str]:
    """Pages that answered these people before, and do not now; what is there no more says so."""
    broken = []
    with clock.at(MOMENTS["ideas"]):
        for kind in kinds:
            visitor = Visitor(app, world.person(kind))
            for one in tries(app, world):
                mine = kind in NAMES and one.row in {kind, "pond", "ways", ""}
                if one.method == "GET" and may("student" if mine else kind, one):
                    status = visitor.get(one.address).status_code
                    broken += [f"{kind}: {one}: {status}"] if status not in {200, 303, 404, 409} else []
            home = visitor.get(f"/courses/{world.cast.course_id}/welcome").status_code
            broken += [f"{kind}: welcome {home}"] if home not in {200, 303} else []
    return broken


def say_something_everywhere(world: World) -> None:
    """Amara does all that a student can do with words, each with MARK in it."""
    me = db.session.get_one(Person, world.cast.student.id)
    teacher = db.session.get_one(Person, world.cast.teacher.id)
    user = db.session.get_one(User, me.user_id)
    user.email, user.sourcedid = f"{MARK}@example.edu", f"{MARK}-1"
    mine = select(Choice).where(Choice.student_id == me.id, Choice.activity_id == world.activities["pond"])
    choice = db.session.scalars(mine).one()
    asking.ask(choice, me, f"Where do I put {MARK}?", NOON)
    asking.ask(choice, teacher, f"Beside the other {MARK}.", NOON)
    said = Words(f"{MARK} cards", f"{MARK} plays", f"{MARK} pens", f"Is {MARK} fine?", {1: MARK, 2: MARK, 3: MARK})
    idea = begin_idea(choice, [], me, NOON)
    db.session.add(idea)
    idea.submit(said, choice.activity.criteria, me, NOON)
    agreement = accept(idea, 1, choice.activity.rubric, teacher, NOON, f"{MARK} it is.")
    assert agreement is not None
    db.session.add(agreement)
    db.session.flush()
    other = Words(f"{MARK} songs", f"{MARK} sings", "", f"{MARK} has a voice.", {1: MARK, 2: MARK, 3: MARK})
    db.session.add(AgreementChange.ask(agreement, None, other, choice.activity.criteria, me, NOON))
    sharing = Sharing.ask(agreement, teacher, NOON)
    db.session.add(sharing)
    sharing.agree(f"{MARK} for all", f"Do as {MARK} does.", MARK, me, NOON)
    sharing.share(teacher, NOON)
    go = Submission.start(choice, None, NOON)
    db.session.add(go)
    go.save(f"{MARK} wrote this.", f"{MARK} learned much.", NOON)
    upload = FileStorage(io.BytesIO(f"{MARK} in a file.".encode()), filename=f"{MARK}.txt")
    go.add(Evidence.file(storage.keep(store(), upload, 1_000), me, NOON), NOON)
    go.add(Evidence.link(f"https://example.org/{MARK}", f"{MARK}’s film", me, NOON), NOON)
    go.hand_in(me, NOON)


def files_with_it(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and MARK.encode() in path.read_bytes()]


def test_a_student_is_gone_from_every_table_and_file(
    tool: Flask, world: World, database: Database, folder: Path
) -> None:
    with writing(tool):
        say_something_everywhere(world)
    sub, words = sub_of(tool, world.cast.student.id), [MARK, "Amara"]
    assert len(files_with_it(folder)) == 1
    assert len({line.partition(":")[0] for line in traces(database, words)}) >= 12
    before = database.rows()
    preview = erase(tool, world, "--person", sub)
    assert "Nothing was erased" in preview
    assert database.rows() == before
    done = erase(tool, world, "--person", sub, "--yes")
    assert traces(database, words) == []
    assert files_with_it(folder) == []
    assert "Stored files deleted: 1" in done
    assert preview.splitlines()[1:-1] == done.splitlines()[1:-1], "what was announced is what went"
    assert "Nothing is held" in erase(tool, world, "--person", sub, "--yes")


@pytest.mark.one_database
def test_students_in_every_state_go_one_after_the_other(tool: Flask, world: World, database: Database) -> None:
    with tool.app_context():
        subs = {name: f"sub-{name}" for name in NAMES.values()}
    for sub in subs.values():
        assert "Erased" in erase(tool, world, "--person", sub, "--yes")
    assert traces(database, list(NAMES.values())) == []
    left = {table: len(rows) for table, rows in database.rows().items()}
    emptied = ("proposal", "proposal_version", "submission", "evidence", "grade", "release", "outgoing_score", "mail")
    assert {table: left[table] for table in emptied} == dict.fromkeys(emptied, 0)
    assert pages_that_broke(tool, world, ("teacher", "classmate")) == []


@pytest.mark.one_database
def test_a_teacher_leaves_their_work_and_no_name(tool: Flask, world: World, database: Database) -> None:
    """The activities, marks and words are about others, and stay; who wrote them nobody can tell any more."""
    before = {table: len(rows) for table, rows in database.rows().items()}
    erase(tool, world, "--person", sub_of(tool, world.cast.teacher.id), "--yes")
    assert traces(database, ["Okafor", "Adaeze"]) == []
    after = {table: len(rows) for table, rows in database.rows().items()}
    kept = ("activity", "choice", "proposal", "decision", "submission", "grade", "release", "message", "person", "user")
    assert {table: after[table] for table in kept} == {table: before[table] for table in kept}
    assert (after["banked"], after["reply"], after["deep_link_request"]) == (0, 0, 0), "theirs alone"
    pages = [Visitor(tool, world.person(who)) for who in ("released", "assistant")]
    with clock.at(MOMENTS["ideas"]):
        history = pages[0].get(f"/choices/{world.choices['released']}/history")
    assert "A former teacher" in history.text
    assert pages_that_broke(tool, world, ("assistant", "accepted")) == []


def test_a_course_goes_whole_and_its_neighbours_stay(tool: Flask, world: World, database: Database) -> None:
    names = [*NAMES.values(), "Okafor", "Amara", "Energy in our pond", "bio-9b", "Biology"]
    school = world.cast.teacher.platform_id
    neighbours = {
        table: [row for row in rows if "History" in repr(row) or "Old " in repr(row) or "Stone" in repr(row)]
        for table, rows in database.rows().items()
    }
    erase(tool, world, "--yes")
    rows = database.rows()
    there = [line for line in traces(database, names) if f"'tenant_id': {school}" in line]
    assert there == []
    assert {table: [row for row in rows[table] if row in some] for table, some in neighbours.items()} == neighbours
    assert {row["course_id"] for row in rows["person"]} == {
        world.cast.other_course_id,
        world.cast.other_school_teacher.course_id,
    }
    assert [row["name"] for row in rows["user"]] == ["Sam Stone", "Eve Field"]
    assert "Nothing is held" in erase(tool, world, "--yes")
    assert [row["verb"] for row in rows["audit"]] == ["course erasing begun", "course erased"]
    with tool.app_context():
        assert db.session.scalars(select(SignIn)).all() == []
