"""Who needs a look, why, and since when. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from personalization.activity.model import Activity
from personalization.board.standing import Line
from personalization.board.watch import DAY_MINUTES, Kind, Look, Seen, Watch, looks, span
from personalization.choice.message import Message
from personalization.choice.model import Choice, Rule, Way
from personalization.people.model import Course, Person, Role
from personalization.proposal.model import Proposal, Status, Version, Words
from personalization.submission.model import Submission

NOON = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OKAFOR = Person(id=1, course_id=1, user_id=1, role=Role.TEACHER, given_name="Ms. Okafor", full_name="Ms. Okafor")
NOTHING = Seen(help={}, answered={})


def make_line(number: int = 2, *, opened: bool = True) -> Line:
    """Open since NOON; ideas until 4 days, ways settled in 8, work due in 20 and closed in 25."""
    course = Course(id=1, context_id=1, title="Biology 9B", label="", lms="", zone="America/Chicago")
    activity = Activity.draft(course, OKAFOR, NOON)
    activity.opens = activity.published_at = NOON
    activity.propose_by, activity.accept_by, activity.pick_by = NOON + 4 * DAY, NOON + 6 * DAY, NOON + 8 * DAY
    activity.work_due, activity.lock = NOON + 20 * DAY, NOON + 25 * DAY
    student = Person(id=number, course=course, user_id=number, role=Role.STUDENT, full_name=f"Student {number}")
    student.first_seen_at = NOON - DAY
    choice = Choice.for_student(activity, student, NOON)
    choice.id, choice.opened_at = number, NOON if opened else None
    return Line(choice)


def with_idea(line: Line, status: Status, sent: bool = False) -> Line:
    idea = Proposal(id=line.choice.id, choice=line.choice, status=status, started_at=NOON, reply_until=NOON + 9 * DAY)
    idea.versions = [Version.of(1, Words(title="A card game"), line.student, NOON)]
    idea.versions[0].sent_at = NOON if sent else None
    line.proposals = [idea]
    return line


def on_a_way(line: Line, *, draft: bool = False) -> Line:
    line.choice.settle(line.choice.activity.options[0], Way.PICKED, line.student, NOON)
    if draft:
        line.submissions = [Submission.start(line.choice, None, NOON)]
    return line


def look(line: Line, after: timedelta, seen: Seen = NOTHING, **limits: int) -> Look | None:
    watch = Watch.usual(1)
    for name, value in limits.items():
        setattr(watch, name, value)
    found = looks([line], seen, watch, NOON + after)
    return found[0] if found else None


def kind(line: Line, after: timedelta, seen: Seen = NOTHING, **limits: int) -> Kind | None:
    found = look(line, after, seen, **limits)
    return found.kind if found else None


def test_not_opened_for_so_many_days() -> None:
    line = make_line(opened=False)
    assert kind(line, 1 * DAY) is None
    assert kind(line, 2 * DAY) is Kind.UNOPENED
    assert kind(line, 2 * DAY, unopened_days=3) is None


def test_somebody_new_is_counted_from_when_they_came() -> None:
    line = make_line(opened=False)
    line.student.first_seen_at = NOON + DAY
    assert kind(line, 2 * DAY) is None
    assert kind(line, 3 * DAY) is Kind.UNOPENED


def test_no_idea_shortly_before_the_end() -> None:
    line = make_line()
    assert kind(line, 2 * DAY) is None
    assert kind(line, 3 * DAY) is Kind.STUCK
    assert kind(line, 2 * DAY, idea_days=2) is Kind.STUCK
    assert kind(with_idea(make_line(), Status.DRAFT), 3 * DAY - timedelta(hours=1)) is None


def test_without_own_ideas_the_end_of_picking_counts() -> None:
    line = make_line()
    line.choice.activity.own_idea = False
    line.choice.propose_by = line.choice.accept_by = None
    assert kind(line, 3 * DAY) is None
    assert kind(line, 7 * DAY) is Kind.STUCK


def test_a_draft_that_stands_still_in_days_or_in_minutes_of_a_lesson() -> None:
    idea, work = with_idea(make_line(), Status.DRAFT), on_a_way(make_line(), draft=True)
    for line in (idea, work):
        assert kind(line, timedelta(minutes=20)) is None
        found = look(line, timedelta(minutes=20), still_minutes=15)
        assert found is not None
        assert (found.kind, found.why, found.since) == (Kind.STUCK, "Nothing new in the draft for 20 minutes", NOON)
    assert kind(work, 3 * DAY) is Kind.STUCK


def test_an_answer_without_a_reply() -> None:
    line = with_idea(make_line(), Status.REVISING, sent=True)
    seen = Seen(help={}, answered={line.proposals[0].id: NOON + DAY})
    assert kind(line, 2 * DAY, seen) is None
    assert kind(line, 3 * DAY, seen) is Kind.STUCK
    assert kind(line, 3 * DAY) is None  # nobody has answered it


def test_an_idea_waits_and_is_overdue_once_the_clock_has_said_so() -> None:
    line = with_idea(make_line(), Status.SUBMITTED, sent=True)
    assert kind(line, DAY) is Kind.ANSWER
    line.choice.unanswered_at = NOON + 6 * DAY
    found = look(line, 7 * DAY)
    assert found is not None
    assert (found.kind, found.badge.tone, found.badge.word) == (Kind.OVERDUE, "alarm", "Answer overdue")


def test_the_list_of_the_clock_who_has_no_way_and_who_handed_nothing_in() -> None:
    nowhere = make_line()
    nowhere.choice.unplace(NOON + 9 * DAY)
    assert kind(nowhere, 9 * DAY) is Kind.UNPLACED
    late = on_a_way(make_line())
    assert kind(late, 24 * DAY) is None
    assert kind(late, 26 * DAY) is Kind.CLOSED


def test_placed_automatically_until_it_was_seen() -> None:
    line = make_line()
    line.choice.place_by_rule(line.choice.activity.options[0], Rule.PLAN_B, NOON + 8 * DAY)
    assert kind(line, 9 * DAY) is Kind.PLACED
    assert kind(line, 9 * DAY, Seen({}, {}, until=NOON + 9 * DAY)) is None
    assert kind(line, 9 * DAY, Seen({}, {}, until=NOON + 7 * DAY)) is Kind.PLACED


def test_a_call_for_help_comes_before_everything_also_from_who_is_excused() -> None:
    line = with_idea(make_line(), Status.SUBMITTED, sent=True)
    line.choice.unanswered_at = NOON + 6 * DAY
    call = Message(choice=line.choice, by=line.student, text="Where does it go?", at=NOON + 6 * DAY, waits=True)
    seen = Seen(help={line.choice.id: call}, answered={})
    found = look(line, 7 * DAY, seen)
    assert found is not None
    assert (found.kind, found.why) == (Kind.HELP, "“Where does it go?”")
    line.choice.excuse("Was ill.", OKAFOR, NOON)
    assert kind(line, 7 * DAY, seen) is Kind.HELP
    assert kind(line, 7 * DAY) is None
    line.student.left_at = NOON
    assert kind(line, 7 * DAY, seen) is None


def test_the_most_urgent_first_and_the_oldest_of_a_kind() -> None:
    unopened, asked, nowhere = make_line(2, opened=False), make_line(3), make_line(4)
    with_idea(asked, Status.SUBMITTED, sent=True)
    nowhere.choice.unplace(NOON + DAY)
    older = make_line(5)
    older.choice.unplace(NOON)
    found = looks([unopened, asked, nowhere, older], NOTHING, Watch.usual(1), NOON + 3 * DAY)
    assert [one.line.choice.id for one in found] == [5, 4, 3, 2]


def test_before_it_opens_nobody_is_stuck() -> None:
    line = make_line(opened=False)
    line.choice.activity.opens = NOON + 30 * DAY
    assert kind(line, 5 * DAY) is None


def test_seen_is_kept_by_activity() -> None:
    watch = Watch.usual(1)
    watch.see(7, NOON)
    assert (watch.seen_at(7), watch.seen_at(8)) == (NOON, None)


@pytest.mark.parametrize(
    ("length", "words"),
    [(0, "a minute"), (14, "14 minutes"), (60, "an hour"), (150, "2 hours"), (DAY_MINUTES, "a day"), (4000, "2 days")],
)
def test_a_span_in_its_largest_unit(length: int, words: str) -> None:
    assert span(timedelta(minutes=length)) == words
