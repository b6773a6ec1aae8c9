"""Where the laws of test_input.py press buttons: each press in the same world, its answer and its traces looked at."""

from __future__ import annotations

import html

from flask import Flask
from werkzeug.test import TestResponse

from tests.laws.browsing import Database, Visitor
from tests.laws.presses import Press
from tests.laws.world import World

SCRIPT = "<script>alert(1)</script>"
# A draft keeps what was typed even where it could not be taken further, so that nothing is lost.
KEEPS = {"activity.create", "activity.save", "proposal.send"}


class Desk:
    """Where presses are tried, each in the same world; `faults` says in words what went wrong."""

    def __init__(self, app: Flask, world: World, database: Database) -> None:
        self.app, self.world, self.database = app, world, database
        self.start = self.rows = database.rows()
        self.faults: list[str] = []
        self._looked = False
        self._visitors: dict[str, tuple[Visitor, str]] = {}

    def press(self, press: Press, form: dict[str, object], what: str) -> TestResponse:
        """Look at the answer, and at the database, which stays as it is then until `restore`."""
        answer = self.visitor(press.who).post(press.address(self.app, self.world), form, **press.headers)
        before, self.rows = self.rows, self.database.rows()
        what = f"{press.endpoint} {press.row} {what}: {answer.status_code}"
        if answer.status_code >= 400 and self.rows != before and press.endpoint not in KEEPS:
            self.faults.append(f"{what}, and something changed")
        self._look_at(press, form, answer, what)
        return answer

    def visitor(self, kind: str) -> Visitor:
        """Their browser, without what earlier presses left in its cookie."""
        if kind not in self._visitors:
            visitor = Visitor(self.app, self.world.person(kind))
            self._visitors[kind] = visitor, visitor.cookie
        visitor, cookie = self._visitors[kind]
        visitor.client.set_cookie(self.app.config["SESSION_COOKIE_NAME"], cookie)
        return visitor

    def restore(self) -> None:
        """Begin anew; looking at pages may have written too, such as what an LMS said when it was asked."""
        if self.rows != self.start or self._looked:
            self.database.restore(self.start)
            self.rows, self._looked = self.start, False

    def _look_at(self, press: Press, form: dict[str, object], answer: TestResponse, what: str) -> None:
        if answer.status_code >= 500:
            self.faults.append(what)
        if SCRIPT.encode() in answer.data:  # a download is no text
            self.faults.append(f"{what}, and a script came through")
        if 400 <= answer.status_code < 500 and not press.autosave and (lost := self._lost(press, form, answer)):
            self.faults.append(f"{what}, and this was lost: {lost}")

    def _lost(self, press: Press, form: dict[str, object], answer: TestResponse) -> list[str]:
        """What was typed and is neither on the page nor kept; of an error page only the longest text is asked."""
        typed = [text for name in press.texts if (text := plain(form.get(name)))]
        if answer.status_code != 422:
            typed = typed and [max(typed, key=len)]
        here = html.unescape(answer.text)
        kept = repr(self.rows) if press.endpoint in KEEPS else ""
        return [text for text in typed if text not in here and repr(text)[1:-1] not in kept]

    def look_behind(self, press: Press, answer: TestResponse, what: str) -> None:
        """After a press that was taken: the page that it leads to, or that saves itself by it, opens."""
        page = press.address(self.app, self.world).removesuffix("/draft")
        page = answer.location or (f"{page}/design" if press.endpoint == "activity.autosave" else page)
        self._looked = True
        opened = self.visitor(press.who).get(page)
        if opened.status_code >= 500 or SCRIPT in opened.text:
            self.faults.append(f"{press.endpoint} {press.row} {what}, then {page}: {opened.status_code}")

    def look_around(self, press: Press, what: str) -> None:
        """After a press that was taken: the pages that show what was typed hold it as text, for everyone."""
        course, pond = self.world.cast.course_id, self.world.activities["pond"]
        teacher = [f"/courses/{course}/{page}" for page in ("queue", "class", "activities", "news", "bank")]
        teacher += [f"/activities/{pond}{page}" for page in ("", "/design", "/preview", "/live")]
        teacher += [f"/choices/{id_}{page}" for row, id_ in self.world.choices.items() if row == press.row
                    for page in ("", "/history")]  # fmt: skip
        teacher += [f"/people/{who.id}/accommodation" for row, who in self.world.students.items() if row == press.row]
        teacher += [f"/proposals/{id_}/decision" for row, id_ in self.world.proposals.items() if row == press.row]
        teacher += [f"/choices/{id_}/sharing" for row, id_ in self.world.choices.items() if row == press.row]
        teacher += [f"/submissions/{id_}/grade" for row, id_ in self.world.submissions.items() if row == press.row]
        student = [
            *(f"/courses/{course}/{page}" for page in ("mine", "news", "my-arrangements")),
            *(f"/activities/{pond}/{page}" for page in ("choice", "submission", "grade", "messages")),
        ]
        student += [f"/proposals/{id_}" for row, id_ in self.world.proposals.items() if row == press.row]
        student += [f"/agreements/{id_}" for row, id_ in self.world.agreements.items() if row == press.row]
        owner = press.row if press.row in self.world.students else press.who
        pages = [("teacher", page) for page in teacher]
        pages += [(owner, page) for page in student if owner in {*self.world.students, "classmate"}]
        self._looked = True
        for kind, page in pages:
            answer = self.visitor(kind).get(page)
            if answer.status_code >= 500 or SCRIPT in answer.text:
                self.faults.append(f"{what}, then {page} for {kind}: {answer.status_code}")


def plain(value: object) -> str:
    """A text that a person could have typed and would want back; "" for what is none."""
    text = value if isinstance(value, str) and len(value) <= 20_000 else ""
    typed = text.isprintable() and text.strip() == text and not any("\ud800" <= sign <= "\udfff" for sign in text)
    return text if typed else ""
