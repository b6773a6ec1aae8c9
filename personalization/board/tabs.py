"""What every page knows besides its own: the course's name, and the tabs and the bell of who works there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache, cached_property
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from flask import g, url_for
from flask_babel import gettext as _
from sqlalchemy import BindParameter, Enum, Executable, bindparam, select
from sqlalchemy.sql import visitors

from engine import clock
from engine.db import db
from personalization.board.waiting import counted
from personalization.notice.bell import Bell
from personalization.notice.telling import FRESH, unread
from personalization.people.model import Person


class Tab(NamedTuple):
    """`waits`: how many things wait there."""

    key: str
    label: str
    icon: str
    href: str
    waits: int


class Tabs:
    """Counted when a page shows them, and only then: most answers are redirects, and a student's page has none. With
    the news in the bell, in one statement."""

    def __init__(self, me: Person) -> None:
        self._me = me

    def __iter__(self) -> Iterator[Tab]:
        return iter(self._tabs)

    def __len__(self) -> int:
        return len(self._tabs)

    @property
    def news(self) -> int:
        """How many are new to me."""
        return self._numbers[1]

    @cached_property
    def _numbers(self) -> tuple[int, int]:
        """(things that wait for me, news)."""
        me, now = self._me, clock.now()
        if me.sees_only_sections:
            found = db.session.execute(_counting(me, now, now - FRESH))
        else:
            given = {"course": me.course_id, "seen": me.news_seen_id, "now": now, "since": now - FRESH}
            found = db.session.execute(_counting_all(), given)
        *waits, news = found.one()
        return sum(waits), news

    @cached_property
    def _tabs(self) -> list[Tab]:
        me, course_id = self._me, self._me.course_id
        tabs = []
        if me.may_answer:
            href = url_for("board.queue", course_id=course_id)
            tabs.append(Tab("queue", _("Waiting"), "tray", href, self._numbers[0]))
            tabs.append(Tab("class", _("Class"), "people", url_for("board.classes", course_id=course_id), 0))
        if me.may_author:
            index = url_for("activity.index", course_id=course_id)
            tabs.append(Tab("activities", _("Activities"), "pencil", index, 0))
        return tabs


def _counting(me: Person, now: datetime, since: datetime) -> Executable:
    return select(*counted(me, now), unread(me, since))


@cache
def _counting_all() -> Executable:
    """The same of anybody who answers and sees the whole course, made once, since to make it takes longer than to ask
    it. It takes the ids of the `course` and of the last news `seen`, and the moments `now` and `since`."""
    me = SimpleNamespace(
        course_id=bindparam("course"),
        news_seen_id=bindparam("seen"),
        sees_only_sections=False,
        is_student=False,
        may_answer=True,
    )
    asked = _counting(cast(Person, me), cast(datetime, bindparam("now")), cast(datetime, bindparam("since")))
    return _in_words(asked)


def _in_words(asked: Executable) -> Executable:
    """The same, with words such as a status written in it: PostgreSQL plans a prepared statement once for whatever may
    be bound, and of a word that it does not know it expects a fifth of all rows."""

    def write(word: BindParameter[Any]) -> None:
        word.literal_execute = isinstance(word.type, Enum)

    return visitors.cloned_traverse(cast(Any, asked), {}, {"bindparam": write})  # type: ignore[no-any-return]


def context() -> dict[str, Any]:
    me: Person | None = g.get("me")
    if me is None:
        return {}
    switch = url_for("people.role", course_id=me.course_id) if me.has_two_roles else ""
    tabs = Tabs(me)
    bell = {"bell": Bell(me, lambda: tabs.news)} if me.may_answer else {}
    return {"tabs": tabs, "course": me.course.name, "switch_role": switch, **bell}
