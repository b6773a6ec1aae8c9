"""Erasing one person, or a course: what they did and what was written about them goes, what they did for others stays
with nobody's name on it.

Found by the keys of `keys.py`, so that a preview and the deed are one. The caller commits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from sqlalchemy import Select, or_, select

from engine import erasing
from engine.db import db
from engine.erasing import Held
from personalization.accommodation.model import Accommodation
from personalization.activity import course_copy
from personalization.activity.model import Activity
from personalization.archive import lms
from personalization.archive.keys import KEYS
from personalization.choice.model import Choice
from personalization.people.model import Course, Person
from personalization.proposal.sharing import Sharing
from personalization.submission import forgetting

BATCH = 500  # of whatever a course has many of, in one transaction
FEW = 10  # activities in one transaction, each with its ways and rubrics

FILES = "stored files"  # beside the tables, in what is counted


def held_of_person(course: Course, user_id: int) -> Counter[str]:
    """{table: rows} that erasing this user of the LMS takes away from a course, and how many stored files."""
    users = lms.users_of(course, user_id)
    rows = _rows_of(course, _people(course, users), users)
    return _with_files(erasing.counts(rows), rows) + lms.held_of_members(course, users)


def erase_person(course: Course, user_id: int, now: datetime, really: datetime) -> Counter[str]:
    """Take this user out of a course, and out of the tool if they are in no other; {table: rows}.

    Where rows about others go on naming them, what remains of them is that somebody in their role did it. `now` is the
    domain's time, `really` the machine's.
    """
    users = lms.users_of(course, user_id)
    people = _people(course, users)
    rows = _rows_of(course, people, users)
    _show_to_nobody(course, people)
    done = _erase({name: some for name, some in rows.items() if name != "person"}, really)
    remain = erasing.named(db.session, KEYS, "person", people)
    for person_id in remain:
        _become_nobody(db.session.get_one(Person, person_id), now, really)
    done += erasing.erase(db.session, KEYS, {"person": {(person_id,) for person_id in set(people) - remain}})
    return done + lms.forget_members(course, users)


def held_of_course(course: Course) -> Counter[str]:
    """{table: rows} that erasing this course takes away, and how many stored files."""
    people = lms.members(course)
    rows = _held({"course": [course.id], "user": lms.only_here(course, people)})
    found = _with_files(erasing.counts(rows), rows)
    for start in range(0, len(people), BATCH):
        found += lms.held_of_members(course, people[start : start + BATCH])
    return found | lms.held_of_course(course)


def erase_course(course: Course, really: datetime) -> Iterator[Counter[str]]:
    """Batch by batch, {table: rows} of each; the caller commits after each one. Stopped anywhere, it can begin again:
    the course is there until its last row goes."""
    course_id, context_id = course.id, course.context_id
    choices = select(Choice.id).join(Activity).where(Activity.course_id == course_id)
    arranged = select(Accommodation.id).join(Accommodation.person).where(Person.course_id == course_id)
    activities = select(Activity.id).where(Activity.course_id == course_id)
    people = select(Person.id).where(Person.course_id == course_id)
    yield from _batches("choice", choices.limit(BATCH), really)
    yield from _batches("accommodation", arranged.limit(BATCH), really)
    yield from _batches("activity", activities.limit(FEW), really, before=course_copy.keep_keys)
    yield from _batches("person", people.limit(BATCH), really)
    while users := lms.some_members(db.session.get_one(Course, course_id), BATCH):
        yield _forget_users(db.session.get_one(Course, course_id), users)
    last = erasing.erase(db.session, KEYS, _held({"course": [course_id]}))
    yield last + lms.forget_course(context_id)


def _batches(
    table: str,
    query: Select[int],
    really: datetime,
    before: Callable[[Collection[int]], None] = lambda ids: None,
) -> Iterator[Counter[str]]:
    while ids := db.session.scalars(query).all():
        before(ids)
        yield _erase(_held({table: ids}), really)


def _forget_users(course: Course, users: Collection[int]) -> Counter[str]:
    """What hangs on these users alone, such as a teacher's bank; then they."""
    theirs = _held({"user": lms.only_here(course, users)})
    return erasing.erase(db.session, KEYS, theirs) + lms.forget_members(course, users)


def _rows_of(course: Course, person_ids: Collection[int], users: Collection[int]) -> Held:
    rows = _held({"person": person_ids, "user": lms.only_here(course, users)})
    for table, some in _shared(rows).items():
        rows[table] = rows.get(table, set()) | some
    return rows


def _held(roots: dict[str, Collection[int]]) -> Held:
    """Of this room alone: users go with what the LTI room holds."""
    rows = erasing.held(db.session, KEYS, roots)
    rows.pop("user", None)
    return rows


def _shared(rows: Held) -> Held:
    """What became of ideas that were given to others: a teacher's note of it goes, and so does the way, as long as
    nobody else is on it. Whoever works by it keeps it: the student had said yes to these words for them."""
    shared = select(Sharing.option_id, Sharing.banked_id).where(Sharing.id.in_(_ids(rows, "sharing")))
    options, banked = set[int](), set[int]()
    for option_id, banked_id in db.session.execute(shared):
        options |= {option_id} if option_id is not None else set()
        banked |= {banked_id} if banked_id is not None else set()
    others = select(Choice.option_id, Choice.plan_b_id).where(
        or_(Choice.option_id.in_(options), Choice.plan_b_id.in_(options)), Choice.id.not_in(_ids(rows, "choice"))
    )
    in_use = {option_id for row in db.session.execute(others) for option_id in row}
    return _held({"option": options - in_use, "banked": banked})


def _erase(rows: Held, really: datetime) -> Counter[str]:
    files = forgetting.keys_of(_ids(rows, "evidence"))
    done = erasing.erase(db.session, KEYS, rows)
    return done + Counter({FILES: forgetting.let_go(files, really)})


def _with_files(found: Counter[str], rows: Held) -> Counter[str]:
    return found + Counter({FILES: len(forgetting.keys_of(_ids(rows, "evidence")))})


def _ids(rows: Held, table: str) -> list[int]:
    return [row[0] for row in rows.get(table, ())]


def _people(course: Course, users: Collection[int]) -> list[int]:
    return list(db.session.scalars(select(Person.id).where(Person.course_id == course.id, Person.user_id.in_(users))))


def _show_to_nobody(course: Course, person_ids: Collection[int]) -> None:
    """Arrangements that these assistants were to know."""
    there = select(Accommodation).join(Accommodation.person).where(Person.course_id == course.id)
    for one in db.session.scalars(there):
        if set(person_ids) & set(one.shown_to):
            one.shown_to = [other for other in one.shown_to if other not in person_ids]
    db.session.flush()


def _become_nobody(person: Person, now: datetime, really: datetime) -> None:
    person.given_name = person.full_name = person.sort_name = ""
    person.zone, person.mentees, person.mail_rhythm, person.digest_at = None, [], None, None
    person.left_at, person.erased_at = person.left_at or now, really
    lms.make_nobody(person)
    db.session.flush()
