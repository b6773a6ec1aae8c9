"""The parts of a page that carry meaning: trail, dates, changes, scale, autosave."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from flask import Flask, g, render_template_string

DUE = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


def rendered(app: Flask, source: str, **values: object) -> BeautifulSoup:
    with app.test_request_context():
        g.zone = "America/Chicago"
        return BeautifulSoup(render_template_string("{% import 'ui/m.html' as m %}" + source, **values), "html.parser")


@pytest.mark.parametrize(("kind", "drawn"), [("choose", 0), ("propose", 1), ("talk", 2), ("work", 3)])
def test_the_own_path_is_drawn_as_far_as_the_student_is(app: Flask, kind: str, drawn: int) -> None:
    trail = rendered(app, "{{ m.trail(kind) }}", kind=kind)
    assert len(trail.select(".mine.drawn")) == drawn
    assert len(trail.select(".mine.todo")) == 3 - drawn


def test_only_the_end_has_a_star(app: Flask) -> None:
    assert not rendered(app, "{{ m.trail('work') }}").select("path.me")
    assert rendered(app, "{{ m.trail('done') }}").select("path.me")


@pytest.mark.parametrize(("letter", "rail"), [("A", 0), ("B", 1), ("C", 0), ("D", 1)])
def test_a_given_way_marks_its_rail_and_leaves_the_third_path_away(app: Flask, letter: str, rail: int) -> None:
    trail = rendered(app, "{{ m.trail('work', letter, 4) }}", letter=letter)
    (mine,) = trail.select(".mine")
    assert mine in trail.select("g")[rail].select("path")
    assert [node.get_text() for node in trail.select("text")] == ["A", "C", "B", "D"]
    assert trail.select_one("circle.me + text") == trail.find("text", string=letter)


def test_without_own_ideas_there_is_no_third_path(app: Flask) -> None:
    assert not rendered(app, "{{ m.trail('choose', own=false) }}").select(".mine")


def test_a_date_says_where_it_lies_and_when(app: Flask) -> None:
    row = rendered(app, "{{ m.date('now', 'Pick a way', due, 'in 3 days') }}", due=DUE).li
    assert row is not None
    assert row.get_text(" ", strip=True) == "Next: Pick a way Fri, Nov 20, 6:00 pm in 3 days"
    assert row.time is not None
    assert row.time["datetime"] == "2026-11-20T18:00-06:00"


def test_changes_are_said_not_only_shown(app: Flask) -> None:
    page = rendered(app, "{{ m.changes('We play it twice', 'We play it <b>once</b> a day') }}")
    assert page.b is None
    assert page.get_text() == "We play it Removed: twice Added: <b>once</b> a day"


def test_a_scale_names_each_level_and_shows_the_chosen_words(app: Flask) -> None:
    levels = [(0, "Not yet", "No data"), (2, "Got it", "Data back the claim")]
    scale = rendered(app, "{{ m.scale('c1', 'Numbers', levels, 2) }}", levels=levels)
    radios = scale.select("input[name=c1]")
    assert [radio["aria-label"] for radio in radios] == ["0: Not yet. No data", "2: Got it. Data back the claim"]
    assert [radio.has_attr("checked") for radio in radios] == [False, True]
    assert [words["data-of"] for words in scale.select(".level-words")] == ["1", "2"]


def test_a_form_that_saves_itself_carries_its_words(app: Flask) -> None:
    form = rendered(app, "<form {{ m.autosave('/draft?a=1&b=2', due) }}></form>", due=DUE).form
    assert form is not None
    assert form["data-autosave"] == "/draft?a=1&b=2"
    assert form["data-saved-at"] == "6:00 pm"
    assert form["data-not-saved-since"] == "Not saved since {time}: {why}. Keep this page open"


def test_before_the_first_save_the_status_is_empty_but_there(app: Flask) -> None:
    status = rendered(app, "{{ m.saved() }}").select_one("[role=status]")
    assert status is not None
    assert not status.get_text(strip=True)
