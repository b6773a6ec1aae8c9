"""Awkward timelines, each by its name: what the student's page shows, what a press is answered, where it ends.

Every story is lived twice, with a worker that never sleeps and without one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.db import db
from personalization.accommodation.model import Accommodation, Terms
from personalization.activity.model import Activity, Silence
from personalization.choice.keeping import keep, retime, retime_one
from personalization.choice.model import Choice
from personalization.people.model import Course, Person, Role
from tests.cast import Cast, Member, browser_of, make_activity, make_person, writing
from tests.personalization.arranging import choice_of
from tests.personalization.proposal.story import Snapshot, Story
from tests.personalization.proposal.talking import WORDS

CHICAGO = ZoneInfo("America/Chicago")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def on(day: int, hour: int = 23, minute: int = 59, tz: ZoneInfo = CHICAGO, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=tz).astimezone(UTC)


OPENS = on(9, 8, 0)
DATES = {
    "opens": OPENS,
    "propose_by": on(13),
    "answer_by": on(16),
    "accept_by": on(17),
    "pick_by": on(18),
    "work_due": on(30),
}
SIGNED_IN = Callable[[Member], FlaskClient]
AFTER_ALL = on(30, month=12)


@pytest.fixture(params=["worker", "requests alone"])
def has_worker(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "worker")


@pytest.fixture
def begin(app: Flask, cast: Cast, signed_in: SIGNED_IN, has_worker: bool) -> Callable[..., Story]:
    """Amara's story in an activity of these dates; what is given changes the activity."""

    def begin(**more: Any) -> Story:
        with writing(app):
            activity_id = make_activity(cast.course_id, cast.teacher.id, **{**DATES, **more})
        student, teacher = signed_in(cast.student), signed_in(cast.teacher)
        return Story(app, cast, activity_id, cast.student, student, teacher, has_worker)

    return begin


Begin = Callable[..., Story]


def check_ended_once(end: Snapshot) -> None:
    """However long it took: placed once, put on the list once, nothing lost."""
    assert end.verbs.count("placed") + end.verbs.count("unplaced") <= 1, end.verbs
    assert all(plan for plan in end.plans)


def test_sent_back_an_hour_before_accept_by(begin: Begin) -> None:
    story = begin()
    idea = story.proposes(on(12, 10))
    answered = DATES["accept_by"] - HOUR
    assert story.answers(idea, "back", answered).status_code == 303
    window = answered + 2 * DAY
    assert story.is_at(answered).reply_until == window
    assert story.is_at(answered).dates["pick_by"] == window, "it passed the class's, so theirs moved along"
    later = DATES["pick_by"] + HOUR
    assert "A new idea, please" in story.reads(later)
    second = story.proposes(later, plan="A quiz about the pond.")
    assert story.answers(second, "accept", window + HOUR).status_code == 303
    end = story.is_at(AFTER_ALL)
    assert (end.way, end.ideas) == ("agreed", ["sent back", "accepted"])
    assert end.plans == [WORDS.plan, "A quiz about the pond."]
    check_ended_once(end)


def test_sent_back_an_hour_before_accept_by_and_nothing_comes(begin: Begin) -> None:
    story = begin(least_filled=True)
    idea = story.proposes(on(12, 10))
    story.answers(idea, "back", DATES["accept_by"] - HOUR)
    window = DATES["accept_by"] - HOUR + 2 * DAY
    assert story.is_at(window).option is None
    refused = story.starts(window + HOUR)
    assert refused.status_code == 409
    end = story.is_at(AFTER_ALL)
    assert (end.option, end.rule) == ("Data story", "least filled"), "a classmate went onto the poster before"
    check_ended_once(end)


def test_offered_after_accept_by(begin: Begin) -> None:
    story = begin()
    idea = story.proposes(on(12, 10))
    assert story.is_at(DATES["accept_by"] + HOUR).verbs[-1] == "unanswered"
    offered = DATES["accept_by"] + 5 * HOUR
    story.offers(idea, offered)
    assert "would say yes to this" in story.reads_idea(idea, DATES["pick_by"] + HOUR)
    assert story.agrees(idea, 2, offered + 2 * DAY).status_code == 303
    end = story.is_at(AFTER_ALL)
    assert (end.way, end.ideas, end.option) == ("agreed", ["accepted"], "A card game")
    check_ended_once(end)


