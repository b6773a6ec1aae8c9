"""Where somebody stands who was here before, read along with the launch: most launches change nothing of what we keep.

The rows are plain values (engine/plain.py), made of what decides where a launch leads and of what it might change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from engine.plain import Plain
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.choice.model import Choice
from personalization.grading.model import Release
from personalization.people import roster
from personalization.people.model import Course, Person, PersonSection
from personalization.proposal.model import Proposal
from personalization.submission.model import Submission

BETWEEN = "\x1f"  # sections in one text; one that had it in its id would be looked at more closely, no more

COURSE = Plain(Course, Course.id, Course.title, Course.label, Course.lms, Course.zone)
PERSON = Plain(Person, Person.id, Person.course_id, *roster.KEPT)
PLACEMENT = Plain(Placement, Placement.id, Placement.activity_id, Placement.line_item_id)
ACTIVITY = Plain(Activity, Activity.id, Activity.key, Activity.published_at, Activity.opens)
CHOICE = Plain(Choice, Choice.id, Choice.opened_at, Choice.option_id, Choice.lms_due_at)
SUBMISSION = Plain(Submission, Submission.id, Submission.handed_in_at, Submission.returned_at)
PROPOSAL = Plain(Proposal, Proposal.id, Proposal.status)
ALL: tuple[Plain[Any], ...] = (COURSE, PERSON, PLACEMENT, ACTIVITY, CHOICE, SUBMISSION, PROPOSAL)

_one, _other = aliased(Submission), aliased(Proposal)
_last_work = select(_one.id).where(_one.choice_id == Choice.id).order_by(_one.number.desc()).limit(1)
_last_idea = select(_other.id).where(_other.choice_id == Choice.id).order_by(_other.id.desc()).limit(1)
_sections = select(func.aggregate_strings(PersonSection.section, BETWEEN)).where(PersonSection.person_id == Person.id)
_released = select(Release.id).where(Release.choice_id == Choice.id, Release.withdrawn_at.is_(None)).limit(1)
COLUMNS: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]] = (
    *(column for one in ALL for column in one.columns), _sections.scalar_subquery(), _released.scalar_subquery(),
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """`placement` and `activity` are what the launch's link is bound to; the rest is this person's own in it: `work`
    the latest submission, `idea` the latest proposal, `is_released` whether a result stands."""

    course: Course
    me: Person
    placement: Placement | None
    activity: Activity | None
    choice: Choice | None
    work: Submission | None
    idea: Proposal | None
    sections: frozenset[str]
    is_released: bool


def joined(
    query: Select[Any],
    user_id: InstrumentedAttribute[int],
    context_id: InstrumentedAttribute[int],
    link_id: InstrumentedAttribute[int],
) -> Select[Any]:
    """A query that reads COLUMNS along, of a user in the course of a context and in what a link of it opens."""
    return (
        query.outerjoin(Course, Course.context_id == context_id)
        .outerjoin(Person, and_(Person.course_id == Course.id, Person.user_id == user_id))
        .outerjoin(Placement, Placement.resource_link_id == link_id)
        .outerjoin(Activity, Activity.id == Placement.activity_id)
        .outerjoin(Choice, and_(Choice.activity_id == Activity.id, Choice.student_id == Person.id))
        .outerjoin(Submission, Submission.id == _last_work.scalar_subquery())
        .outerjoin(Proposal, Proposal.id == _last_idea.scalar_subquery())
    )


def of(row: Sequence[Any]) -> Standing | None:
    """What COLUMNS say, of which there may be none; None for whoever is new in the course."""
    if not row:
        return None
    sections = frozenset(row[-2].split(BETWEEN)) if row[-2] else frozenset()
    course, me, placement, activity, choice, work, idea = _rows(row)
    if course is None or me is None:
        return None
    return Standing(course, me, placement, activity, choice, work, idea, sections, row[-1] is not None)


def _rows(row: Sequence[Any]) -> list[Any]:
    rows, start = [], 0
    for one in ALL:
        values, start = row[start : start + len(one)], start + len(one)
        rows.append(None if values[0] is None else one.made(values))
    return rows
