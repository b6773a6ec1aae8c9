"""Steps of a talk for view tests. Each is called inside `writing(app)`."""

from __future__ import annotations

from engine.db import db
from personalization.people.model import Person
from personalization.proposal.answering import accept, ask_for_revision, offer, send_back
from personalization.proposal.model import Proposal
from personalization.proposal.starting import begin_idea
from personalization.proposal.version import Words
from tests.cast import NOON
from tests.personalization.arranging import choice_of

WORDS = Words(
    "A card game",
    "Four players, one pond.",
    "Cardboard",
    "",
    {1: "On the cards", 2: "Each card shows kJ", 3: "Rules on one page"},
)
FIELDS = {
    "title": "A card game",
    "plan": "Four players, one pond.",
    "tool": "Cardboard",
    "criterion-1": "On the cards",
    "criterion-2": "Each card shows kJ",
    "criterion-3": "Rules on one page",
}
EDITED = {**FIELDS, "plan": "Two players, one pond."}


def draft(activity_id: int, student_id: int) -> int:
    choice = choice_of(activity_id, student_id)
    idea = begin_idea(choice, [], choice.student, NOON)
    db.session.add(idea)
    db.session.flush()
    return idea.id


def sent(activity_id: int, student_id: int, words: Words = WORDS) -> int:
    """An idea that lies with the teacher, version 1."""
    return submit(draft(activity_id, student_id), words)


def submit(proposal_id: int, words: Words = WORDS) -> int:
    idea = db.session.get_one(Proposal, proposal_id)
    idea.submit(words, idea.choice.activity.criteria, idea.choice.student, NOON)
    return idea.id


def asked_to_change(proposal_id: int, teacher_id: int, reason: str = "How will I see Reasons?") -> None:
    idea = db.session.get_one(Proposal, proposal_id)
    ask_for_revision(idea, idea.latest.number, reason, db.session.get_one(Person, teacher_id), NOON)


def offered(proposal_id: int, teacher_id: int) -> None:
    """The teacher's version 2: two players are enough."""
    idea = db.session.get_one(Proposal, proposal_id)
    edited = Words(WORDS.title, EDITED["plan"], WORDS.tool, "", WORDS.lines)
    offer(idea, 1, edited, "Smaller is better.", db.session.get_one(Person, teacher_id), NOON)


def sent_back(proposal_id: int, teacher_id: int) -> None:
    idea = db.session.get_one(Proposal, proposal_id)
    send_back(idea, 1, "A poster is option A already.", db.session.get_one(Person, teacher_id), NOON)


def accepted(proposal_id: int, teacher_id: int) -> None:
    idea = db.session.get_one(Proposal, proposal_id)
    agreement = accept(idea, 1, idea.choice.activity.rubric, db.session.get_one(Person, teacher_id), NOON)
    assert agreement is not None
    db.session.add(agreement)