def test_offered_after_accept_by_and_agreed_too_late(begin: Begin) -> None:
    story = begin(least_filled=True)
    idea = story.proposes(on(12, 10))
    offered = DATES["accept_by"] + 5 * HOUR
    story.offers(idea, offered)
    assert story.agrees(idea, 2, offered + 2 * DAY + HOUR).status_code == 409
    end = story.is_at(AFTER_ALL)
    assert (end.ideas, end.rule) == (["expired"], "least filled")
    assert len(end.plans) == 2, "both wordings are kept"
    check_ended_once(end)


def test_reply_window_past_pick_by(begin: Begin) -> None:
    story = begin()
    idea = story.proposes(on(12, 10), plan_b="Data story")
    answered = DATES["pick_by"] - HOUR
    story.answers(idea, "revise", answered)
    assert story.is_at(DATES["pick_by"] + HOUR).ideas == ["revising"]
    sent = answered + 2 * DAY
    assert story.sends(idea, sent, plan="Six organisms.").status_code == 303
    assert story.is_at(sent).ideas == ["submitted"]
    end = story.is_at(AFTER_ALL)
    assert (end.option, end.rule, end.ideas) == ("Data story", "plan b", ["expired"])
    assert end.plans == [WORDS.plan, "Six organisms."]
    check_ended_once(end)


def test_extension_after_expiry(begin: Begin) -> None:
    story = begin(least_filled=True)
    idea = story.proposes(on(12, 10))
    story.answers(idea, "revise", on(14, 10))
    placed = story.is_at(DATES["pick_by"] + HOUR)
    assert (placed.rule, placed.ideas) == ("least filled", ["expired"])
    later = DATES["pick_by"] + DAY
    story.gives_time(later, reopen=idea, pick_by=on(25))
    again = story.is_at(later + HOUR)
    assert (again.option, again.ideas, again.dates["pick_by"]) == (None, ["revising"], on(25))
    assert "One question left to answer" in story.reads_idea(idea, later + HOUR)
    assert story.sends(idea, later + DAY, plan="Six organisms.").status_code == 303
    assert story.answers(idea, "accept", on(24), version=2).status_code == 303
    end = story.is_at(AFTER_ALL)
    assert (end.way, end.plans) == ("agreed", [WORDS.plan, "Six organisms."])
    assert end.verbs.count("placed") == 1


def test_plan_b_full(begin: Begin, app: Flask, cast: Cast) -> None:
    story = begin()
    with writing(app):
        activity = db.session.get_one(Activity, story.activity_id)
        poster, story_option = activity.designed_options
        story_option.capacity, activity.default_option = 1, poster
        other = choice_of(story.activity_id, cast.classmate.id)
        other.pick(story_option, 0, other.student, OPENS)
    story.proposes(on(12, 10), plan_b="Data story")
    called = story.is_at(DATES["pick_by"] + HOUR)
    assert (called.option, called.verbs[-1]) == (None, "last call")
    assert "not your fault" in story.reads(DATES["pick_by"] + HOUR)
    assert story.picks("Data story", DATES["pick_by"] + 2 * HOUR).status_code == 409, "full"
    end = story.is_at(AFTER_ALL)
    assert (end.option, end.rule, end.ideas) == ("Field poster", "default", ["expired"])
    check_ended_once(end)


def test_late_joiner_at_pick_by(begin: Begin, app: Flask, cast: Cast) -> None:
    story = begin(least_filled=True)
    came = DATES["pick_by"]
    with writing(app):
        newcomer = make_person(db.session.get_one(Course, cast.course_id), "Late Comer", Role.STUDENT)
        newcomer.first_seen_at = came
        keep(db.session.get_one(Activity, story.activity_id), came)
        who = Member(newcomer.id, newcomer.user_id, cast.student.platform_id, cast.course_id, newcomer.name)
    late = Story(app, cast, story.activity_id, who, browser_of(app, who), story.teacher, story.has_worker)
    assert late.is_at(came + DAY).option is None
    assert story.is_at(came + DAY).rule == "least filled"
    own = late.is_at(came + DAY).dates
    assert own == {
        "propose_by": on(22),
        "accept_by": on(26),
        "pick_by": on(27),
        "work_due": on(9, month=12),
        "lock": None,
    }
    assert "Pick how you will show it" in late.reads(came + DAY)
    idea = late.proposes(on(22, 23, 58))
    assert late.answers(idea, "accept", on(25)).status_code == 303
    assert late.is_at(AFTER_ALL).way == "agreed"
    assert story.is_at(AFTER_ALL).dates["pick_by"] == DATES["pick_by"], "nobody else's dates moved"


