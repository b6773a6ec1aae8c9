"""Picking a way, changing one's mind, places, and a student's own dates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from personalization.choice.model import Way
from personalization.errors import Refused
from tests.personalization.proposal.making import (
    ACCEPT_BY,
    AMARA,
    ANSWER_BY,
    DATES,
    DAY,
    HOUR,
    NOON,
    OPENS,
    PICK_BY,
    PROPOSE_BY,
    WORK_DUE,
    make_choice,
)


def verbs(choice: object) -> list[str]:
    return [e.verb for e in choice.events]  # type: ignore[attr-defined]


def test_picking_settles_the_choice() -> None:
    choice = make_choice()
    poster = choice.activity.options[0]
    choice.pick(poster, 0, AMARA, NOON)
    assert (choice.option, choice.way, choice.option_since) == (poster, Way.PICKED, NOON)


def test_picking_the_same_twice_is_picking_once() -> None:
    choice = make_choice()
    poster = choice.activity.options[0]
    choice.pick(poster, 0, AMARA, NOON)
    choice.pick(poster, 0, AMARA, NOON + HOUR)
    assert (choice.option_since, verbs(choice).count("picked")) == (NOON, 1)


def test_a_mind_can_be_changed_until_pick_by_and_not_after() -> None:
    choice = make_choice()
    poster, story = choice.activity.options
    choice.pick(poster, 0, AMARA, NOON)
    choice.pick(story, 0, AMARA, PICK_BY)
    with pytest.raises(Refused, match="changing your way"):
        choice.pick(poster, 0, AMARA, PICK_BY + HOUR)
    assert choice.option is story
    choice.pick(story, 0, AMARA, PICK_BY + HOUR)


def test_who_is_on_nothing_may_still_pick_after_pick_by() -> None:
    choice = make_choice()
    choice.pick(choice.activity.options[0], 0, AMARA, PICK_BY + DAY)
    assert choice.way is Way.PICKED


def test_nothing_is_picked_before_it_opens() -> None:
    choice = make_choice()
    with pytest.raises(Refused, match="not open yet"):
        choice.pick(choice.activity.options[0], 0, AMARA, OPENS - HOUR)
    assert choice.option is None


def test_an_option_that_is_full_refuses_all_but_those_on_it() -> None:
    choice = make_choice()
    poster = choice.activity.options[0]
    poster.capacity = 2
    with pytest.raises(Refused, match="Field poster is full"):
        choice.pick(poster, 2, AMARA, NOON)
    choice.pick(poster, 1, AMARA, NOON)
    choice.pick(poster, 2, AMARA, NOON)
    assert choice.option is poster


def test_archived_options_and_those_of_others_are_not_theirs_to_pick() -> None:
    choice = make_choice()
    archived = choice.activity.options[0]
    archived.archived_at = NOON
    somebodys = choice.activity.add_option("A rap", "", only_for=AMARA)
    for option in (archived, somebodys):
        with pytest.raises(Refused, match="not offered"):
            choice.pick(option, 0, AMARA, NOON)
    assert choice.option is None


def test_after_handing_in_the_way_stays_until_the_work_is_returned() -> None:
    choice = make_choice()
    poster, story = choice.activity.options
    choice.pick(poster, 0, AMARA, NOON)
    choice.note("handed in", AMARA, NOON)
    with pytest.raises(Refused, match="handed this in"):
        choice.pick(story, 0, AMARA, NOON + HOUR)
    choice.note("returned", None, NOON + HOUR)
    choice.pick(story, 0, AMARA, NOON + HOUR)
    assert choice.option is story


def test_plan_b_is_one_of_the_teachers_options() -> None:
    choice = make_choice()
    story = choice.activity.options[1]
    choice.keep_plan_b(story)
    choice.keep_plan_b(None)
    choice.keep_plan_b(choice.activity.add_option("A rap", "", only_for=AMARA))
    assert choice.plan_b is story


def test_a_latecomer_has_their_own_dates_and_the_class_keeps_its_own() -> None:
    choice = make_choice()
    choice.student.first_seen_at, before = PROPOSE_BY + DAY, choice.student.first_seen_at
    try:
        choice.take_dates()
    finally:
        choice.student.first_seen_at = before
    assert choice.has_own_dates
    assert replace(choice.dates, answer_by=None).clash() is None
    assert choice.activity.dates == DATES
    assert (choice.dates.opens, choice.dates.answer_by) == (DATES.opens, DATES.answer_by)
    assert choice.work_due is not None
    assert choice.work_due > WORK_DUE
    assert choice.propose_by is not None
    assert choice.promised(choice.propose_by) == choice.accept_by, "the class's promise lies behind them"


def test_an_idea_is_answered_by_the_first_date_that_still_lies_ahead() -> None:
    choice = make_choice()
    assert [choice.promised(sent) for sent in (NOON, ANSWER_BY, ANSWER_BY + HOUR, PICK_BY, PICK_BY + HOUR)] == [
        ANSWER_BY,
        ANSWER_BY,
        ACCEPT_BY,
        PICK_BY,
        None,
    ]


def test_dates_follow_the_activitys_when_they_move() -> None:
    choice = make_choice()
    choice.activity.set_dates(replace(DATES, work_due=WORK_DUE + DAY))
    choice.take_dates()
    assert choice.work_due == WORK_DUE + DAY
    assert not choice.has_own_dates


def test_late_and_locked_are_told_by_own_dates() -> None:
    choice = make_choice(replace(DATES, lock=WORK_DUE + DAY))
    assert (choice.is_late(WORK_DUE), choice.is_late(WORK_DUE + HOUR)) == (False, True)
    assert (choice.is_locked(WORK_DUE + DAY), choice.is_locked(WORK_DUE + 2 * DAY)) == (False, True)
