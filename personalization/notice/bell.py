"""How many news wait for whoever looks at a page: the number in its bar."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from flask import g, url_for

from engine import clock
from personalization.notice.telling import COUNTED, count_unread
from personalization.people.model import Person


class Bell:
    """Counted when a page shows it, and only then: most answers are redirects. `count`: where that is counted together
    with something else."""

    def __init__(self, me: Person, count: Callable[[], int] | None = None) -> None:
        self._me, self._count = me, count or (lambda: count_unread(me, clock.now()))

    @property
    def href(self) -> str:
        return url_for("notice.news", course_id=self._me.course_id)

    @cached_property
    def count(self) -> int:
        return self._count()

    @property
    def shown(self) -> str:
        """ "" where there is nothing new; "99+" where counting on would say no more."""
        if self.count >= COUNTED:
            return f"{COUNTED - 1}+"
        return str(self.count or "")


def context() -> dict[str, Any]:
    me: Person | None = g.get("me")
    return {"bell": Bell(me)} if me is not None and (me.is_student or me.may_answer) else {}