@pytest.mark.parametrize(("due", "moved_to"), [(on(15), None), (on(5, month=12), on(5, month=12))])
def test_lms_due_date_earlier_than_pick_by_moves_nothing_and_a_later_one_gives_time(
    begin: Begin, app: Flask, due: datetime, moved_to: datetime | None
) -> None:
    story = begin()
    with writing(app):
        choice = choice_of(story.activity_id, story.who.id)
        assert choice.see_lms_due(due, on(10, 9))
        retime_one(choice)
        assert not choice.see_lms_due(due, on(10, 10)), "seen already"
    own = story.is_at(on(11)).dates
    assert own["pick_by"] == DATES["pick_by"]
    assert own["work_due"] == (moved_to or DATES["work_due"])
    assert story.is_at(on(11)).verbs.count("lms date") == (1 if moved_to else 0)
    assert "Pick how you will show it" in story.reads(on(16))
    assert story.picks("Field poster", DATES["pick_by"]).status_code == 303


def test_own_idea_off(begin: Begin) -> None:
    story = begin(own_idea=False, propose_by=None, answer_by=None, accept_by=None, least_filled=True)
    assert "My own idea" not in story.reads(on(10, 9))
    assert story.starts(on(10, 9)).status_code == 409
    assert story.is_at(DATES["pick_by"]).option is None
    end = story.is_at(DATES["pick_by"] + HOUR)
    assert (end.option, end.rule) == ("Field poster", "least filled")
    assert "must pick" not in end.verbs, "there is no date for agreeing"


def test_own_idea_switched_off_with_an_idea_on_the_table(begin: Begin) -> None:
    story = begin(least_filled=True)
    idea = story.proposes(on(12, 10))
    story.changes(on(13, 10), own_idea=False, propose_by=None, answer_by=None, accept_by=None)
    assert story.is_at(DATES["accept_by"] + HOUR).ideas == ["submitted"]
    assert story.is_at(DATES["pick_by"] + HOUR).verbs[-1] == "last call"
    assert story.answers(idea, "accept", DATES["pick_by"] + DAY).status_code == 303
    end = story.is_at(AFTER_ALL)
    assert (end.way, end.plans) == ("agreed", [WORDS.plan])
    check_ended_once(end)


def test_no_work_due(begin: Begin) -> None:
    story = begin(**dict.fromkeys(DATES, None), least_filled=True)
    idea = story.proposes(on(12, 10))
    assert "Nothing runs out" in story.reads(AFTER_ALL)
    assert story.answers(idea, "revise", AFTER_ALL).status_code == 303
    assert story.sends(idea, AFTER_ALL + 90 * DAY, plan="Six organisms.").status_code == 303
    end = story.is_at(AFTER_ALL + 300 * DAY)
    assert (end.ideas, end.option, end.unplaced, set(end.dates.values())) == (["submitted"], None, False, {None})
    assert story.picks("Field poster", AFTER_ALL + 300 * DAY).status_code == 303


def test_ungraded(begin: Begin) -> None:
    story = begin(graded=False, lock=on(30) + 2 * DAY)
    end = story.is_at(DATES["pick_by"] + HOUR)
    assert (end.unplaced, end.verbs[-1]) == (True, "unplaced"), "practice has the same clock"
    assert "will settle your way with you" in story.reads(DATES["pick_by"] + HOUR)
    assert story.picks("Data story", DATES["pick_by"] + DAY).status_code == 303
    end = story.is_at(AFTER_ALL)
    assert (end.option, end.unplaced, end.closed) == ("Data story", False, True)


