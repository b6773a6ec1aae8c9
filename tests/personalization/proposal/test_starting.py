"""How an idea begins, and what stands in its way."""

from __future__ import annotations

import pytest

from personalization.activity.dates import Dates
from personalization.errors import Refused
from personalization.proposal.answering import send_back
from personalization.proposal.model import OPEN, Status
from personalization.proposal.starting import begin_idea
from tests.personalization.proposal.making import (
    ACCEPT_BY,
    AMARA,
    DAY,
    HOUR,
    NOON,
    OKAFOR,
    OPENS,
    PROPOSE_BY,
    WORDS,
    WORK_DUE,
    accepted,
    made,
    make_choice,
    make_idea,
    sent_back,
    submitted,
)


def test_a_start_is_an_empty_draft_noted_in_the_history() -> None:
    idea = make_idea()
    assert (idea.status, idea.draft is not None, idea.sent) == (Status.DRAFT, True, [])
    assert [e.verb for e in idea.choice.events] == ["made", "started an idea"]


def test_a_start_is_refused_after_this_students_own_date_for_ideas() -> None:
    choice = make_choice()
    choice.propose_by = NOON
    begin_idea(choice, [], AMARA, NOON)
    with pytest.raises(Refused, match="time for ideas"):
        begin_idea(choice, [], AMARA, NOON + HOUR)


def test_a_start_is_refused_before_it_opens() -> None:
    with pytest.raises(Refused, match="not open yet"):
        begin_idea(make_choice(), [], AMARA, OPENS - HOUR)


def test_a_start_is_refused_where_own_ideas_are_off() -> None:
    with pytest.raises(Refused, match="set ways only"):
        make_idea(make_choice(own_idea=False))


@pytest.mark.parametrize("status", sorted(OPEN))
def test_one_idea_is_open_at_a_time(status: Status) -> None:
    idea = made(status)
    with pytest.raises(Refused, match="open already"):
        begin_idea(idea.choice, [idea], AMARA, NOON)


def test_what_was_picked_becomes_plan_b() -> None:
    choice = make_choice()
    poster = choice.activity.options[0]
    choice.pick(poster, 0, AMARA, NOON)
    make_idea(choice)
    assert (choice.option, choice.plan_b) == (None, poster)


def test_what_was_picked_stays_once_the_time_for_changing_is_over() -> None:
    choice = make_choice(Dates(opens=OPENS, pick_by=NOON, work_due=WORK_DUE))
    poster = choice.activity.options[0]
    choice.pick(poster, 0, AMARA, NOON)
    with pytest.raises(Refused, match="changing your way"):
        begin_idea(choice, [], AMARA, NOON + HOUR)
    assert choice.option is poster


def test_what_is_handed_in_stays_the_way_it_was_made() -> None:
    choice = make_choice()
    poster = choice.activity.options[0]
    choice.pick(poster, 0, AMARA, NOON)
    choice.note("handed in", AMARA, NOON)
    with pytest.raises(Refused, match="handed this in"):
        begin_idea(choice, [], AMARA, NOON)
    assert choice.option is poster


def test_after_an_agreement_there_is_no_second_idea() -> None:
    idea, _agreement = accepted()
    with pytest.raises(Refused, match="agreed on a way already"):
        begin_idea(idea.choice, [idea], AMARA, NOON + DAY)


def test_a_new_idea_may_follow_one_that_was_sent_back_until_its_window_ends() -> None:
    first = sent_back()
    late = PROPOSE_BY + DAY
    second = begin_idea(first.choice, [first], AMARA, late)
    assert second.until == first.reply_until == ACCEPT_BY
    second.submit(WORDS, second.choice.activity.criteria, AMARA, ACCEPT_BY)
    assert second.status is Status.SUBMITTED
    with pytest.raises(Refused, match="time for ideas"):
        begin_idea(first.choice, [first], AMARA, ACCEPT_BY + HOUR)


def test_without_dates_for_agreeing_a_new_idea_may_follow_any_time() -> None:
    choice = make_choice(Dates(opens=OPENS, propose_by=PROPOSE_BY))
    first = submitted(choice=choice)
    send_back(first, 1, "Too much like A.", OKAFOR, NOON)
    second = begin_idea(choice, [first], AMARA, PROPOSE_BY + 90 * DAY)
    assert second.until is None
    second.submit(WORDS, choice.activity.criteria, AMARA, PROPOSE_BY + 99 * DAY)
    assert second.status is Status.SUBMITTED
