"""The life of Biology 9B up to today, played through the pages as its people would press them.

The tool's database is never touched: whatever a page no longer offers makes the story break off, and its test fail.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from demo.clock import SCHOOL_ZONE
from demo.story.page import Broken
from demo.story.plot import COURSE, STUDENTS, TEACHER, Scene, scenes
from demo.story.visitor import Visitor

__all__ = ["COURSE", "Broken", "Visitor", "play"]


def play(lms_url: str, set_clock: Callable[[timedelta], None]) -> str:
    """Play all scenes, each at its own time of the tool; one sentence about how it ended.

    `set_clock` says how far the tool's time is from real time; at the end it is real time again.

    Raises:
        Broken: a page was not as the story needs it.
    """
    people: dict[str, Visitor] = {}
    today = datetime.now(SCHOOL_ZONE)
    try:
        for scene in scenes(today):
            set_clock(_moment(scene, today) - datetime.now(UTC))
            _play(scene, people, lms_url)
    finally:
        set_clock(timedelta())
    teacher = people[TEACHER]
    teacher.open_course_page()
    return f"{COURSE} lives: {STUDENTS} students, and {TEACHER} reads “{teacher.page.heading}”"


def _play(scene: Scene, people: dict[str, Visitor], lms_url: str) -> None:
    try:
        if scene.who not in people:
            visitor = Visitor(lms_url, scene.who)
            visitor.arrive(COURSE)
            people[scene.who] = visitor
        scene.act(people[scene.who])
    except Broken as broken:
        raise Broken(f"{scene.who}, day {scene.day}, {scene.clock}: {broken}") from broken


def _moment(scene: Scene, today: datetime) -> datetime:
    day = today.date() + timedelta(days=scene.day)
    return datetime.combine(day, time.fromisoformat(scene.clock), SCHOOL_ZONE)