def test_strict_silence(begin: Begin) -> None:
    story = begin(silence=Silence.STRICT)
    idea = story.proposes(on(12, 10))
    assert "Pick a way now" in story.reads(DATES["accept_by"] + HOUR)
    assert "Time ran out for this idea" in story.reads_idea(idea, DATES["accept_by"] + HOUR)
    assert story.answers(idea, "accept", DATES["accept_by"] + HOUR).status_code == 409
    assert story.picks("Data story", DATES["pick_by"]).status_code == 303
    end = story.is_at(AFTER_ALL)
    assert (end.way, end.ideas, end.plans) == ("picked", ["expired"], [WORDS.plan])
    check_ended_once(end)


# At the end


def test_work_after_its_date_is_taken_and_marked_late_and_with_more_time_it_is_not(begin: Begin) -> None:
    late, in_time = begin(), begin()
    for story in (late, in_time):
        story.picks("Field poster", on(12, 10))
    in_time.gives_time(on(20, 10), work_due=on(3, month=12))
    for story in (late, in_time):
        assert story.hands_in(on(1, month=12)).status_code == 303
    assert late.is_at(AFTER_ALL).said("handed in")["late"] is True
    assert in_time.is_at(AFTER_ALL).said("handed in")["late"] is False


def test_at_the_lock_the_draft_is_kept_and_more_time_opens_it_again(begin: Begin) -> None:
    story = begin(lock=on(30) + 2 * DAY)
    story.picks("Field poster", on(12, 10))
    locked = on(30) + 2 * DAY + timedelta(seconds=1)
    refused = story.hands_in(locked, "An hour too long at it.")
    assert refused.status_code == 409
    assert "An hour too long at it." in refused.text, "what was typed comes back"
    assert story.is_at(locked).closed
    story.gives_time(locked + HOUR, lock=locked + 3 * DAY)
    assert not story.is_at(locked + HOUR).closed
    assert story.hands_in(locked + DAY).status_code == 303
    end = story.is_at(AFTER_ALL)
    assert (end.closed, end.said("handed in")["late"], end.verbs.count("closed")) == (False, True, 1)


# Nothing late comes through, worker or not


def test_a_pick_after_pick_by_is_answered_as_if_the_worker_had_run(begin: Begin) -> None:
    story = begin(least_filled=True)
    assert story.picks("Data story", DATES["pick_by"] + timedelta(seconds=1)).status_code == 409
    end = story.is_at(DATES["pick_by"] + HOUR)
    assert (end.option, end.rule) == ("Field poster", "least filled")
    assert "picked" not in end.verbs


def test_a_pick_in_the_last_second_counts(begin: Begin) -> None:
    story = begin(least_filled=True)
    assert story.picks("Data story", DATES["pick_by"]).status_code == 303
    assert story.is_at(AFTER_ALL).option == "Data story"


def test_an_answer_to_an_idea_whose_time_is_over_is_told_so(begin: Begin) -> None:
    story = begin()
    idea = story.proposes(on(12, 10))
    story.answers(idea, "revise", on(13, 10))
    late = story.sends(idea, DATES["accept_by"] + HOUR, plan="My answer, an hour late.")
    assert late.status_code == 409
    assert "My answer, an hour late." in late.text, "what was typed comes back"
    assert story.is_at(DATES["accept_by"] + HOUR).ideas == ["expired"]


# The class's dates move after they were lived by


def test_class_dates_moved_into_the_past_place_nobody_twice(begin: Begin) -> None:
    story = begin(least_filled=True)
    assert story.is_at(DATES["pick_by"] + HOUR).rule == "least filled"
    story.changes(DATES["pick_by"] + DAY, propose_by=on(10), answer_by=on(11), accept_by=on(11), pick_by=on(12))
    end = story.is_at(AFTER_ALL)
    assert end.rule == "least filled"
    check_ended_once(end)


def test_class_dates_moved_later_give_whoever_was_placed_their_say_again(begin: Begin) -> None:
    story = begin(least_filled=True)
    assert story.is_at(DATES["pick_by"] + HOUR).option == "Field poster"
    story.changes(DATES["pick_by"] + DAY, pick_by=on(25))
    assert story.picks("Data story", on(25)).status_code == 303
    end = story.is_at(AFTER_ALL)
    assert (end.way, end.rule) == ("picked", None)


