"""From events to mail: who is written to about what, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, String, and_, cast, delete, literal, or_, select, update
from sqlalchemy.orm import contains_eager, joinedload

from engine.db import among, db, insert_missing
from personalization.choice.model import Choice, Event
from personalization.notice.model import STALE, Mail, Rhythm, Trouble, rhythm_of
from personalization.notice.phrases import TOLD_STUDENT
from personalization.notice.telling import FRESH
from personalization.people import roster
from personalization.people.model import Person, Role
from personalization.people.sight import visible

BATCH = 3_000  # events in one transaction
KEPT = timedelta(days=30)  # what became of a mail is of no use any more


class Stuck(NamedTuple):
    """A mail that did not go out. `final`: it is not tried again."""

    name: str
    why: str
    since: datetime
    final: bool


def write_down(now: datetime, really: datetime) -> int:
    """Make a mail of each event that a student is to have one of; how many events were looked at, `BATCH` at most.

    `now` is the domain's time, `really` the machine's. What a worker finds after a long stop is told in the tool only.
    """
    untold = select(Event.id, Choice.student_id).join(Choice, Choice.id == Event.choice_id)
    untold = untold.where(Event.told_at.is_(None)).order_by(Event.id).limit(BATCH)
    found = db.session.execute(untold.with_for_update(of=Event, skip_locked=True)).all()
    if found:
        ids = [event_id for event_id, _student in found]
        addressed = roster.emails_of({student_id for _event, student_id in found})
        reachable = [event_id for event_id, student_id in found if student_id in addressed]
        _make(and_(among(Event.id, reachable), Event.verb.in_(TOLD_STUDENT), Event.at >= now - STALE), really)
        looked_at = update(Event).where(among(Event.id, ids)).values(told_at=now)
        db.session.execute(looked_at, execution_options={"synchronize_session": False})
    return len(found)


def _make(condition: ColumnElement[bool], really: datetime) -> None:
    """A mail as `Mail.to` makes one, of each event of this condition that its student wants and did not do themself."""
    values = {
        "tenant_id": Event.tenant_id,
        "person_id": Person.id,
        "about": literal("event ").concat(cast(Event.id, String)),
        "event_id": Event.id,
        "made_at": literal(really, Mail.made_at.type),
        "next_at": literal(really, Mail.next_at.type),
        "attempts": literal(0),
        "unsure": literal(0),
        "trouble": literal(""),
    }
    here = and_(Person.role == Role.STUDENT, Person.left_at.is_(None), Person.is_test.is_(False))
    wanted = or_(Person.mail_rhythm.is_(None), Person.mail_rhythm != Rhythm.OFF)  # `wants`, which is asked again later
    not_mine = or_(Event.by_id.is_(None), Event.by_id != Person.id)
    rows = select(*values.values()).select_from(Event).join(Choice, Choice.id == Event.choice_id).join(Choice.student)
    rows = rows.where(condition, here, wanted, not_mine).order_by(Event.id)
    db.session.execute(insert_missing(db.session, Mail).from_select(list(values), rows))


def wants(student: Person) -> bool:
    """Whether this student has mail of events: still here, no test student, and not stopped."""
    here = student.is_student and student.left_at is None and not student.is_test
    return here and rhythm_of(student) is Rhythm.EACH


def next_waiting(really: datetime, most: int) -> list[Mail]:
    """Those that wait longest, at most so many, with whom and what they are about; locked until the commit.

    One of which nobody knows whether it left goes alone: if it is that one by which processes die, it takes no other
    with it a second time.
    """
    query = select(Mail).where(Mail.next_at <= really).order_by(Mail.next_at, Mail.id).limit(most)
    about = joinedload(Mail.event).joinedload(Event.by)
    query = query.options(joinedload(Mail.person).joinedload(Person.course), about)
    found = db.session.scalars(query.with_for_update(skip_locked=True, of=Mail)).all()
    sure = next((number for number, mail in enumerate(found) if mail.unsure), len(found))
    return list(found[: sure or 1])


def begun(ids: Collection[int]) -> Sequence[Mail]:
    """Those of these that are still there, locked until the commit."""
    query = select(Mail).where(Mail.id.in_(ids)).order_by(Mail.id)
    return db.session.scalars(query.with_for_update()).all()


def refused(me: Person, really: datetime) -> list[Stuck]:
    """Mail of late to people whom I may see, and to me, that was given up or put off."""
    query = (
        select(Mail)
        .join(Mail.person)
        .where(Person.course_id == me.course_id, Mail.made_at > really - FRESH, Mail.trouble != "")
        .where(or_(Person.id == me.id, visible(me)))
        .options(contains_eager(Mail.person))
        .order_by(Mail.id.desc())
        .limit(100)
    )
    return [Stuck(m.person.name, _why(m.trouble), m.made_at, m.next_at is None) for m in db.session.scalars(query)]


def clear_up(really: datetime) -> None:
    """Forget mail of long ago, sent or not."""
    db.session.execute(delete(Mail).where(Mail.made_at < really - KEPT))


def _why(trouble: str) -> str:
    """Our own reasons in the reader's words, the mail server's in its own."""
    return {
        Trouble.LATE.value: _("It waited for two days; then it was no news any more."),
        Trouble.BROKE_OFF.value: _("Its sending broke off twice. It may have arrived."),
        Trouble.NO_ADDRESS.value: _("The LMS gives no address that mail can go to."),
        Trouble.UNWRITTEN.value: _("It could not be written. Your LMS admin finds more in the log."),
    }.get(trouble, trouble)
