"""Every page, as everyone whom it is for, in every state and at every time: whole, named, safe, and leading on."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from engine import clock
from tests.cast import ISSUER
from tests.laws.browsing import Database, Visitor
from tests.laws.endpoints import CLOSED
from tests.laws.markup import Page, header_faults, page_of
from tests.laws.names import named, strangers
from tests.laws.tries import UNSENT, Try, may, tries
from tests.laws.world import LAUNCH, MOMENTS, NAMES, World

STAFF = ("teacher", "assistant", "limited", "designer", "observer", "administrator", "both")
LEARNERS = ("classmate", "tester", *NAMES)
PAGES = [name for name, endpoint in CLOSED.items() if "GET" in endpoint.methods]
FIRST = "ideas"
FOLLOWS_LINKS = {*STAFF, "classmate", "revising", "released"} - {"limited", "both"}


def visits(app: Flask, world: World, kind: str) -> list[Try]:
    """The pages that are for this person, with the rows that are theirs to see."""
    found = []
    for one in tries(app, world, PAGES, NAMES):
        mine = kind in NAMES and (one.row == kind or one.row not in NAMES)
        if one.method == "GET" and (may("student" if mine else kind, one)):
            found.append(one)
    return found


def expected(one: Try, kind: str) -> set[int]:
    """A page, or the way to it; and where something is not there yet, a sentence that says so."""
    if one.endpoint in {"board.decision", "board.offer", "proposal.show"} and one.row == "writing" != kind:
        return {404}
    if one.endpoint == "proposal.sharing" and kind in NAMES and kind not in {"asked", "consented"}:
        return {404}
    if one.endpoint == "grading.mark" and one.row in UNSENT:
        return {409}
    if one.endpoint in {"choice.show", "choice.messages", "submission.show", "grading.result"} and one.row == "draft":
        return {404}
    return {200}


def listed(faults: list[str]) -> str:
    """For a person who reads why a law failed: each once, one a line."""
    return "\n".join(dict.fromkeys(faults))


class Seen(NamedTuple):
    """What an address answered with, itself or where it leads to; its page, where that is one."""

    status: int
    page: Page | None


class Tour:
    """One person's walk through the tool; `faults` says what was wrong, each with where."""

    def __init__(self, app: Flask, world: World, kind: str) -> None:
        self.app, self.kind = app, kind
        self.visitor = Visitor(app, world.person(kind))
        self.faults: list[str] = []
        self.seen: dict[str, Seen] = {}
        self.strangers = strangers(world, kind)
        self.urls = app.url_map.bind("localhost")

    def open(self, address: str, statuses: set[int], where: str) -> None:
        """Look at one address, where it leads to, and what it holds."""
        path = address.partition("#")[0]
        if (status := self._look(path, where).status) not in statuses:
            self.faults.append(f"{where}: {path} answers {status}, not {statuses}")

    def follow_links(self) -> None:
        """Every link of every page opened so far leads to a page, and to its place there."""
        for path, (_status, page) in list(self.seen.items()):
            for link in page.links if page else ():
                self.open(link, {200}, f"linked from {path}")
                target, _hash, place = link.partition("#")
                there = self.seen[target].page
                if place and there is not None and unquote(place) not in there.ids:
                    self.faults.append(f"{path} links to {link}, which has no such place")

    def _look(self, path: str, where: str, hops: int = 0) -> Seen:
        """Once at each page, however many addresses lead there: nothing that they are asked for changes one."""
        if path not in self.seen:
            answer = self.visitor.get(path)
            led = answer.status_code == 303 and hops < 6
            self.seen[path] = self._led(answer, where, hops + 1) if led else self._judged(path, answer, where)
        return self.seen[path]

    def _led(self, answer: TestResponse, where: str, hops: int) -> Seen:
        target = answer.location.partition("#")[0]
        once = "Set-Cookie" in answer.headers  # it has a word said there, which whoever comes another way does not see
        if once:
            self.seen.pop(target, None)
        found = self._look(target, where, hops)
        if once:
            del self.seen[target]
        return found

    def _judged(self, path: str, answer: TestResponse, where: str) -> Seen:
        if answer.mimetype != "text/html":
            return Seen(answer.status_code, None)
        page = page_of(answer.text)
        said = [*page.faults, *header_faults(answer, ISSUER), *self._dead_ends(page)]
        said += [f"names {name}" for name in named(page.text, self.strangers)]
        self.faults.extend(f"{where}: {path}: {fault}" for fault in said)
        return Seen(answer.status_code, page)

    def _dead_ends(self, page: Page) -> list[str]:
        ways = [("GET", link) for link in page.links] + page.actions
        return [f"{method} {address} leads nowhere" for method, address in ways if not self._leads(method, address)]

    def _leads(self, method: str, address: str) -> bool:
        parts = urlsplit(address)
        if parts.netloc:
            return method == "POST" and f"{parts.scheme}://{parts.netloc}" == ISSUER
        try:
            self.urls.match(unquote(parts.path), method=method)
        except HTTPException:
            return False
        return True


