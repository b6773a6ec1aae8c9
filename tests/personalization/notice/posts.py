"""What the tests of mail share: an app that sends to a sink, addresses, one run of the worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import select

from engine import clock, due
from engine.db import db
from engine.due import Task
from lti.models.context import User
from personalization.choice.model import Choice, Event
from personalization.notice import posting
from personalization.notice.model import Mail
from personalization.people.model import Person, PersonSection
from tests.cast import NOON, Cast, Member, writing
from tests.personalization.arranging import choice_of
from tests.personalization.notice.smtp import Sink

MakeApp = Callable[..., Flask]


def mailing(make_app: MakeApp, sink: Sink, **settings: Any) -> Flask:
    return make_app(smtp_url=sink.url, mail_from="office@example.edu", **settings)


def give_addresses(app: Flask, cast: Cast) -> None:
    """amara@, noor@, adaeze@example.edu …, for everybody of the cast."""
    with writing(app):
        for user in db.session.scalars(select(User)):
            user.email = f"{user.given_name.lower()}@example.edu"


def happen(
    app: Flask, activity_id: int, student: Member, verb: str, by: Member | None, at: datetime = NOON, **detail: Any
) -> int:
    """One step in a student's history; the event's id."""
    with writing(app):
        choice = choice_of(activity_id, student.id)
        choice.note(verb, db.session.get_one(Person, by.id) if by else None, at, **detail)
        db.session.flush()
        return choice.events[-1].id


def forget_the_beginning(app: Flask) -> None:
    """What arranging a world noted is told already."""
    with writing(app):
        for event in db.session.scalars(select(Event)):
            event.told_at = NOON


def send(app: Flask, now: datetime = NOON) -> datetime:
    """One round of the worker; when it wants to come again."""
    with app.app_context(), clock.at(now):
        return posting.mail(leased(clock.real_now()))


def leased(really: datetime) -> Task:
    """The worker's row of the mail, as whoever works on it has it."""
    due.schedule(db.session, "mail", "", really)
    row = db.session.scalars(select(due.Due).where(due.Due.kind == "mail")).one()
    row.leased_by, row.leased_until = "us", really + due.LEASE
    db.session.commit()
    return Task(row.id, "mail", "", row.version, 0, lease="us")


def look_around_in_the_morning(app: Flask, now: datetime) -> None:
    with app.app_context(), clock.at(now):
        posting.digests(Task(1, "digest", "", 1, 0))


def mails(app: Flask) -> list[dict[str, Any]]:
    """All mail in the outbox, oldest first, in plain values."""
    with app.app_context():
        return [
            {
                "to": m.person.given_name,
                "about": m.about,
                "sent": m.sent_at is not None,
                "waits": m.next_at is not None,
                "trouble": m.trouble,
                "attempts": m.attempts,
                "unsure": m.unsure,
            }
            for m in db.session.scalars(select(Mail).order_by(Mail.id))
        ]


def try_again_now(app: Flask) -> None:
    with writing(app):
        for mail in db.session.scalars(select(Mail).where(Mail.next_at.is_not(None))):
            mail.next_at = clock.real_now()


def change(app: Flask, kind: type[Person] | type[Choice], row_id: int, **values: Any) -> None:
    with writing(app):
        row = db.session.get_one(kind, row_id)
        for name, value in values.items():
            setattr(row, name, value)


def limit_to_sections(app: Flask, cast: Cast) -> None:
    """Ben assists section 1, where Amara is; Noor is in section 2."""
    change(app, Person, cast.assistant.id, sees_only_sections=True)
    with writing(app):
        for member, section in ((cast.assistant, "1"), (cast.student, "1"), (cast.classmate, "2")):
            db.session.add(PersonSection(person_id=member.id, section=section))