def test_class_dates_moved_later_take_off_the_list(begin: Begin) -> None:
    story = begin()
    assert story.is_at(DATES["pick_by"] + HOUR).unplaced
    story.changes(DATES["pick_by"] + DAY, accept_by=on(24), pick_by=on(25))
    now = story.is_at(DATES["pick_by"] + DAY)
    assert (now.unplaced, now.said("dates moved")["dates"]) == (False, {"pick_by": on(25).isoformat()})
    assert story.is_at(on(25) + HOUR).unplaced


# On the wall clocks of the world


@pytest.mark.parametrize("zone", ["America/Denver", "Asia/Kathmandu", "Pacific/Apia"])
def test_over_the_first_of_november_the_day_ends_where_the_school_is(
    begin: Begin, app: Flask, cast: Cast, zone: str
) -> None:
    tz = ZoneInfo(zone)
    with writing(app):
        db.session.get_one(Course, cast.course_id).zone = zone
    dates = {"opens": on(26, 7, 0, tz, 10), "work_due": on(13, tz=tz)}
    story = begin(**{**dict.fromkeys(DATES, None), **dates}, least_filled=True)
    own = story.is_at(dates["opens"]).dates
    walls = {name: moment.astimezone(tz).strftime("%d %H:%M") for name, moment in own.items() if moment}
    assert walls == {"propose_by": "30 23:59", "accept_by": "03 23:59", "pick_by": "05 23:59", "work_due": "13 23:59"}
    assert "Pick a way Thu, Nov 5, 11:59 pm" in story.reads(dates["opens"] + DAY).replace("\u202f", " ")
    end_of_day = on(5, tz=tz)
    assert story.is_at(end_of_day).option is None
    assert story.is_at(end_of_day + timedelta(seconds=1)).rule == "least filled"


@pytest.mark.parametrize("zone", ["America/Denver", "Asia/Kathmandu", "Pacific/Apia"])
def test_factor_one_and_a_half_over_a_change_of_clocks(begin: Begin, app: Flask, cast: Cast, zone: str) -> None:
    tz = ZoneInfo(zone)
    with writing(app):
        db.session.get_one(Course, cast.course_id).zone = zone
    dates = {"opens": on(26, 8, 0, tz, 10), "pick_by": on(30, tz=tz, month=10), "work_due": on(3, tz=tz)}
    off = {"propose_by": None, "answer_by": None, "accept_by": None, "own_idea": False}
    story = begin(**{**off, **dates}, least_filled=True)
    with writing(app):
        student, teacher = db.session.get_one(Person, story.who.id), db.session.get_one(Person, cast.teacher.id)
        db.session.add(Accommodation.begin(student, Terms(factor=Decimal("1.5")), teacher, dates["opens"]))
        db.session.flush()
        retime(student, dates["opens"])
    own = story.is_at(dates["opens"]).dates
    assert (own["pick_by"], own["work_due"]) == (on(1, tz=tz), on(7, tz=tz)), "4 days become 6, 8 become 12"
    assert story.is_at(on(1, tz=tz)).option is None
    assert story.picks("Data story", on(1, tz=tz)).status_code == 303
    with app.app_context():
        other = choice_of(story.activity_id, cast.classmate.id)
        assert (other.pick_by, other.rule) == (dates["pick_by"], "least filled"), "the class's own days stayed"


def test_the_zone_of_the_course_is_learnt_after_publishing(begin: Begin, app: Flask, cast: Cast) -> None:
    """Dates are instants: they stay; what is counted in days from then on is counted where the school is."""
    with writing(app):
        db.session.get_one(Course, cast.course_id).zone = "UTC"
    story = begin()
    with writing(app):
        db.session.get_one(Course, cast.course_id).zone = "America/Denver"
        choice: Choice = choice_of(story.activity_id, story.who.id)
        choice.student.first_seen_at = DATES["propose_by"] + HOUR
        retime_one(choice)
    own = story.is_at(DATES["propose_by"] + 2 * HOUR).dates
    denver = ZoneInfo("America/Denver")
    assert own["pick_by"] is not None
    assert own["pick_by"].astimezone(denver).strftime("%d %H:%M") == "22 22:59", "nine days after the 13th, there"