@pytest.mark.one_database
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("crowd", ["staff", "learners"])
def test_every_page_and_link_keeps_the_laws_and_looking_changes_nothing(
    app: Flask, world: World, database: Database, crowd: str, moment: str
) -> None:
    """Browsers and scanners open addresses on their own. Only what an LMS was asked is noted, that it did not answer,
    and our key to ask it.

    What time did by itself happens before the first page is shown, whoever opens it.
    """
    faults = []
    staff = STAFF if moment in {FIRST, "late"} else ("teacher",)  # the others' pages hardly know the time
    with clock.at(MOMENTS[moment]):
        Visitor(app, world.cast.teacher).get(f"/courses/{world.cast.course_id}/class")
        before = database.rows()
        for kind in staff if crowd == "staff" else LEARNERS:
            tour = Tour(app, world, kind)
            for one in visits(app, world, kind):
                tour.open(one.address, expected(one, kind), f"{kind} at {moment}")
            if moment == FIRST and kind in FOLLOWS_LINKS:
                tour.follow_links()
            faults += tour.faults
    after = database.rows()
    assert not faults, listed(faults)
    assert {table for table in before if before[table] != after[table]} <= {"line_item", "key", "platform"}


@pytest.mark.one_database
def test_a_page_that_is_not_for_you_is_a_page_too(app: Flask, world: World) -> None:
    """Refusals keep the same laws: closed, not there, away too long, no token."""
    faults, seen = [], set()
    with clock.at(MOMENTS[FIRST]):
        for kind in (None, "observer", "administrator", "classmate", "left", "other_school_teacher"):
            visitor = Visitor(app, world.person(kind) if kind else None)
            for one in tries(app, world):
                if kind and may(kind, one):
                    continue
                answer = visitor.get(one.address) if one.method == "GET" else visitor.post(one.address)
                seen.add(answer.status_code)
                said = [*page_of(answer.text).faults, *header_faults(answer)]
                faults += [f"{kind}: {one}: {fault}" for fault in said]
        visitor = Visitor(app, world.cast.teacher)
        queue = f"/courses/{world.cast.course_id}/queue"
        odd = [
            visitor.get("/nothing/here"),
            visitor.client.delete(queue),
            visitor.post(f"/activities/{world.activities['pond']}/design", {"csrf_token": ""}),
            visitor.get("/activities/987654"),
        ]
        for answer in odd:
            seen.add(answer.status_code)
            faults += [
                f"{answer.request.path}: {fault}" for fault in (*page_of(answer.text).faults, *header_faults(answer))
            ]
    assert not faults, listed(faults)
    assert seen >= {400, 401, 403, 404, 405}


