"""Biology 9B after its story: everybody stands where the story says, in the tool and in the school's gradebook; and
`python -m demo` as a command, in that school."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

import demo.run
import demo.story
from demo.clock import SCHOOL_ZONE, read_offset
from demo.run import LMS_PORT, TOOL_PORT, Demo
from demo.store import Cell, Course
from demo.story import Broken, Visitor, acts, play
from demo.story.designs import ENERGY, MUSEUM, PRACTICE, SEEDS
from demo.story.plot import ASSISTANT, COURSE, SCORES, STANDINGS, STUDENTS, TEACHER, Scene, scenes
from demo.tool_process import CHECKOUT

PORTS = (TOOL_PORT, LMS_PORT)  # the command's own, so that it finds this school; no other test's demo looks there
DELIVERY_SECONDS = 40.0
OPENED_ONLY = {"Leilani Kealoha", "Tariq Aziz"}
NEVER_OPENED = {"Elias Novak", "Greta Hoffmann", "Oliver Grant"}

Plain = dict[str, Any]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, list[str]]]:
    said: list[str] = []
    with Demo(tmp_path_factory.mktemp("story"), story=True, ports=PORTS, say=said.append) as running:
        yield running, said


@pytest.fixture(scope="module")
def course(lived: tuple[Demo, list[str]]) -> Plain:
    """What `flask export` says of it."""
    with Session(lived[0].school.engine) as session:
        context_id = session.scalars(select(Course.context_id).where(Course.title == COURSE)).one()
    exported: Plain = json.loads(lived[0].run_flask("export", "--course", context_id, "--format", "json"))
    return exported


def _choices(course: Plain, title: str) -> dict[str, Plain]:
    """{name of the student: their line}"""
    names = {person["id"]: person["name"] for person in course["people"]}
    (activity,) = (one for one in course["activities"] if one["title"] == title)
    return {names[choice["student"]]: choice for choice in activity["choices"]}


def test_the_story_ends_and_says_so(lived: tuple[Demo, list[str]]) -> None:
    running, said = lived
    assert running.broken_story == ""
    waiting = f"{TEACHER} reads “18 things wait for you”"
    assert said[-1] == f"6/6 {COURSE} lives: {STUDENTS} students, and {waiting}"
    assert read_offset(running.clock_file) == timedelta(), "the tool is back in real time"


@pytest.mark.parametrize("title", [ENERGY.title, PRACTICE.title, SEEDS.title])
def test_everybody_stands_where_the_story_says(course: Plain, title: str) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for name, choice in _choices(course, title).items():
        found[choice["standing"]].add(name)
    assert sum(len(names) for names in found.values()) == STUDENTS
    found.pop("exploring", None)
    assert found == STANDINGS[title]


def test_some_have_looked_around_and_some_not(course: Plain) -> None:
    exploring = {n: c for n, c in _choices(course, ENERGY.title).items() if c["standing"] == "exploring"}
    assert {name for name, choice in exploring.items() if choice["opened_at"]} == OPENED_ONLY
    assert {name for name, choice in exploring.items() if not choice["opened_at"]} == NEVER_OPENED


@pytest.mark.parametrize(
    ("name", "statuses", "outcomes", "versions"),
    [
        ("Amara Diallo", ["submitted"], ["ask for revision"], 2),
        ("Linh Phạm", ["submitted"], [], 1),
        ("Yusuf Demir", ["sent back", "draft"], ["send back"], 1),
        ("Inés Carvalho", ["offered"], ["accept with edits"], 2),
        ("Priya Raman", ["accepted"], ["accept"], 1),
    ],
)
def test_ideas_are_talked_about(
    course: Plain, name: str, statuses: list[str], outcomes: list[str], versions: int
) -> None:
    proposals = _choices(course, ENERGY.title)[name]["proposals"]
    assert [proposal["status"] for proposal in proposals] == statuses
    decisions = proposals[0]["decisions"]
    assert [decision["outcome"] for decision in decisions] == outcomes
    assert all(decision["reason"] for decision in decisions)
    assert len(proposals[0]["versions"]) == versions


def test_ideas_wait_since_different_days(course: Plain) -> None:
    waiting = [c["proposals"][-1] for c in _choices(course, ENERGY.title).values() if c["proposals"]]
    sent = [p["versions"][-1]["sent_at"] for p in waiting if p["status"] == "submitted"]
    assert len(sent) == 7
    assert len({_local(moment).date() for moment in sent}) == 4


def test_a_half_written_idea_is_kept(course: Plain) -> None:
    draft = _choices(course, ENERGY.title)["Yusuf Demir"]["proposals"][1]["versions"][0]
    assert draft["title"] == "A farm that runs on pond rules"
    assert draft["sent_at"] is None


def test_all_kinds_of_evidence_are_handed_in(course: Plain) -> None:
    works = [go for choice in _choices(course, ENERGY.title).values() for go in choice["submissions"]]
    evidence = [item for go in works for item in go["evidence"]]
    assert {item["media_type"] for item in evidence if item["kind"] == "file"} == {"image/png", "application/pdf"}
    assert sum(item["kind"] == "link" for item in evidence) == 3
    assert any(go["text"] and not go["evidence"] and go["handed_in_at"] for go in works)


def test_marks_are_by_teacher_and_assistant(course: Plain) -> None:
    choices, names = _choices(course, ENERGY.title), {person["id"]: person["name"] for person in course["people"]}
    ready, released = choices["Aisha Rahman"]["submissions"][0], choices["Mia Thompson"]["submissions"][0]
    assert names[ready["grade"]["marked_by"]] == ASSISTANT
    assert names[released["grade"]["marked_by"]] == TEACHER
    assert "no numbers yet" in choices["Ravi Patel"]["submissions"][0]["return_reason"]
    assert choices["Mia Thompson"]["way"] == "agreed"


def test_it_began_nine_days_ago_and_is_not_over(course: Plain) -> None:
    (energy,) = (one for one in course["activities"] if one["title"] == ENERGY.title)
    today, dates = datetime.now(SCHOOL_ZONE).date(), energy["dates"]
    assert (today - _local(energy["published_at"]).date()).days in {9, 10}, "10 where midnight fell into the story"
    ahead = [dates[name] for name in ("propose_by", "answer_by", "accept_by", "pick_by", "work_due")]
    assert all(_local(moment) > datetime.now(UTC) for moment in ahead), "a visitor can still do everything"
    own = {name: choice["dates"]["propose_by"] for name, choice in _choices(course, ENERGY.title).items()}
    assert own.pop("Greta Hoffmann") > dates["propose_by"]
    assert set(own.values()) == {dates["propose_by"]}, "nobody is late"


def _verbs(choice: Plain) -> list[str]:
    return [event["verb"] for event in choice["events"]]


def test_time_has_done_its_part(course: Plain) -> None:
    choices = _choices(course, SEEDS.title)
    placed, called, listed = choices["Oliver Grant"], choices["Leilani Kealoha"], choices["Elias Novak"]
    assert (placed["rule"], placed["badge"]) == ("plan b", "Placed automatically")
    assert placed["events"][-1]["detail"] == {"option": MUSEUM, "rule": "plan b"}
    assert [verb for verb in _verbs(placed) if verb in {"expired", "must pick", "placed"}] == [
        "expired",
        "must pick",
        "placed",
    ]
    assert _verbs(called)[-2:] == ["unanswered", "last call"]
    assert _local(called["dates"]["pick_by"]) > datetime.now(SCHOOL_ZONE), "she can still pick"
    assert _verbs(listed)[-1] == "unplaced"


def test_the_teacher_has_given_time(course: Plain) -> None:
    (seeds,) = (one for one in course["activities"] if one["title"] == SEEDS.title)
    choices, dates = _choices(course, SEEDS.title), seeds["dates"]
    more, arranged, excused = choices["Tariq Aziz"], choices["Greta Hoffmann"], choices["Dmitri Volkov"]
    assert list(more["extended"]) == ["pick_by"]
    assert more["dates"]["pick_by"] > datetime.now(UTC).isoformat() > dates["pick_by"]
    assert more["dates"]["work_due"] == dates["work_due"]
    assert arranged["dates"]["work_due"] > dates["work_due"]
    assert arranged["option_since"] > dates["pick_by"], "she picked when it was over for the class"
    assert (arranged["rule"], excused["way"]) == (None, None)
    assert excused["events"][-1]["detail"] == {"reason": "You show your own seeds at the county fair."}


def test_people_wait_for_a_word(lived: tuple[Demo, list[str]], course: Plain) -> None:
    choices = _choices(course, ENERGY.title)
    assert _verbs(choices["Nia Roberts"])[-1] == "asked for help"
    assert _verbs(choices["Priya Raman"])[-1] == "change asked"
    teacher = Visitor(lived[0].lms_url, TEACHER)
    teacher.arrive(COURSE)
    teacher.open_course_page()
    assert "2 alike ideas: “Repair manual for a broken pond”" in teacher.page.words
    assert "Which number tells you that" in teacher.page.words, "a reply is kept"
    teacher.open(ENERGY.title)
    assert "2 dates are earlier in Canvas" in teacher.page.words, "for the class, and for Greta"


def test_the_assistant_sees_one_section(lived: tuple[Demo, list[str]]) -> None:
    assistant = Visitor(lived[0].lms_url, ASSISTANT)
    assistant.arrive(COURSE)
    assistant.open(ENERGY.title)
    assert "Amara Diallo" in assistant.page.words
    assert "Linh Phạm" not in assistant.page.words


def test_the_school_holds_the_released_grades_and_no_other(lived: tuple[Demo, list[str]]) -> None:
    until = time.monotonic() + DELIVERY_SECONDS
    while _scores(lived[0]) != SCORES:
        assert time.monotonic() < until, f"the gradebook holds {_scores(lived[0])}"
        time.sleep(0.2)


def test_the_school_knows_what_needs_grading(lived: tuple[Demo, list[str]]) -> None:
    standings = STANDINGS[ENERGY.title]
    expected = standings["handed_in"] | standings["ready"] | standings["returned"]
    until = time.monotonic() + DELIVERY_SECONDS
    while _in_state(lived[0], "needs grading") != expected:
        assert time.monotonic() < until, f"need grading: {_in_state(lived[0], 'needs grading')}"
        time.sleep(0.2)


def test_it_is_lived_once(lived: tuple[Demo, list[str]], course: Plain) -> None:
    assert lived[0].live() == f"{COURSE} is as it was left; --fresh begins its life anew"
    assert len(course["activities"]) == 3


def test_a_story_that_breaks_off_stops_no_demo(lived: tuple[Demo, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> str:
        raise Broken("no such button")

    monkeypatch.setattr(demo.run, "COURSE", "Biology 9A")  # it has no activity
    monkeypatch.setattr(demo.run, "play", broken)
    assert lived[0].live() == "Biology 9A stopped in the middle of its life, all else works: no such button"
    assert lived[0].broken_story == "no such button"
    lived[0].broken_story = ""


def test_a_broken_scene_is_named_and_the_clock_goes_back(
    lived: tuple[Demo, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    offsets: list[timedelta] = []

    def press_nothing(visitor: Visitor) -> None:
        visitor.press("Fly away")

    monkeypatch.setattr(demo.story, "scenes", lambda _today: [Scene(-3, "07:30", "Wren Castillo", press_nothing)])
    with pytest.raises(Broken, match=r"^Wren Castillo, day -3, 07:30: “Biology 9B” at .* 'Fly away'"):
        play(lived[0].lms_url, offsets.append)
    assert timedelta(days=-4) < offsets[0] < timedelta(days=-2)
    assert offsets[1:] == [timedelta()]


def test_a_refusal_breaks_the_story_off(lived: tuple[Demo, list[str]]) -> None:
    student = Visitor(lived[0].lms_url, "Greta Hoffmann")
    student.arrive(COURSE)
    with pytest.raises(Broken, match="Pick one of the ways first"):
        _go_on_without_a_way(student)
    with pytest.raises(Broken, match="'Answer Amara Diallo'"):
        acts.answer("Amara Diallo", "accept", "")(student)
    student.to_course()
    with pytest.raises(Broken, match="has no frame"):
        student.enter_frame()


def test_the_command_goes_on_with_what_was_lived_and_ends_in_good_order(lived: tuple[Demo, list[str]]) -> None:
    lived[0].stop()
    root = lived[0].folder.parent
    with subprocess.Popen(
        [sys.executable, "-m", "demo"], cwd=CHECKOUT, env={"DEMO_DIR": str(root)}, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        lines = []
        for line in iter(process.stdout.readline, b""):
            lines.append(line.decode())
            if "Ctrl+C stops" in lines[-1]:
                break
        assert f"1/6 State lies in {lived[0].folder}\n" in lines
        assert f"6/6 {COURSE} is as it was left; --fresh begins its life anew\n" in lines
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, "".join(lines)
        assert process.stdout.read().decode().endswith("Stopped.\n")
    tool = next(line.split()[-1] for line in lines if line.startswith("4/6"))
    with pytest.raises(requests.ConnectionError):
        requests.get(tool, timeout=2)


def test_a_school_that_is_away_breaks_the_story_off() -> None:
    with pytest.raises(Broken, match="does not answer"):
        Visitor("http://localhost:9", TEACHER).arrive()


def test_scenes_are_in_order_and_none_is_still_to_come() -> None:
    all_of_them = list(scenes(datetime.now(SCHOOL_ZONE)))
    assert len(all_of_them) > 110
    assert [one[:2] for one in all_of_them] == sorted(one[:2] for one in all_of_them)
    assert all(one.day < 0 for one in all_of_them)


def _go_on_without_a_way(student: Visitor) -> None:
    student.open(ENERGY.title)
    student.press("Go on with this way")


def _local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(SCHOOL_ZONE)


def _cells(session: Session) -> list[Cell]:
    columns = session.scalars(select(Course).where(Course.title == COURSE)).one().columns
    assert {(column.label, column.maximum) for column in columns} == {(ENERGY.title, 16), (SEEDS.title, 12)}
    (column,) = (one for one in columns if one.label == ENERGY.title)
    return column.cells


def _scores(running: Demo) -> dict[str, float]:
    with Session(running.school.engine) as session:
        return {cell.person.name: cell.score for cell in _cells(session) if cell.score is not None}


def _in_state(running: Demo, state: str) -> set[str]:
    with Session(running.school.engine) as session:
        return {cell.person.name for cell in _cells(session) if cell.state == state}
