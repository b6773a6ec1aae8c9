"""The table of moves of an own idea, row by row, with its guards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from personalization.activity.dates import Dates
from personalization.choice.model import Way
from personalization.errors import BadInput, Refused, Stale
from personalization.proposal.agreement import Agreement, agree
from personalization.proposal.answering import accept, ask_for_revision, offer, send_back
from personalization.proposal.model import OPEN, Outcome, Proposal, Status
from personalization.proposal.placing import take_option
from personalization.proposal.starting import begin_idea
from personalization.proposal.version import Words, words_missing
from tests.personalization.proposal.making import (
    ACCEPT_BY,
    AMARA,
    BEN,
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
    make_choice,
    make_idea,
    offered,
    revising,
    submitted,
)


def accepted() -> tuple[Proposal, Agreement]:
    idea = submitted()
    agreement = accept(idea, 1, idea.choice.activity.rubric, OKAFOR, NOON + DAY)
    assert agreement is not None
    return idea, agreement


def sent_back() -> Proposal:
    idea = submitted()
    send_back(idea, 1, "A poster is option A already.", OKAFOR, NOON + DAY)
    return idea


def withdrawn() -> Proposal:
    idea = submitted()
    idea.withdraw(AMARA, NOON + DAY)
    return idea


def expired() -> Proposal:
    idea = submitted()
    idea.status = Status.EXPIRED
    return idea


MAKERS: dict[Status, Callable[[], Proposal]] = {
    Status.DRAFT: make_idea,
    Status.SUBMITTED: submitted,
    Status.OFFERED: offered,
    Status.REVISING: revising,
    Status.ACCEPTED: lambda: accepted()[0],
    Status.SENT_BACK: sent_back,
    Status.WITHDRAWN: withdrawn,
    Status.EXPIRED: expired,
}


def made(status: Status) -> Proposal:
    idea = MAKERS[status]()
    assert idea.status is status
    return idea


# Start


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


# Draft and submit


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


# The teacher's answers


def test_accepting_makes_the_idea_an_option_for_this_student_alone() -> None:
    idea, agreement = accepted()
    choice = idea.choice
    assert (idea.status, choice.way, choice.option) == (Status.ACCEPTED, Way.AGREED, agreement.option)
    assert (agreement.option.title, agreement.option.only_for) == ("A card game", AMARA)
    assert agreement.option not in choice.activity.designed_options
    assert (agreement.version.number, agreement.rubric) == (1, choice.activity.rubric)


def test_asking_for_revision_keeps_the_idea_and_opens_the_window() -> None:
    idea = revising()
    assert (idea.status, idea.until) == (Status.REVISING, ACCEPT_BY)
    assert idea.last_decision is not None
    assert idea.last_decision.reason == "How will I see “Reasons”?"
    idea.submit(EDITED, idea.choice.activity.criteria, AMARA, ACCEPT_BY)
    assert (idea.status, idea.latest.number, idea.latest.plan) == (Status.SUBMITTED, 2, EDITED.plan)


def test_a_draft_of_the_next_version_is_not_yet_the_latest() -> None:
    idea = revising()
    idea.save(EDITED, AMARA, NOON + DAY)
    assert (idea.latest.number, idea.draft is not None) == (1, True)
    idea.save(replace(EDITED, title="Cards"), AMARA, NOON + DAY)
    assert [v.title for v in idea.versions] == ["A card game", "Cards"]


def test_sending_back_closes_the_idea_only() -> None:
    idea = sent_back()
    assert (idea.status, idea.is_open, idea.choice.option) == (Status.SENT_BACK, False, None)
    assert idea.reply_until == ACCEPT_BY


def test_an_offer_is_the_teachers_version_with_the_window_open() -> None:
    idea = offered()
    assert (idea.status, idea.latest.number, idea.latest.by) == (Status.OFFERED, 2, OKAFOR)
    assert (idea.latest.plan, idea.until) == (EDITED.plan, ACCEPT_BY)


def test_an_offer_without_an_edit_is_refused() -> None:
    idea = submitted()
    with pytest.raises(BadInput, match="Nothing is changed"):
        offer(idea, 1, WORDS, "Yes!", OKAFOR, NOON)
    assert idea.status is Status.SUBMITTED


@pytest.mark.parametrize("verb", [ask_for_revision, send_back])
@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_no_needs_a_reason(verb: Callable[..., None], reason: str) -> None:
    idea = submitted()
    with pytest.raises(BadInput, match="Amara needs a reason"):
        verb(idea, 1, reason, OKAFOR, NOON)
    assert (idea.status, idea.decisions) == (Status.SUBMITTED, [])


def decide(idea: Proposal, outcome: Outcome, version: int = 1, reason: str = "Because.", by: object = OKAFOR) -> None:
    rubric = idea.choice.activity.rubric
    verbs: dict[Outcome, Callable[[], object]] = {
        Outcome.ACCEPT: lambda: accept(idea, version, rubric, by, NOON + DAY, reason),  # type: ignore[arg-type]
        Outcome.OFFER: lambda: offer(idea, version, EDITED, reason, by, NOON + DAY),  # type: ignore[arg-type]
        Outcome.REVISE: lambda: ask_for_revision(idea, version, reason, by, NOON + DAY),  # type: ignore[arg-type]
        Outcome.SEND_BACK: lambda: send_back(idea, version, reason, by, NOON + DAY),  # type: ignore[arg-type]
    }
    verbs[outcome]()


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("status", sorted(set(Status) - {Status.SUBMITTED}))
def test_only_what_lies_with_the_teacher_is_answered(status: Status, outcome: Outcome) -> None:
    idea = made(status)
    decisions, versions = len(idea.decisions), len(idea.versions)
    with pytest.raises(Stale):
        decide(idea, outcome)
    assert (idea.status, len(idea.decisions), len(idea.versions)) == (status, decisions, versions)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_decision_about_an_older_version_is_refused_with_what_happened(outcome: Outcome) -> None:
    idea = revising()
    idea.submit(EDITED, idea.choice.activity.criteria, AMARA, NOON + DAY)
    with pytest.raises(Stale, match="Amara changed the plan while you were reading"):
        decide(idea, outcome)
    assert (idea.status, len(idea.decisions)) == (Status.SUBMITTED, 1)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_same_decision_twice_is_made_once(outcome: Outcome) -> None:
    idea = submitted()
    decide(idea, outcome)
    status, window, versions = idea.status, idea.reply_until, len(idea.versions)
    decide(idea, outcome)
    assert (idea.status, idea.reply_until, len(idea.versions), len(idea.decisions)) == (status, window, versions, 1)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_two_teachers_do_not_answer_the_same_version_twice(outcome: Outcome) -> None:
    idea = submitted()
    decide(idea, Outcome.REVISE)
    with pytest.raises(Stale, match=r"Ms\. Okafor answered already: change one thing"):
        decide(idea, outcome, by=BEN)
    assert len(idea.decisions) == 1


def test_other_words_to_the_same_version_are_not_swallowed() -> None:
    idea = submitted()
    decide(idea, Outcome.REVISE, reason="Smaller, please.")
    with pytest.raises(Stale) as stale:
        decide(idea, Outcome.REVISE, reason="And with numbers.")
    assert stale.value.kept == "And with numbers."


def test_accepting_twice_gives_one_agreement() -> None:
    idea, _agreement = accepted()
    options = len(idea.choice.activity.options)
    assert accept(idea, 1, idea.choice.activity.rubric, OKAFOR, NOON + 2 * DAY) is None
    assert len(idea.choice.activity.options) == options


# Agree, answer, withdraw


def test_agreeing_to_an_offer_settles_the_teachers_version() -> None:
    idea = offered()
    agreement = agree(idea, 2, idea.choice.activity.rubric, AMARA, NOON + 2 * DAY)
    assert agreement is not None
    assert (idea.status, agreement.version.number, agreement.option.text) == (Status.ACCEPTED, 2, EDITED.plan)
    assert agreement.agreed_by is AMARA
    assert agree(idea, 2, idea.choice.activity.rubric, AMARA, NOON + 2 * DAY) is None


def test_agreeing_drops_an_answer_that_was_only_begun() -> None:
    idea = offered()
    idea.save(WORDS, AMARA, NOON + DAY)
    agree(idea, 2, idea.choice.activity.rubric, AMARA, NOON + 2 * DAY)
    assert [v.number for v in idea.versions] == [1, 2]


@pytest.mark.parametrize("version", [1, 3])
def test_agreeing_to_another_version_is_refused(version: int) -> None:
    idea = offered()
    with pytest.raises(Stale):
        agree(idea, version, idea.choice.activity.rubric, AMARA, NOON + DAY)
    assert idea.status is Status.OFFERED


def test_agreeing_ends_with_the_window() -> None:
    idea = offered()
    with pytest.raises(Refused, match="time to agree"):
        agree(idea, 2, idea.choice.activity.rubric, AMARA, ACCEPT_BY + HOUR)
    assert idea.status is Status.OFFERED


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.OFFERED}))
def test_there_is_nothing_to_agree_to_elsewhere(status: Status) -> None:
    idea = made(status)
    with pytest.raises(Stale):
        agree(idea, 1, idea.choice.activity.rubric, AMARA, NOON + DAY)
    assert idea.status is status


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


# An option instead


def test_taking_an_option_ends_the_agreement_and_keeps_it_in_the_history() -> None:
    idea, agreement = accepted()
    poster = idea.choice.activity.options[0]
    take_option(idea.choice, poster, 0, None, agreement, AMARA, NOON + 2 * DAY)
    assert (idea.choice.option, idea.choice.way, idea.status) == (poster, Way.PICKED, Status.WITHDRAWN)
    assert agreement.ended_at == agreement.option.archived_at == NOON + 2 * DAY


def test_taking_an_option_withdraws_an_open_idea() -> None:
    idea = submitted()
    take_option(idea.choice, idea.choice.activity.options[1], 0, idea, None, AMARA, NOON + DAY)
    assert (idea.status, idea.choice.way) == (Status.WITHDRAWN, Way.PICKED)


def test_a_refused_option_leaves_the_agreement_alone() -> None:
    idea, agreement = accepted()
    poster = idea.choice.activity.options[0]
    for now, taken in ((PICK_BY + HOUR, 0), (NOON + DAY, 1)):
        poster.capacity = 1
        with pytest.raises(Refused):
            take_option(idea.choice, poster, taken, None, agreement, AMARA, now)
        assert (agreement.ended_at, idea.status, idea.choice.way) == (None, Status.ACCEPTED, Way.AGREED)


def test_rounds_count_requests_for_revision_only() -> None:
    idea = revising()
    assert idea.rounds == 1
    idea.submit(EDITED, idea.choice.activity.criteria, AMARA, NOON + DAY)
    offer(idea, 2, WORDS, "", OKAFOR, NOON + DAY)
    assert idea.rounds == 1
