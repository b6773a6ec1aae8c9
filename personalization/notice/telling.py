"""What concerns whom: the steps of histories that somebody is told of, and where each of them leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.model import Choice, Event
from personalization.notice.phrases import TOLD_STAFF, TOLD_STUDENT
from personalization.notice.sentences import Sentence, sentence
from personalization.people.model import Person, Role
from personalization.people.sight import in_class
from personalization.proposal.model import Decision, Proposal, Version
from personalization.submission.model import Submission

FRESH = timedelta(days=14)  # what is older is history, not news
MOST = 50  # on one page
COUNTED = 100  # then a number says no more than "many"

IDEA = {
    "sent idea", "withdrew idea", "left agreement", "agreed", "change asked", "change agreed", "change declined",
    "change taken back", "told in person", "accept", "accept with edits", "ask for revision", "send back",
    "idea revived", "rubric moved", "sharing asked", "sharing agreed", "sharing declined", "sharing taken back",
    "unanswered",
}  # fmt: skip
BETWEEN_THEM = {"asked for help", "help answered", "help not needed", "message"}  # the student and their teachers
WORK = {"handed in", "shown in person", "returned", "draft taken", "noted as nothing handed in", "closed"}


@dataclass(frozen=True)
class Item:
    """One thing that somebody is told."""

    event: Event
    activity: Activity
    student: Person
    said: Sentence
    href: str
    unread: bool


def told(me: Person) -> Select[Event]:
    """The events that I am told of; nobody is told what they did themself, and of test students nobody is."""
    query = select(Event).join(Choice, Choice.id == Event.choice_id).join(Choice.student)
    if me.is_student:
        mine = or_(Event.by_id.is_(None), Event.by_id != me.id)
        return query.where(Choice.student_id == me.id, Event.verb.in_(TOLD_STUDENT), mine)
    if not me.may_answer:
        return query.where(false())
    return query.where(
        Person.course_id == me.course_id,
        Person.is_test.is_(False),
        in_class(me),
        Event.verb.in_(TOLD_STAFF),
        or_(Event.by_id.is_(None), Event.by_id == Choice.student_id),
    )


def count_unread(me: Person, now: datetime) -> int:
    """How many of them are new since I last said that I had seen them; no more than `COUNTED`. One statement."""
    return db.session.scalar(select(unread(me, now - FRESH))) or 0


def unread(me: Person, since: datetime) -> ColumnElement[int]:
    """That number, as a part of a statement; what came before `since` is history."""
    new = told(me).with_only_columns(Event.id).where(Event.id > me.news_seen_id, Event.at > since).limit(COUNTED)
    return select(func.count()).select_from(new.subquery()).scalar_subquery()


def news(me: Person, now: datetime, before: int | None) -> list[Item]:
    """The newest `MOST` things that I am told, newest first; `before`: only those with a smaller id."""
    query = told(me).options(joinedload(Event.by)).order_by(Event.id.desc()).limit(MOST)
    events = db.session.scalars(query.where(Event.id < before) if before is not None else query).all()
    choices = choices_of({e.choice_id for e in events})
    links = Links.of(choices)
    reasons = reasons_of(choices)
    items = []
    for event in events:
        choice = choices[event.choice_id]
        said = sentence(event, choice.student, me, reasons.get(choice.id, {}))
        unread = event.id > me.news_seen_id and event.at > now - FRESH
        endpoint, values = links.target(event, choice, me)
        items.append(Item(event, choice.activity, choice.student, said, url_for(endpoint, **values), unread))
    return items


def last_seen(me: Person, until: int) -> int:
    """The id of the last event up to `until` that I am told of, or what I had seen before."""
    newest = told(me).with_only_columns(func.max(Event.id)).where(Event.id <= until)
    return max(me.news_seen_id, db.session.scalar(newest) or 0)


@dataclass(frozen=True)
class Links:
    """{choice id: the newest idea that was sent} and {choice id: the newest go that was handed in}, as ids."""

    ideas: Mapping[int, int]
    works: Mapping[int, int]

    @classmethod
    def of(cls, choices: Mapping[int, Choice]) -> Links:
        was_sent = exists().where(Version.proposal_id == Proposal.id, Version.sent_at.is_not(None))
        ideas = select(Proposal.choice_id, func.max(Proposal.id)).where(was_sent)
        works = select(Submission.choice_id, func.max(Submission.id)).where(Submission.handed_in_at.is_not(None))
        ideas = ideas.where(Proposal.choice_id.in_(choices)).group_by(Proposal.choice_id)
        works = works.where(Submission.choice_id.in_(choices)).group_by(Submission.choice_id)
        return cls(dict(db.session.execute(ideas).all()), dict(db.session.execute(works).all()))

    def target(self, event: Event, choice: Choice, reader: Person) -> tuple[str, dict[str, Any]]:
        """(endpoint, its values) of where it happened, for who reads of it; staff else find the whole history."""
        if event.verb in IDEA and choice.id in self.ideas:
            return "proposal.show", {"proposal_id": self.ideas[choice.id]}
        if not reader.is_student:
            if event.verb in WORK and choice.id in self.works:
                return "grading.mark", {"submission_id": self.works[choice.id]}
            return "notice.history", {"choice_id": choice.id}
        page = "choice.show"
        if event.verb == "released":
            page = "grading.result"
        elif event.verb in WORK and choice.option_id is not None:
            page = "submission.show"
        return page, {"activity_id": choice.activity_id}


def reasons_of(choices: Mapping[int, Choice]) -> dict[int, dict[tuple[str, datetime], str]]:
    """{choice id: {(verb, when): why}} of answers and returns: older events do not say it themselves."""
    found: dict[int, dict[tuple[str, datetime], str]] = {}
    answers = select(Proposal.choice_id, Decision.outcome, Decision.at, Decision.reason).join(
        Decision, Decision.proposal_id == Proposal.id
    )
    for choice_id, outcome, at, reason in db.session.execute(answers.where(Proposal.choice_id.in_(choices))):
        found.setdefault(choice_id, {})[outcome.value, at] = reason
    returns = select(Submission.choice_id, Submission.returned_at, Submission.return_reason)
    for choice_id, returned_at, reason in db.session.execute(returns.where(Submission.choice_id.in_(choices))):
        if returned_at is not None:
            found.setdefault(choice_id, {})["returned", returned_at] = reason
    return found


def choices_of(ids: set[int]) -> dict[int, Choice]:
    """{id: choice}, with its student and its activity."""
    query = (
        select(Choice)
        .join(Choice.student)
        .join(Choice.activity)
        .where(Choice.id.in_(ids))
        .options(contains_eager(Choice.student), contains_eager(Choice.activity))
    )
    return {choice.id: choice for choice in db.session.scalars(query)}


def history(choice: Choice, me: Person) -> Sequence[tuple[Event, Sentence]]:
    """All of a choice's steps as they read to me, oldest first; who observes is not told what was written between the
    student and their teachers, nor that it was."""
    reasons = reasons_of({choice.id: choice}).get(choice.id, {})
    query = select(Event).where(Event.choice_id == choice.id).options(joinedload(Event.by))
    if me.role is Role.OBSERVER:
        query = query.where(Event.verb.not_in(BETWEEN_THEM))
    events = db.session.scalars(query.order_by(Event.at, Event.id))
    return [(event, sentence(event, choice.student, me, reasons)) for event in events]
