"""Plain people, an activity with the class's dates, and ideas as far as a test wants them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from personalization.activity.dates import Dates
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.people.model import Course, Person, Role
from personalization.proposal.agreement import Agreement
from personalization.proposal.answering import accept, ask_for_revision, offer, send_back
from personalization.proposal.model import Proposal, Status
from personalization.proposal.starting import begin_idea
from personalization.proposal.version import Words

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPENS = datetime(2026, 11, 9, 14, 0, tzinfo=UTC)
NOON = OPENS + 4 * HOUR
PROPOSE_BY, ANSWER_BY, ACCEPT_BY, PICK_BY, WORK_DUE = (OPENS + n * DAY for n in (5, 8, 10, 11, 25))
DATES = Dates(OPENS, PROPOSE_BY, ANSWER_BY, ACCEPT_BY, PICK_BY, WORK_DUE)
WORDS = Words(
    "A card game", "Four players, one pond.", "Cardboard", "", {1: "On the cards", 2: "On each card", 3: "Rules"}
)


def make_person(role: Role, name: str, number: int) -> Person:
    return Person(
        id=number, course_id=1, user_id=number, role=role, given_name=name, full_name=name, first_seen_at=OPENS - DAY
    )


OKAFOR = make_person(Role.TEACHER, "Ms. Okafor", 1)
BEN = make_person(Role.ASSISTANT, "Ben", 2)
AMARA = make_person(Role.STUDENT, "Amara", 3)


def make_choice(dates: Dates = DATES, **more: Any) -> Choice:
    """Amara's line in a published activity with the options A and B."""
    course = Course(id=1, context_id=1, title="Biology 9B", label="", lms="", zone="America/Chicago")
    activity = Activity.draft(course, OKAFOR, OPENS)
    activity.title, activity.shows = "Energy in our pond", "Where does the energy go?"
    for option, title in zip(activity.options, ("Field poster", "Data story"), strict=True):
        option.title = title
    activity.set_dates(dates)
    activity.published_at = OPENS
    for name, value in more.items():
        setattr(activity, name, value)
    return Choice.for_student(activity, AMARA, OPENS)


def make_idea(choice: Choice | None = None) -> Proposal:
    """A draft, begun at NOON."""
    return begin_idea(choice or make_choice(), [], AMARA, NOON)


def submitted(words: Words = WORDS, choice: Choice | None = None) -> Proposal:
    idea = make_idea(choice)
    idea.submit(words, idea.choice.activity.criteria, AMARA, NOON)
    return idea


def revising() -> Proposal:
    idea = submitted()
    ask_for_revision(idea, 1, "How will I see “Reasons”?", OKAFOR, NOON + DAY)
    return idea


EDITED = Words(
    "A card game", "Two players, one pond.", "Cardboard", "", {1: "On the cards", 2: "On each card", 3: "Rules"}
)


def offered() -> Proposal:
    idea = submitted()
    offer(idea, 1, EDITED, "Smaller is better.", OKAFOR, NOON + DAY)
    return idea


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
