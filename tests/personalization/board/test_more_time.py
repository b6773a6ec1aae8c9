"""What "two days more" means for one student. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from personalization.activity.model import Activity
from personalization.board.more_time import as_sent, days_lost, later, meant, named
from personalization.choice.model import Choice, Way
from personalization.people.model import Course, Person, Role

TZ = ZoneInfo("America/Chicago")
NOON = datetime(2026, 10, 30, 17, 0, tzinfo=UTC)  # Friday; clocks change on Sunday
DAY = timedelta(days=1)
OKAFOR = Person(id=1, course_id=1, user_id=1, role=Role.TEACHER, given_name="Ms. Okafor", full_name="Ms. Okafor")


def make_choice() -> Choice:
    course = Course(id=1, context_id=1, title="Biology 9B", label="", lms="", zone="America/Chicago")
    activity = Activity.draft(course, OKAFOR, NOON)
    activity.opens, activity.published_at = NOON - DAY, NOON - DAY
    for number, name in enumerate(("propose_by", "answer_by", "accept_by", "pick_by", "work_due"), 1):
        setattr(activity, name, NOON + number * DAY)
    student = Person(id=2, course=course, user_id=2, role=Role.STUDENT, full_name="Amara Diallo")
    student.first_seen_at = NOON - 9 * DAY
    return Choice.for_student(activity, student, NOON)


def test_without_a_way_the_time_is_for_settling_one_and_then_for_the_work() -> None:
    choice = make_choice()
    assert meant(choice) == ("propose_by", "accept_by", "pick_by")
    choice.settle(choice.activity.options[0], Way.PICKED, choice.student, NOON)
    assert meant(choice) == ("work_due",)
    assert meant(choice, reopening=True) == ("propose_by", "accept_by", "pick_by")


def test_days_are_counted_on_the_wall_clock_of_the_course() -> None:
    evening = datetime(2026, 10, 30, 18, 0, tzinfo=TZ).astimezone(UTC)
    given = later({"work_due": evening}, 3, NOON, TZ)["work_due"]
    assert given.astimezone(TZ).replace(tzinfo=None) == datetime(2026, 11, 2, 18, 0)  # noqa: DTZ001  # the wall clock
    assert given - evening == timedelta(days=3, hours=1)


def test_what_is_over_is_counted_from_today_and_the_same_press_twice_says_the_same() -> None:
    had = {"work_due": NOON - 10 * DAY}
    once = later(had, 2, NOON, TZ)
    assert once["work_due"] > NOON + DAY
    assert later(had, 2, NOON + timedelta(seconds=3), TZ) == once


def test_only_days_that_differ_from_what_they_have_are_taken_from_the_fields() -> None:
    choice = make_choice()
    wall = choice.work_due.astimezone(TZ).replace(tzinfo=None) if choice.work_due else None
    assert named(choice, {"work_due": wall, "pick_by": None}, TZ) == {}
    assert wall is not None
    assert named(choice, {"work_due": wall + DAY}, TZ) == {"work_due": (wall + DAY).replace(tzinfo=TZ).astimezone(UTC)}


def test_what_a_page_sent_back_is_a_moment_or_nothing() -> None:
    sent = {"work_due": "2026-11-02T18:00:00+00:00", "pick_by": "tomorrow", "lock": "2026-11-02T18:00:00", "x": "y"}
    assert as_sent(sent) == {"work_due": datetime(2026, 11, 2, 18, 0, tzinfo=UTC)}
    ends = ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:00-14:00")
    assert [as_sent({"work_due": end}) for end in ends] == [{}, {}, {}]


def test_more_time_for_a_way_is_offered_for_the_work_too() -> None:
    choice = make_choice()
    assert days_lost(choice) == 0
    assert choice.pick_by is not None
    choice.extend({"pick_by": choice.pick_by + timedelta(hours=20)}, "", OKAFOR, NOON)
    choice.take_dates()
    assert days_lost(choice) == 1
    assert choice.work_due is not None
    choice.extend({"work_due": choice.work_due + DAY}, "", OKAFOR, NOON)
    choice.take_dates()
    assert days_lost(choice) == 0


def test_a_reply_window_that_moved_picking_counts_as_well() -> None:
    choice = make_choice()
    choice.open_reply_window(NOON + 3 * DAY + timedelta(hours=12))
    assert choice.pick_by == choice.reply_until
    assert days_lost(choice) > 0
