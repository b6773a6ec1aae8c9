"""A teacher's answers: each to one version, once, and only to what lies with the teacher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from personalization.choice.model import Way
from personalization.errors import BadInput, Stale
from personalization.proposal.answering import accept, ask_for_revision, offer, send_back
from personalization.proposal.model import Outcome, Proposal, Status
from tests.personalization.proposal.making import (
    ACCEPT_BY,
    AMARA,
    BEN,
    DAY,
    EDITED,
    NOON,
    OKAFOR,
    WORDS,
    accepted,
    made,
    offered,
    revising,
    sent_back,
    submitted,
)


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
