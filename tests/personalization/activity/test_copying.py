"""An activity once more: what comes along, what stays, and the dates on the other course's wall clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from personalization.activity.copying import DESIGN, OPTION_DESIGN, copy_into, opening, shifted
from personalization.activity.dates import Dates
from personalization.activity.model import Activity, LearningTarget, Option, Silence
from personalization.activity.rubric import make_criterion
from personalization.people.model import Course, Person, Role

NOON = datetime(2026, 11, 10, 18, 0, tzinfo=UTC)
CHICAGO, KATHMANDU, DENVER = ZoneInfo("America/Chicago"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/Denver")


@pytest.fixture(scope="module", autouse=True)
def words() -> Iterator[None]:
    """Sentences need a language; nothing else of an app."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


def at(zone: ZoneInfo, year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


BIOLOGY = Course(id=1, title="Biology 9B", zone="America/Chicago")
HISTORY = Course(id=2, title="History 8A", zone="Asia/Kathmandu")
OKAFOR = Person(id=1, course=BIOLOGY, role=Role.TEACHER, full_name="Adaeze Okafor")
THERE = Person(id=2, course=HISTORY, role=Role.TEACHER, full_name="Adaeze Okafor")
AMARA = Person(id=3, course=BIOLOGY, role=Role.STUDENT, full_name="Amara Diallo")
DATES = Dates(
    at(CHICAGO, 2026, 3, 2, 8, 0),
    at(CHICAGO, 2026, 3, 6, 23, 59),
    at(CHICAGO, 2026, 3, 9, 23, 59),  # DST began on the 8th
    at(CHICAGO, 2026, 3, 10, 23, 59),
    at(CHICAGO, 2026, 3, 12, 23, 59),
    at(CHICAGO, 2026, 3, 20, 15, 30),
    None,
)


def make_activity() -> Activity:
    activity = Activity.draft(BIOLOGY, OKAFOR, NOON)
    activity.title, activity.shows, activity.goal = (
        "Energy in our pond",
        "Where does the energy go?",
        "I can follow it.",
    )
    activity.points, activity.silence, activity.least_filled = Decimal(40), Silence.STRICT, True
    activity.targets = [LearningTarget(position=1, code="HS-LS2-4", text="Follow energy")]
    poster, film = activity.options
    poster.title, poster.text, poster.minutes, poster.capacity, poster.supports = "Poster", "Draw it", 45, 6, "A list"
    film.title = "Film"
    poster.set_showing(2, False, "")
    film.set_showing(1, True, "in the first scene")
    activity.default_option = film
    activity.revise_rubric([*activity.criteria[:2], make_criterion(7, "Numbers", "", ["a", "b", "c", "d"])], keep=True)
    activity.set_dates(DATES)
    activity.published_at, activity.typed = NOON, {"fields": [["title", "Half a new title"]]}
    return activity


# What comes, what stays


def test_the_design_comes_along() -> None:
    activity = make_activity()
    copy = copy_into(activity, HISTORY, THERE, NOON, None)
    assert all(getattr(copy, name) == getattr(activity, name) for name in (*DESIGN, "title"))
    for mine, theirs in zip(copy.options, activity.options, strict=True):
        assert all(getattr(mine, name) == getattr(theirs, name) for name in (*OPTION_DESIGN, "position"))
    assert [(t.code, t.text) for t in copy.targets] == [("HS-LS2-4", "Follow energy")]
    assert (copy.course, copy.created_by_id, copy.saved_by_id) == (HISTORY, 2, 2)


def test_the_newest_rubric_comes_as_its_first_version() -> None:
    activity = make_activity()
    copy = copy_into(activity, HISTORY, THERE, NOON, None)
    assert [rubric.number for rubric in copy.rubrics] == [1]
    assert copy.rubric.wording() == activity.rubrics[1].wording()
    poster, film = copy.options
    assert (poster.can_show(2), film.how(1)) == (False, "in the first scene")
    assert copy.default_option is film


def test_nothing_is_shared_with_the_first_one() -> None:
    activity = make_activity()
    copy = copy_into(activity, HISTORY, THERE, NOON, None)
    copy.options[0].title, copy.criteria[0].name, copy.targets[0].text = "Mine", "Mine", "Mine"
    copy.criteria[0].levels[0].text = "Mine"
    copy.options[1].showings[0].how = "Mine"
    assert activity.options[0].title == "Poster"
    assert "Mine" not in {activity.criteria[0].name, activity.targets[0].text, activity.criteria[0].levels[0].text}
    assert activity.options[1].how(1) == "in the first scene"


def test_people_s_data_stays() -> None:
    activity = make_activity()
    activity.add_option("Amara’s card game", "Four players", only_for=AMARA)
    gone = activity.add_option("Song", "Sing it")
    activity.drop_option(gone, NOON)
    copy = copy_into(activity, HISTORY, THERE, NOON, None)
    assert [o.title for o in copy.options] == ["Poster", "Film"]
    assert copy.published_at is None
    assert copy.typed is None
    assert copy.key != activity.key
    assert copy.dates == Dates()


def test_a_default_way_that_is_a_student_s_own_or_gone_is_left_away() -> None:
    activity = make_activity()
    activity.default_option = Option(title="Gone")
    assert copy_into(activity, HISTORY, THERE, NOON, None).default_option is None


def test_in_the_same_course_the_two_can_be_told_apart() -> None:
    activity = make_activity()
    assert copy_into(activity, BIOLOGY, OKAFOR, NOON, None).title == "Energy in our pond (copy)"
    activity.title = "x" * 255
    assert copy_into(activity, BIOLOGY, OKAFOR, NOON, None).title == "x" * 248 + " (copy)"


@pytest.mark.parametrize(("kind", "design"), [(Activity, {*DESIGN, "title"}), (Option, {*OPTION_DESIGN, "position"})])
def test_every_column_was_thought_of(kind: type[Activity | Option], design: set[str]) -> None:
    """A new rule of an activity that is not in here is lost by every copy: say which it is."""
    dates = {f"{name}" for name in Dates.__dataclass_fields__}
    made_anew = {"id", "course_id", "key", "default_option_id", "created_by_id", "created_at", "saved_at"}
    made_anew |= {"saved_by_id", "form_key", "typed", "published_at", "row_version", "activity_id", "archived_at"}
    made_anew |= {"only_for_id", "tenant_id"}
    assert {column.name for column in kind.__table__.columns} - made_anew - dates - design == set()


# Dates


def test_dates_keep_their_days_and_their_time_of_day_in_the_other_zone() -> None:
    opens = at(KATHMANDU, 2027, 9, 6, 8, 0)
    moved = shifted(DATES, CHICAGO, DATES.opens or NOON, opens, KATHMANDU)
    assert moved == Dates(
        opens,
        at(KATHMANDU, 2027, 9, 10, 23, 59),
        at(KATHMANDU, 2027, 9, 13, 23, 59),
        at(KATHMANDU, 2027, 9, 14, 23, 59),
        at(KATHMANDU, 2027, 9, 16, 23, 59),
        at(KATHMANDU, 2027, 9, 24, 15, 30),
        None,
    )


def test_2359_stays_2359_where_the_clocks_change_in_between() -> None:
    moved = shifted(DATES, CHICAGO, DATES.opens or NOON, at(DENVER, 2026, 10, 30, 8, 0), DENVER)
    assert moved.propose_by == at(DENVER, 2026, 11, 3, 23, 59)  # four days later, over 1 November
    assert moved.propose_by == datetime(2026, 11, 4, 6, 59, tzinfo=UTC)


def test_a_copy_opens_on_the_day_asked_at_the_time_it_used_to() -> None:
    assert opening(make_activity(), date(2027, 9, 6), HISTORY, NOON) == at(KATHMANDU, 2027, 9, 6, 8, 0)


def test_a_draft_without_an_opening_counts_from_today() -> None:
    activity = make_activity()
    activity.note_dates(Dates(work_due=NOON + timedelta(days=10)))
    opens = opening(activity, date(2026, 12, 1), BIOLOGY, NOON)
    copy = copy_into(activity, BIOLOGY, OKAFOR, NOON, opens)
    assert (copy.opens, copy.work_due) == (NOON + timedelta(days=21), NOON + timedelta(days=31))


ZONES = st.sampled_from([CHICAGO, KATHMANDU, DENVER, ZoneInfo("Pacific/Apia"), ZoneInfo("Europe/Berlin")])
DAYS = st.dates(date(2024, 1, 1), date(2030, 1, 1))


@given(DAYS, DAYS, ZONES, ZONES, st.lists(st.integers(0, 90), min_size=6, max_size=6))
def test_days_and_ends_of_days_survive_any_copy(
    first: date, second: date, tz: ZoneInfo, to: ZoneInfo, gaps: list[int]
) -> None:
    def end(day: date, zone: ZoneInfo) -> datetime:
        return datetime(day.year, day.month, day.day, 23, 59, tzinfo=zone).astimezone(UTC)

    apart = [timedelta(days=sum(gaps[: n + 1])) for n in range(6)]
    before = [end(first, tz), *(end(first + days, tz) for days in apart)]
    moved = shifted(Dates(*before), tz, before[0], end(second, to), to)
    assert moved == Dates(end(second, to), *(end(second + days, to) for days in apart))
