"""What every page knows besides its own: the course's name, and the tabs and the bell of who works there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from flask import g, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from engine import clock
from engine.db import db
from personalization.board.waiting import counted
from personalization.notice.bell import Bell
from personalization.notice.telling import unread
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
        now = clock.now()
        *waits, news = db.session.execute(select(*counted(self._me, now), unread(self._me, now))).one()
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


def context() -> dict[str, Any]:
    me: Person | None = g.get("me")
    if me is None:
        return {}
    switch = url_for("people.role", course_id=me.course_id) if me.has_two_roles else ""
    tabs = Tabs(me)
    bell = {"bell": Bell(me, lambda: tabs.news)} if me.may_answer else {}
    return {"tabs": tabs, "course": me.course.name, "switch_role": switch, **bell}
