"""The student's moves with an own idea, and by when they have to come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from personalization.activity.dates import Dates
from personalization.errors import BadInput, Refused, Stale
from personalization.proposal.answering import accept, ask_for_revision, offer
from personalization.proposal.model import OPEN, Status
from personalization.proposal.starting import begin_idea
from personalization.proposal.version import Words, words_missing
from tests.personalization.proposal.making import (
    ACCEPT_BY,
    AMARA,
    DAY,
    EDITED,
    HOUR,
    NOON,
    OKAFOR,
    OPENS,
    PICK_BY,
    PROPOSE_BY,
    WORDS,
    WORK_DUE,
    made,
    make_choice,
    make_idea,
    offered,
    revising,
    submitted,
    withdrawn,
)


def test_a_draft_keeps_what_is_typed_even_unfinished() -> None:
    idea = make_idea()
    idea.save(Words(title="A ga"), AMARA, NOON)
    idea.save(Words(title="A game", lines={1: "On the"}), AMARA, NOON + HOUR)
    assert (idea.title, idea.latest.line(1), len(idea.versions)) == ("A game", "On the", 1)
    assert idea.status is Status.DRAFT


def test_submitting_sends_version_1() -> None:
    idea = submitted()
    assert (idea.status, idea.latest.number, idea.latest.sent_at) == (Status.SUBMITTED, 1, NOON)
    assert idea.choice.events[-1].detail == {"version": 1, "title": "A card game"}


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (replace(WORDS, title=" "), ["title"]),
        (replace(WORDS, plan=""), ["plan"]),
        (replace(WORDS, lines={1: "On the cards", 2: "  ", 3: "Rules"}), ["criterion-2"]),
        (Words(), ["title", "plan", "criterion-1", "criterion-2", "criterion-3"]),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_sent(words: Words, fields: list[str]) -> None:
    idea = make_idea()
    assert list(words_missing(words, idea.choice.activity.criteria)) == fields
    with pytest.raises(BadInput):
        idea.submit(words, idea.choice.activity.criteria, AMARA, NOON)
    assert (idea.status, idea.sent) == (Status.DRAFT, [])


def test_not_sure_yet_stands_for_a_line() -> None:
    idea = submitted(replace(WORDS, lines={1: "On the cards", 3: "Rules"}, unsure=frozenset({2})))
    assert idea.status is Status.SUBMITTED
    assert (idea.latest.is_unsure(2), idea.latest.is_unsure(1)) == (True, False)


def test_a_draft_is_sent_by_the_students_own_date() -> None:
    idea = make_idea()
    idea.save(WORDS, AMARA, PROPOSE_BY)
    with pytest.raises(Refused, match="time for this idea"):
        idea.submit(WORDS, idea.choice.activity.criteria, AMARA, PROPOSE_BY + HOUR)
    assert (idea.status, idea.title) == (Status.DRAFT, "A card game")


def test_the_same_words_sent_twice_are_sent_once() -> None:
    idea = submitted()
    idea.submit(WORDS, idea.choice.activity.criteria, AMARA, NOON + HOUR)
    assert (len(idea.sent), idea.latest.sent_at) == (1, NOON)
    with pytest.raises(Stale, match="sent this idea already"):
        idea.submit(EDITED, idea.choice.activity.criteria, AMARA, NOON + HOUR)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.DRAFT, Status.OFFERED, Status.REVISING}))
def test_writing_is_refused_when_it_is_not_the_students_move(status: Status) -> None:
    idea = made(status)
    before = len(idea.versions)
    with pytest.raises(Stale) as stale:
        idea.save(EDITED, AMARA, NOON + DAY)
    assert (idea.status, len(idea.versions), stale.value.kept) == (status, before, EDITED.plan)


def test_a_page_older_than_the_answer_sends_nothing() -> None:
    idea = revising()
    with pytest.raises(Stale):
        idea.submit(EDITED, idea.choice.activity.criteria, AMARA, NOON + DAY, seen=0)
    idea.submit(EDITED, idea.choice.activity.criteria, AMARA, NOON + DAY, seen=1)
    assert idea.latest.number == 2


def test_an_offer_is_answered_with_the_next_version() -> None:
    idea = offered()
    idea.submit(replace(WORDS, message="Four is the fun of it."), idea.choice.activity.criteria, AMARA, NOON + 2 * DAY)
    assert (idea.status, idea.latest.number, idea.latest.by) == (Status.SUBMITTED, 3, AMARA)
    assert idea.latest.message == "Four is the fun of it."


@pytest.mark.parametrize("status", sorted(OPEN))
def test_any_open_idea_can_be_withdrawn_and_keeps_its_text(status: Status) -> None:
    idea = made(status)
    title, versions = idea.title, len(idea.versions)
    idea.withdraw(AMARA, NOON + 2 * DAY)
    idea.withdraw(AMARA, NOON + 2 * DAY)
    assert (idea.status, idea.title, len(idea.versions)) == (Status.WITHDRAWN, title, versions)
    assert [e.verb for e in idea.choice.events].count("withdrew idea") == 1


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.SENT_BACK, Status.EXPIRED])
def test_a_closed_idea_is_not_withdrawn(status: Status) -> None:
    idea = made(status)
    with pytest.raises(Stale):
        idea.withdraw(AMARA, NOON + DAY)
    assert idea.status is status


def test_after_a_withdrawal_a_new_idea_may_start_in_time() -> None:
    idea = withdrawn()
    assert begin_idea(idea.choice, [idea], AMARA, PROPOSE_BY).status is Status.DRAFT


# Reply windows


@pytest.mark.parametrize(
    ("answered_at", "until"),
    [
        (NOON + DAY, ACCEPT_BY),  # accept_by is later
        (ACCEPT_BY - DAY, ACCEPT_BY + DAY),  # two days after the answer are later
        (ACCEPT_BY + DAY, ACCEPT_BY + 3 * DAY),
    ],
)
def test_a_reply_may_come_until_the_later_of_accept_by_and_two_days(answered_at: object, until: object) -> None:
    idea = submitted()
    ask_for_revision(idea, 1, "Smaller.", OKAFOR, answered_at)  # type: ignore[arg-type]
    assert idea.until == until


def test_a_short_activity_gives_a_fifth_of_its_span() -> None:
    span = 5 * DAY
    short = Dates(OPENS, OPENS + DAY, OPENS + 2 * DAY, OPENS + 2 * DAY, OPENS + 3 * DAY, OPENS + span)
    idea = submitted(choice=make_choice(short))
    ask_for_revision(idea, 1, "Smaller.", OKAFOR, OPENS + 2 * DAY)
    assert idea.until == OPENS + 2 * DAY + span / 5


def test_a_window_past_pick_by_moves_it_along_and_keeps_the_order() -> None:
    idea = submitted()
    ask_for_revision(idea, 1, "Smaller.", OKAFOR, PICK_BY)
    choice = idea.choice
    assert (choice.pick_by, choice.work_due, choice.activity.pick_by) == (PICK_BY + 2 * DAY, WORK_DUE, PICK_BY)
    assert choice.dates.clash() is None
    choice.take_dates()
    assert choice.pick_by == PICK_BY + 2 * DAY, "an edit of the activity's dates must not take the reply window away"


def test_a_window_past_work_due_moves_that_along_too() -> None:
    idea = submitted()
    ask_for_revision(idea, 1, "Smaller.", OKAFOR, WORK_DUE - DAY)
    assert (idea.choice.pick_by, idea.choice.work_due) == (WORK_DUE + DAY, WORK_DUE + DAY)


def test_a_reply_after_its_window_is_refused_and_kept() -> None:
    idea = revising()
    idea.save(EDITED, AMARA, ACCEPT_BY)
    with pytest.raises(Refused, match="time for this idea") as refused:
        idea.submit(EDITED, idea.choice.activity.criteria, AMARA, ACCEPT_BY + HOUR)
    assert (idea.status, idea.versions[-1].plan, refused.value.kept) == (Status.REVISING, EDITED.plan, EDITED.plan)


def test_without_accept_by_nothing_ends() -> None:
    idea = submitted(choice=make_choice(Dates(opens=OPENS)))
    ask_for_revision(idea, 1, "Smaller.", OKAFOR, NOON)
    idea.submit(EDITED, idea.choice.activity.criteria, AMARA, NOON + 900 * DAY)
    assert idea.status is Status.SUBMITTED


def test_the_teachers_silence_changes_nothing_by_itself() -> None:
    idea = submitted()
    assert accept(idea, 1, idea.choice.activity.rubric, OKAFOR, ACCEPT_BY + DAY) is not None


def test_rounds_count_requests_for_revision_only() -> None:
    idea = revising()
    assert idea.rounds == 1
    idea.submit(EDITED, idea.choice.activity.criteria, AMARA, NOON + DAY)
    offer(idea, 2, WORDS, "", OKAFOR, NOON + DAY)
    assert idea.rounds == 1
