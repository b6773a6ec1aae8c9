"""An idea told in person: whose it is, who wrote it, and that the student's own rules hold for it."""

from __future__ import annotations

from datetime import datetime

import pytest

from personalization.choice.model import Way
from personalization.errors import BadInput, Refused
from personalization.proposal.answering import accept, send_back
from personalization.proposal.model import Proposal, Status, Words
from personalization.proposal.told import is_told, objection, write_down
from tests.personalization.proposal.making import (
    AMARA,
    BEN,
    DAY,
    HOUR,
    NOON,
    OKAFOR,
    PROPOSE_BY,
    WORDS,
    make_choice,
    make_idea,
    submitted,
)


def told(before: list[Proposal] | None = None, now: datetime = NOON) -> Proposal:
    choice = before[0].choice if before else make_choice()
    return write_down(choice, before or [], WORDS, choice.activity.criteria, OKAFOR, now)


def verbs(idea: Proposal) -> list[tuple[str, int | None]]:
    return [(event.verb, event.by_id) for event in idea.choice.events]


def test_it_is_version_1_in_the_student_s_name_by_whoever_wrote_it() -> None:
    idea = told()
    assert idea.status is Status.SUBMITTED
    assert [(v.number, v.by, v.sent_at) for v in idea.sent] == [(1, OKAFOR, NOON)]
    assert idea.choice.student is AMARA
    assert is_told(idea)
    assert verbs(idea)[-1] == ("told in person", OKAFOR.id)


def test_what_a_student_wrote_is_not_told() -> None:
    assert not is_told(submitted())


def test_a_picked_way_stays_as_plan_b() -> None:
    choice = make_choice()
    poster = choice.activity.designed_options[0]
    choice.settle(poster, Way.PICKED, AMARA, NOON)
    write_down(choice, [], WORDS, choice.activity.criteria, OKAFOR, NOON + HOUR)
    assert (choice.option, choice.plan_b) == (None, poster)


def test_written_down_twice_it_is_there_once() -> None:
    idea = told()
    events = verbs(idea)
    assert told([idea], NOON + HOUR) is idea
    assert verbs(idea) == events


def test_other_words_are_no_second_idea() -> None:
    idea = told()
    with pytest.raises(Refused, match="No idea can be started for Amara now") as refused:
        write_down(idea.choice, [idea], Words("A film", "We film it.", "", "", WORDS.lines), [], OKAFOR, NOON)
    assert refused.value.kept == "We film it."
    assert len(idea.versions) == 1


def test_what_the_student_is_writing_is_not_written_over() -> None:
    idea = make_idea()
    with pytest.raises(Refused) as refused:
        told([idea])
    assert "You have an idea open already" in refused.value.message
    assert idea.draft is not None


def test_it_comes_by_the_student_s_own_date() -> None:
    assert told(now=PROPOSE_BY).status is Status.SUBMITTED
    with pytest.raises(Refused) as refused:
        told(now=PROPOSE_BY + HOUR)
    assert "The time for ideas is over" in refused.value.message


def test_or_in_the_time_to_reply_after_one_was_sent_back() -> None:
    idea = submitted()
    send_back(idea, 1, "A poster is option A already.", OKAFOR, PROPOSE_BY + DAY)
    again = told([idea], PROPOSE_BY + 2 * DAY)
    assert again.status is Status.SUBMITTED
    assert idea.reply_until is not None
    with pytest.raises(Refused):
        told([idea], idea.reply_until + HOUR)


def test_not_where_ways_are_set() -> None:
    choice = make_choice(own_idea=False)
    why = objection(choice, [], NOON)
    assert why is not None
    assert "This activity has set ways only" in why.message


def test_nothing_is_told_by_a_student_who_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    choice = make_choice()
    monkeypatch.setattr(choice.student, "left_at", NOON)
    why = objection(choice, [], NOON)
    assert why is not None
    assert "has left the course" in why.title


def test_it_says_something() -> None:
    choice = make_choice()
    with pytest.raises(BadInput):
        write_down(choice, [], Words("A film"), choice.activity.criteria, OKAFOR, NOON)


def test_a_yes_at_once_is_an_agreement_with_what_was_written() -> None:
    idea = told()
    agreement = accept(idea, 1, idea.choice.activity.rubric, BEN, NOON)
    assert agreement is not None
    assert (agreement.version.by, agreement.agreed_by) == (OKAFOR, BEN)
    assert agreement.option.only_for is AMARA
    assert idea.choice.way is Way.AGREED
