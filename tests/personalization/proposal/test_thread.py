"""The talk in reading order, and what changed from version to version."""

from __future__ import annotations

from dataclasses import replace

from personalization.proposal.answering import ask_for_revision, send_back
from personalization.proposal.model import Outcome
from personalization.proposal.thread import turns
from tests.personalization.proposal.making import AMARA, DAY, EDITED, NOON, OKAFOR, WORDS, make_idea, offered, revising


def test_versions_and_answers_take_turns() -> None:
    idea = revising()
    idea.submit(replace(EDITED, message="Like this?"), idea.choice.activity.criteria, AMARA, NOON + DAY)
    send_back(idea, 2, "Still a poster.", OKAFOR, NOON + 2 * DAY)
    told = turns(idea, idea.choice.activity.criteria)
    assert [(t.by, t.outcome, t.version.number if t.version else None) for t in told] == [
        (AMARA, None, 1),
        (OKAFOR, Outcome.REVISE, None),
        (AMARA, None, 2),
        (OKAFOR, Outcome.SEND_BACK, None),
    ]
    assert [t.words for t in told] == ["", "How will I see “Reasons”?", "Like this?", "Still a poster."]


def test_an_offer_is_one_turn_of_the_teacher_with_what_changed() -> None:
    idea = offered()
    told = turns(idea, idea.choice.activity.criteria)
    assert len(told) == 2
    offer = told[-1]
    assert (offer.by, offer.outcome, offer.words) == (OKAFOR, Outcome.OFFER, "Smaller is better.")
    assert [(p.field, p.old, p.new) for p in offer.changed] == [("plan", WORDS.plan, EDITED.plan)]
    assert offer.unchanged == ["Understanding", "Reasons", "Clear"]


def test_a_first_version_changes_nothing_and_a_draft_is_not_told() -> None:
    idea = make_idea()
    assert turns(idea, idea.choice.activity.criteria) == []
    idea.submit(WORDS, idea.choice.activity.criteria, AMARA, NOON)
    (only,) = turns(idea, idea.choice.activity.criteria)
    assert (only.before, only.changed) == (None, [])
    ask_for_revision(idea, 1, "Smaller.", OKAFOR, NOON)
    idea.save(EDITED, AMARA, NOON)
    assert len(turns(idea, idea.choice.activity.criteria)) == 2