@pytest.mark.one_database
@pytest.mark.parametrize("query", [f"launch={LAUNCH}", "link={link}"])
def test_the_design_page_that_an_lms_waits_for_keeps_the_laws(app: Flask, world: World, query: str) -> None:
    tour = Tour(app, world, "teacher")
    with clock.at(MOMENTS[FIRST]):
        tour.open(f"/courses/{world.cast.course_id}/activities/new?{query.format(link=world.link)}", {200}, "teacher")
    assert not tour.faults, listed(tour.faults)


GOOD = """<!DOCTYPE html><html lang="en"><head><title>Pick · Third Option</title></head><body><main id="main">
<h1>Pick</h1>{}</main></body></html>"""
FORM = '<form method="post" action="/x"><input type="hidden" name="csrf_token" value="1">{}</form>'


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<p>It’s all right</p>", ""),
        ("<h1>Two</h1>", "2 h1"),
        ("<p>It's</p>", "straight quotes"),
        ('<p id="a"></p><p id="a"></p>', "id 'a' 2 times"),
        ("<div><b>open</div>", "not valid HTML"),
        ('<input name="x">', "has no label"),
        ('<label for="x">X</label><input id="x">', "has no name"),
        ('<label>X <input name="x"></label>', ""),
        ('<p style="color:red">x</p>', "style="),
        ('<p onclick="x()">x</p>', "onclick="),
        ("<script>x()</script>", "inline script"),
        ('<img alt="" src="https://cdn.example.org/x.png">', "loads 'https://cdn.example.org/x.png'"),
        ('<img alt="" src="//cdn.example.org/x.png">', "loads"),
        ('<a href="javascript:x()">x</a>', "href='javascript:x()'"),
        ('<a href="#nowhere">x</a>', "not on the page"),
        ('<a href="/x"></a>', "a without words"),
        ('<form method="post" action="/x"><button>Go</button></form>', "with 0 tokens"),
        (FORM.format('<input name="x" aria-label="X">'), "without a button"),
        (FORM.format('<fieldset disabled><input name="x" aria-label="X"></fieldset>'), ""),
        (FORM.format('<input name="x" aria-label="X"><button>Go</button>'), ""),
        ("<form><button>Go</button></form>", "without method or action"),
        ("<p>Hello %(name)s</p>", "'%(name)'"),
        ("<p>Due None</p>", "'None'"),
        ("<p>Oops</p>", "'Oops'"),
        ("<p>Press Submit</p>", "'Submit'"),
        ('<time datetime="tomorrow">tomorrow</time>', "no moment"),
        ('<span class="state" data-tone="alarm">Late</span>', "a state without an icon"),
        ('<span class="state" data-tone="alarm"><svg><use href="#main"></use></svg></span>', "a state without a word"),
    ],
)
def test_the_laws_bite(body: str, fault: str) -> None:
    faults = Page(GOOD.format(body)).faults
    assert (faults == []) if fault == "" else any(fault in one for one in faults), faults


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Priya Raman picked it", ["Priya Raman"]),
        ("Ask Priya.", ["Priya Raman"]),
        ("Priyanka asks", []),
        ("Leo and Zoë", ["Zoë Øberg", "Leo Marsh"]),
    ],
)
def test_a_name_is_found(text: str, found: list[str]) -> None:
    assert named(text, ["Priya Raman", "Zoë Øberg", "Leo Marsh"]) == found


@pytest.mark.one_database
def test_whose_names_nobody_may_read(world: World) -> None:
    assert strangers(world, "teacher") == []
    assert NAMES["released"] not in strangers(world, "observer")
    assert world.cast.student.name not in strangers(world, "observer")
    assert NAMES["released"] in strangers(world, "limited")
    assert NAMES["submitted"] not in strangers(world, "limited")
    assert NAMES["picked"] not in strangers(world, "picked")
    assert len(strangers(world, "designer")) == len(NAMES) + 3
