"""From events to mail: who is written to about what, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import contains_eager

from engine.db import db
from personalization.choice.model import Choice, Event
from personalization.notice.model import STALE, Mail, Rhythm, Trouble, rhythm_of
from personalization.notice.phrases import TOLD_STUDENT
from personalization.notice.telling import FRESH
from personalization.people import roster
from personalization.people.access import visible
from personalization.people.model import Person

BATCH = 200  # events in one transaction
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
    too_late = or_(Event.verb.not_in(TOLD_STUDENT), Event.at < now - STALE)
    db.session.execute(update(Event).where(Event.told_at.is_(None), too_late).values(told_at=now))
    events = db.session.execute(
        select(Event, Choice)
        .join(Choice, Choice.id == Event.choice_id)
        .join(Choice.student)
        .where(Event.told_at.is_(None))
        .options(contains_eager(Choice.student))
        .order_by(Event.id)
        .limit(BATCH)
        .with_for_update(of=Event, skip_locked=True)
    )
    found = [(event, choice.student) for event, choice in events]
    addresses = roster.emails_of([student.id for _event, student in found])
    for event, student in found:
        event.told_at = now
        if student.id in addresses and wants(student) and event.by_id != student.id:
            db.session.add(Mail.to(student, f"event {event.id}", event, really))
    return len(found)


def wants(student: Person) -> bool:
    """Whether this student has mail of events: still here, no test student, and not stopped."""
    here = student.is_student and student.left_at is None and not student.is_test
    return here and rhythm_of(student) is Rhythm.EACH


def next_waiting(really: datetime) -> Mail | None:
    """The mail that waits longest for its turn, for this worker alone until the commit."""
    query = select(Mail).where(Mail.next_at <= really).order_by(Mail.next_at, Mail.id).limit(1)
    return db.session.scalar(query.with_for_update(skip_locked=True))


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
