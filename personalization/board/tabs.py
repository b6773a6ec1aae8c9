"""What every page knows besides its own: the course's name, and the tabs of who teaches, assists or designs there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from flask import g, url_for
from flask_babel import gettext as _

from engine import clock
from personalization.board.waiting import count
from personalization.people.model import Person


class Tab(NamedTuple):
    """`waits`: how many things wait there."""

    key: str
    label: str
    icon: str
    href: str
    waits: int


class Tabs:
    """Counted when a page shows them, and only then: most answers are redirects, and a student's page has none."""

    def __init__(self, me: Person) -> None:
        self._me = me

    def __iter__(self) -> Iterator[Tab]:
        return iter(self._tabs)

    def __len__(self) -> int:
        return len(self._tabs)

    @cached_property
    def _tabs(self) -> list[Tab]:
        me, course_id = self._me, self._me.course_id
        tabs = []
        if me.may_answer:
            waits = count(me, clock.now())
            tabs.append(Tab("queue", _("Waiting"), "tray", url_for("board.queue", course_id=course_id), waits))
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
    return {"tabs": Tabs(me), "course": me.course.name, "switch_role": switch}
