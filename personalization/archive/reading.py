"""A page of the log in words: who, what, about whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from engine.audit import OPERATOR, PERSON
from engine.db import db
from personalization.activity.model import Activity
from personalization.archive.record import Entry
from personalization.people.model import Person
from personalization.people.sight import visible

A_PAGE = 50
PAGES = 40  # how far back the page goes; `flask audit` has all of it


class Row(NamedTuple):
    """One line of the log."""

    at: datetime
    who: str
    what: str
    whom: str
    where: str


class Page(NamedTuple):
    """`rows` of page `number`; `more` pages follow."""

    rows: list[Row]
    number: int
    more: bool

    @classmethod
    def reach(cls, args: Mapping[str, str]) -> int:
        """How many of the newest entries the page that an address asks for needs; one more tells whether it is the
        last."""
        return _number(args) * A_PAGE + 1

    @classmethod
    def of(cls, entries: Sequence[Entry], me: Person, args: Mapping[str, str]) -> Page:
        """What I may see of them: nothing about students of others' sections."""
        number = _number(args)
        shown = entries[(number - 1) * A_PAGE : number * A_PAGE]
        people = {p.id: p for p in db.session.scalars(select(Person).where(Person.id.in_(_people(shown))))}
        mine = set(db.session.scalars(select(Person.id).where(Person.id.in_(people), visible(me))))
        about = {entry.about.get("activity") for entry in shown} - {None}
        titles = dict(db.session.execute(select(Activity.id, Activity.title).where(Activity.id.in_(about))).all())
        rows = [
            Row(
                at=entry.at,
                who=_who(entry, people),
                what=verb_words().get(entry.verb, entry.verb),
                whom=people[student].name if (student := entry.about.get("student")) in people else "",
                where=titles.get(entry.about.get("activity", 0), ""),
            )
            for entry in shown
            if all(one in mine for one in _students(entry, people))
        ]
        return cls(rows, number, len(entries) > number * A_PAGE and number < PAGES)


def verb_words() -> dict[str, str]:
    """What the log says of each verb."""
    return {
        "arrangement looked at": _("looked at what is arranged for"),
        "arrangement written": _("wrote down what is arranged for"),
        "arrangement changed": _("changed or ended what is arranged for"),
        "released": _("released the grade of"),
        "release withdrawn": _("took back the grade of"),
        "returned": _("handed work back to"),
        "extended": _("gave more time to"),
        "placed": _("settled the way of"),
        "excused": _("excused"),
        "included again": _("included again"),
        "told in person": _("wrote down an idea for"),
        "shown in person": _("noted as shown in person for"),
        "draft taken": _("took the saved draft of"),
        "noted as nothing handed in": _("noted that nothing came from"),
        "rubric moved": _("moved the criteria agreed with"),
        "idea revived": _("gave an idea its time back for"),
        "same person": _("said that two lines are one person:"),
        "grade kept": _("let the LMS’s grade stand for"),
        "grade sent anyway": _("sent our grade again for"),
        "sending paused": _("paused the way to the gradebook"),
        "sending resumed": _("let grades go to the gradebook again"),
        "role chosen": _("chose to be here as a teacher or a student"),
        "downloaded": _("downloaded"),
        "course downloaded": _("downloaded the tables of the course"),
        "own data downloaded": _("downloaded what is held about themself"),
        "person erased": _("erased a person with all that was held about them"),
        "course end announced": _("told the teachers when the course will be erased"),
        "course erasing begun": _("began to erase the course"),
        "course erased": _("erased what was there before"),
    }


def _who(entry: Entry, people: Mapping[int, Person]) -> str:
    if entry.actor == PERSON:
        somebody = people.get(entry.by or 0)
        return somebody.name if somebody is not None else _("Somebody who was here")
    return _("Whoever runs the tool") if entry.actor == OPERATOR else _("A rule of whoever runs the tool")


def _students(entry: Entry, people: Mapping[int, Person]) -> list[int]:
    """Who of the students is named in it: whom it is about, and whoever did it themself."""
    by = people.get(entry.by or 0)
    named = [entry.about.get("student"), by.id if by is not None and by.is_student else None]
    return [person_id for person_id in named if person_id is not None]


def _people(entries: Sequence[Entry]) -> set[int]:
    named = {entry.by for entry in entries} | {entry.about.get("student") for entry in entries}
    return {person_id for person_id in named if person_id is not None}


def _number(args: Mapping[str, str]) -> int:
    """From 1 on; whatever else an address says is the first page, and the last is `PAGES`."""
    text = args.get("page", "")
    return min(max(int(text), 1), PAGES) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
