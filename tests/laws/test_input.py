"""Whatever a form is sent: never a broken page, never half a change, and what somebody typed comes back to them.

Every good press is tried with fields left out, of the wrong kind, hostile and huge, on every database: what one of them
cannot keep has to be refused before any is asked.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from engine import clock
from tests.laws.browsing import Database, Rows, Visitor
from tests.laws.desk import SCRIPT, Desk
from tests.laws.endpoints import CLOSED
from tests.laws.markup import header_faults, page_of
from tests.laws.presses import Press, presses
from tests.laws.world import MOMENTS, World

TEXTS: dict[str, object] = {
    "markup": f"{SCRIPT}<img src=x onerror=alert(1)> '); DROP TABLE person; -- %(name)s %s {{{{ 7 * 7 }}}} ${{x}}",
    "signs": "Zoë 👩🏽‍🔬 ﷽ e\u0301",
    "directions": "\u202eidea\u2066 \u200b\ufeff",
    "nul": "a\0b",
    "control": "\x1b[31m\x08",
    "half": "\ud83d",
    "spaces": " \t\r\n ",
    "huge": "x" * 1_000_000,
    "twice": ["one", "two"],
}
PICKS: tuple[object, ...] = (
    "",
    "-1",
    "2147483648",
    str(10**30),
    "NaN",
    "²",
    "a\0b",
    "\ud83d",
    SCRIPT,
    "9999-12-31T23:59",
    "x" * 100_000,
    ["1", "2"],
)
SLICES = (
    "people",
    "accommodation",
    "activity",
    "choice",
    "proposal",
    "board",
    "submission",
    "grading",
    "notice",
    "archive",
)


@pytest.fixture
def desk(app: Flask, world: World, database: Database) -> Iterator[Desk]:
    with clock.at(MOMENTS["ideas"]):
        yield Desk(app, world, database)


def of(room: str, world: World) -> list[Press]:
    return [press for press in presses(world) if press.endpoint.startswith(f"{room}.")]


@pytest.mark.one_database
def test_every_button_has_a_good_press(world: World) -> None:
    """A form that nobody put here would be tried by no law of this file."""
    pressed = {press.endpoint for press in presses(world)}
    assert pressed == {name for name, endpoint in CLOSED.items() if "POST" in endpoint.methods}


@pytest.mark.parametrize("room", SLICES)
def test_a_good_press_is_taken_and_changes_something(desk: Desk, room: str) -> None:
    """What the laws below spoil has to be good to begin with."""
    for press in of(room, desk.world):
        answer = desk.press(press, press.form, "as it should be")
        if answer.status_code not in {200, 303}:
            desk.faults.append(f"{press.endpoint} {press.row}: {answer.status_code} {words_of(answer)}")
        if (
            desk.database.rows() == desk.start
            and press.endpoint != "people.choose_role"
            and "insert" not in press.picks
        ):
            desk.faults.append(f"{press.endpoint} {press.row} changed nothing")
        desk.restore()
    assert not desk.faults, "\n".join(desk.faults)


def words_of(answer: TestResponse) -> str:
    """What the page says is wrong, for whoever reads why this failed."""
    return " ".join(page_of(answer.text).alarms) if answer.mimetype == "text/html" else answer.text


@pytest.mark.one_database("postgresql")  # the stricter of the two about signs and numbers
@pytest.mark.parametrize("room", SLICES)
def test_hostile_words_are_kept_as_words_or_refused(desk: Desk, room: str) -> None:
    for press in of(room, desk.world):
        if not press.texts:
            continue
        for kind, text in TEXTS.items():
            fields = list(press.texts)[:1] if kind == "huge" else press.texts
            answer = desk.press(press, {**press.form, **dict.fromkeys(fields, text)}, f"all {kind}")
            if answer.status_code < 400 and kind == "markup":
                desk.look_around(press, f"{press.endpoint} {press.row} all {kind}")
            desk.restore()
    assert not desk.faults, "\n".join(desk.faults)


@pytest.mark.one_database("postgresql")  # the stricter of the two about signs and numbers
@pytest.mark.parametrize("room", SLICES)
def test_what_a_page_fills_in_is_not_believed(desk: Desk, room: str) -> None:
    tried = set()
    for press in of(room, desk.world):
        for name in press.picks:
            for value in () if (name, press.autosave) in tried else PICKS:
                what = f"{name}={str(value)[:30]!r}"
                answer = desk.press(press, {**press.form, name: value}, what)
                if answer.status_code < 400:
                    desk.look_behind(press, answer, what)
                desk.restore()
            tried.add((name, press.autosave))
    assert not desk.faults, "\n".join(desk.faults)


@pytest.mark.one_database
@pytest.mark.parametrize("room", SLICES)
def test_a_missing_field_is_named_on_a_page_that_keeps_the_laws(desk: Desk, room: str) -> None:
    """One at a time, and all at once."""
    for press in of(room, desk.world):
        forms = [{name: value for name, value in press.form.items() if name != gone} for gone in press.form]
        for form in [*forms, {}]:
            what = f"without {', '.join(press.form.keys() - form.keys())}"
            answer = desk.press(press, form, what)
            if answer.mimetype == "text/html" and answer.status_code != 303:
                faults = [*page_of(answer.text).faults, *header_faults(answer)]
                desk.faults += [
                    f"{press.endpoint} {press.row} {what}: {answer.status_code}: {fault}" for fault in faults
                ]
            desk.restore()
    assert not desk.faults, "\n".join(desk.faults)


@pytest.mark.one_database
@pytest.mark.parametrize("room", SLICES)
def test_the_same_press_twice_ends_as_once(desk: Desk, room: str) -> None:
    """A double click, a reload, a slow network: what the second one finds is refused or the same."""
    for press in of(room, desk.world):
        desk.press(press, press.form, "once")
        once = shape(desk.rows)
        again = desk.press(press, press.form, "once more")
        twice = shape(desk.rows)
        if again.status_code >= 500 or once != twice:
            grew = {name: (once[name], twice[name]) for name in once if once[name] != twice[name]}
            desk.faults.append(f"{press.endpoint} {press.row} twice: {again.status_code} {grew}")
        desk.restore()
    assert not desk.faults, "\n".join(desk.faults)


def shape(rows: Rows) -> dict[str, int]:
    """How many rows each table holds: a second one of anything is what a double press makes. That something was pressed
    twice is what the audit log is to say."""
    return {table: len(found) for table, found in rows.items() if table != "audit"}


@pytest.mark.parametrize("number", [str(2**31), str(2**63), str(10**30), "0"])
def test_an_id_beyond_all_rows_is_not_there(desk: Desk, number: str) -> None:
    """Also where a database has no such number at all."""
    visitor, faults = Visitor(desk.app, desk.world.cast.teacher), []
    for name, endpoint in CLOSED.items():
        parts = [number if part.startswith("<") else part for part in endpoint.rule.split("/")]
        for method in endpoint.methods.split():
            address = "/".join(parts)
            answer = visitor.get(address) if method == "GET" else visitor.post(address)
            if answer.status_code not in {403, 404}:
                faults.append(f"{method} {name}: {answer.status_code}")
    assert faults == []


@pytest.mark.parametrize(
    "query",
    [
        "launch=%00",
        "launch=" + "x" * 5_000,
        "link=%00",
        "link=one",
        f"link={10**30}",
        "link=-1",
        "link=%C2%B2",
        "link=0",
    ],
)
def test_a_made_up_way_in_is_not_there(desk: Desk, query: str) -> None:
    visitor = Visitor(desk.app, desk.world.cast.teacher)
    answer = visitor.get(f"/courses/{desk.world.cast.course_id}/activities/new?{query}")
    assert answer.status_code == 404


@pytest.mark.one_database
def test_a_form_that_is_none_breaks_nothing(desk: Desk) -> None:
    """Bodies that are not what their header says; every form of the tool reads the token from them first."""
    visitor = Visitor(desk.app, desk.world.cast.teacher)
    address = f"/activities/{desk.world.activities['draft']}/design"
    for kind in ("application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain", "", "x"):
        for body in (
            b"",
            b"{",
            b"\x00\xff" * 50,
            b"--x\r\nContent-Disposition: form-data\r\n\r\n",
            b"a=" + b"b" * 3_000_000,
        ):
            answer = visitor.client.post(address, data=body, content_type=kind)
            assert answer.status_code in {400, 413, 422}, (kind, body[:20])
    assert desk.database.rows() == desk.start


@pytest.mark.one_database
def test_odd_headers_break_no_page(desk: Desk) -> None:
    visitor = Visitor(desk.app, desk.world.students["released"])
    for headers in (
        {"Accept-Language": "xx-%%,en_!;q=nonsense,*"},
        {"Accept-Language": "x" * 3_000},
        {"Range": "bytes=9-1,--"},
        {"X-Autosave": "\u00ff"},
        {"Referer": "http://[::1"},
        {"HX-Request": "true"},
    ):
        answer = visitor.get(f"/activities/{desk.world.activities['pond']}/grade", **headers)
        assert answer.status_code == 200, headers
